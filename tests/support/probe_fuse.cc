#include "tests/support/probe_fuse.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

namespace hale::test {

bool enter_private_mounts() {
  return ::unshare(CLONE_NEWNS) == 0 &&
         ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

std::unique_ptr<ProbeFuse> ProbeFuse::mount(const std::string& point) {
  const int fd = ::open("/dev/fuse", O_RDWR | O_CLOEXEC);
  if (fd < 0) {
    return nullptr;
  }
  const std::string options =
      "fd=" + std::to_string(fd) + ",rootmode=40755,user_id=0,group_id=0,allow_other";
  if (::mount("probe", point.c_str(), "fuse.probe", MS_NOSUID | MS_NODEV, options.c_str()) != 0) {
    ::close(fd);
    return nullptr;
  }
  return std::unique_ptr<ProbeFuse>(new ProbeFuse(point, fd));
}

ProbeFuse::ProbeFuse(std::string point, int fd)
    : point_(std::move(point)), fd_(fd), stop_(::eventfd(0, EFD_CLOEXEC)) {
  thread_ = std::thread([this] { serve(); });
}

ProbeFuse::~ProbeFuse() {
  unmount();
  die();
  ::close(stop_);
}

void ProbeFuse::die() {
  if (!thread_.joinable()) {
    return;
  }
  ::eventfd_write(stop_, 1);
  thread_.join();
  ::close(fd_);
}

void ProbeFuse::unmount() {
  ::umount2(point_.c_str(), MNT_FORCE | MNT_DETACH);
}

void ProbeFuse::wake_up() {
  const std::lock_guard lock(mutex_);
  awake_ = true;
  for (const auto& [unique, opcode] : waiting_) {
    answer(unique, opcode);
  }
  waiting_.clear();
}

void ProbeFuse::serve() {
  std::vector<char> buffer(FUSE_MIN_READ_BUFFER + 4096);
  while (true) {
    std::array<pollfd, 2> wanted = {{{.fd = fd_, .events = POLLIN, .revents = 0},
                                     {.fd = stop_, .events = POLLIN, .revents = 0}}};
    ::poll(wanted.data(), wanted.size(), -1);
    if (wanted[1].revents != 0) {
      return;
    }
    const ssize_t got = ::read(fd_, buffer.data(), buffer.size());
    if (got > 0) {
      handle(buffer);
    } else if (got < 0 && errno == ENODEV) {
      return;  // unmounted
    }
  }
}

void ProbeFuse::handle(const std::vector<char>& request) {
  fuse_in_header header{};
  std::memcpy(&header, request.data(), sizeof(header));
  switch (header.opcode) {
    case FUSE_INIT: {
      fuse_init_out out{};
      out.major = FUSE_KERNEL_VERSION;
      out.minor = 31;
      out.max_write = 4096;
      reply(header.unique, 0, &out, sizeof(out));
      return;
    }
    case FUSE_GETATTR: {
      fuse_attr_out out{};
      out.attr.ino = 1;
      out.attr.mode = S_IFDIR | 0755;
      out.attr.nlink = 2;
      reply(header.unique, 0, &out, sizeof(out));
      return;
    }
    case FUSE_STATFS:
      ++statfs_requests_;
      answer_or_wait(header.unique, header.opcode);
      return;
    case FUSE_LOOKUP:
      ++lookup_requests_;
      answer_or_wait(header.unique, header.opcode);
      return;
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
    case FUSE_INTERRUPT:
      return;  // these want no answer
    default:
      reply(header.unique, -ENOSYS, nullptr, 0);
  }
}

void ProbeFuse::answer_or_wait(std::uint64_t unique, std::uint32_t opcode) {
  const std::lock_guard lock(mutex_);
  if (awake_) {
    answer(unique, opcode);
  } else {
    waiting_.emplace_back(unique, opcode);
  }
}

void ProbeFuse::answer(std::uint64_t unique, std::uint32_t opcode) const {
  if (opcode == FUSE_STATFS) {
    reply_statfs(unique);
  } else {
    reply(unique, -ENOENT, nullptr, 0);
  }
}

void ProbeFuse::reply_statfs(std::uint64_t unique) const {
  fuse_statfs_out out{};
  out.st.bsize = 4096;
  out.st.frsize = 4096;
  out.st.blocks = 1000;
  out.st.bfree = 500;
  out.st.bavail = 500;
  out.st.files = 100;
  out.st.ffree = 40;
  reply(unique, 0, &out, sizeof(out));
}

void ProbeFuse::reply(std::uint64_t unique, int error, const void* body, std::size_t size) const {
  fuse_out_header header{};
  header.len = static_cast<std::uint32_t>(sizeof(header) + size);
  header.error = error;
  header.unique = unique;
  const std::array<iovec, 2> parts = {{{.iov_base = &header, .iov_len = sizeof(header)},
                                       {.iov_base = const_cast<void*>(body), .iov_len = size}}};
  // A reply to a request that was interrupted meanwhile is refused; that is all right.
  static_cast<void>(!::writev(fd_, parts.data(), size == 0 ? 1 : 2));
}

}  // namespace hale::test
