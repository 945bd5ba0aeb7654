#include "monitor/state/state_file.h"

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "monitor/state/state_text.h"

namespace hale::monitor {
namespace {

constexpr const char* kFile = "state";
constexpr const char* kTemporary = "state.tmp";
constexpr const char* kBad = "state.bad";
constexpr const char* kLock = "lock";
constexpr mode_t kFolderMode = 0750;
constexpr mode_t kFileMode = 0640;

// A descriptor that is closed at the end of its scope.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

std::string describe(int error) {
  return std::generic_category().message(error);
}

StateFileError failed(std::string_view what, const std::string& path, int error) {
  return {.error = error,
          .message = "cannot " + std::string(what) + " " + path + ": " + describe(error)};
}

// The folders above it as well.
std::expected<void, StateFileError> make_folder(const std::string& folder) {
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(folder).parent_path(), ignored);
  if (::mkdir(folder.c_str(), kFolderMode) != 0 && errno != EEXIST) {
    return std::unexpected(failed("make", folder, errno));
  }
  return {};
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written <= 0) {
      errno = written == 0 ? ENOSPC : errno;
      return false;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

std::expected<StateFile, StateFileError> StateFile::open(const std::string& folder) {
  if (auto made = make_folder(folder); !made) {
    return std::unexpected(std::move(made.error()));
  }
  Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0) {
    return std::unexpected(failed("open", folder, errno));
  }
  Descriptor lock(::openat(directory.get(), kLock,
                           O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, kFileMode));
  if (lock.get() < 0) {
    return std::unexpected(failed("make", folder + '/' + kLock, errno));
  }
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return std::unexpected(StateFileError{
          .error = errno, .message = folder + " belongs to another agent that is running"});
    }
    return std::unexpected(failed("lock", folder + '/' + kLock, errno));
  }
  return StateFile(folder, directory.release(), lock.release());
}

StateFile::~StateFile() {
  for (const int fd : {directory_, lock_}) {
    if (fd >= 0) {
      ::close(fd);
    }
  }
}

StateFile::StateFile(StateFile&& other) noexcept
    : folder_(std::move(other.folder_)),
      directory_(std::exchange(other.directory_, -1)),
      lock_(std::exchange(other.lock_, -1)) {}

StateFileError StateFile::error(std::string_view what, std::string_view name) const {
  return failed(what, folder_ + '/' + std::string(name), errno);
}

std::expected<std::string, StateFileError> StateFile::read_text() const {
  const Descriptor file(
      ::openat(directory_, kFile, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file.get() < 0) {
    return std::unexpected(error("open", kFile));
  }
  std::string text;
  std::string chunk(64 * 1024, '\0');
  while (text.size() <= kMaxStateText) {
    const ssize_t got = ::read(file.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return std::unexpected(error("read", kFile));
    }
    if (got == 0) {
      break;
    }
    text.append(chunk, 0, static_cast<std::size_t>(got));
  }
  return text;
}

std::expected<StateFile::Content, StateFileError> StateFile::read() {
  const auto text = read_text();
  if (!text && text.error().error == ENOENT) {
    return Content{};
  }
  if (!text) {
    return std::unexpected(text.error());
  }
  std::string problem = "it is too large";
  if (text->size() <= kMaxStateText) {
    auto sections = parse_state_text(*text);
    if (sections) {
      return Content{.sections = *std::move(sections), .problem = ""};
    }
    problem = sections.error().message;
    if (sections.error().kind == StateTextError::Kind::kNewer) {
      return std::unexpected(StateFileError{
          .error = 0,
          .message =
              path() + ": " + problem + "; it is left as it is, and nothing is kept meanwhile"});
    }
  }
  if (::renameat(directory_, kFile, directory_, kBad) != 0) {
    return std::unexpected(error("set aside", kFile));
  }
  return Content{
      .sections = {},
      .problem = path() + " is not what was written (" + problem + "); it is now " + kBad};
}

std::expected<void, StateFileError> StateFile::write_temporary(std::string_view text) const {
  Descriptor file(::openat(directory_, kTemporary,
                           O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
                           kFileMode));
  if (file.get() < 0) {
    return std::unexpected(error("make", kTemporary));
  }
  // Some file systems have no room only when the data goes to the disk, or at the close.
  if (!write_all(file.get(), text) || ::fsync(file.get()) != 0 || ::close(file.release()) != 0) {
    return std::unexpected(error("write", kTemporary));
  }
  return {};
}

std::expected<void, StateFileError> StateFile::write(std::string_view text) {
  auto written = write_temporary(text);
  if (!written && written.error().error == ENOENT) {  // somebody has removed the folder
    if (auto again = open(folder_)) {
      std::swap(directory_, again->directory_);
      std::swap(lock_, again->lock_);
      written = write_temporary(text);
    }
  }
  if (!written) {
    ::unlinkat(directory_, kTemporary, 0);  // gives its room back
    return written;
  }
  if (::renameat(directory_, kTemporary, directory_, kFile) != 0) {
    return std::unexpected(error("replace", kFile));
  }
  if (::fsync(directory_) != 0) {
    return std::unexpected(error("sync the folder of", kFile));
  }
  return {};
}

}  // namespace hale::monitor
