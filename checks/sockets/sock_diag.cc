#include "checks/sockets/sock_diag.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <span>

#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>

namespace hale::checks {
namespace {

constexpr int kMostDumps = 5;
constexpr std::size_t kBuffer = std::size_t{1} << 16U;  // the kernel fills 32 KiB at most
constexpr time_t kPatienceSeconds = 2;

std::expected<void, int> send_request(int netlink, std::span<const std::byte> request) {
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  const ssize_t sent = ::sendto(netlink, request.data(), request.size(), 0,
                                reinterpret_cast<const sockaddr*>(&kernel), sizeof(kernel));
  if (sent < 0) {
    return std::unexpected(errno);
  }
  return {};
}

// One datagram from the kernel; those of others are thrown away.
std::expected<std::size_t, int> receive(int netlink, std::span<std::byte> buffer) {
  while (true) {
    sockaddr_nl sender{};
    iovec part{.iov_base = buffer.data(), .iov_len = buffer.size()};
    msghdr message{};
    message.msg_name = &sender;
    message.msg_namelen = sizeof(sender);
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    const ssize_t got = ::recvmsg(netlink, &message, 0);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return std::unexpected(errno == EAGAIN ? ETIMEDOUT : errno);
    }
    if ((message.msg_flags & MSG_TRUNC) != 0) {
      return std::unexpected(EBADMSG);
    }
    if (sender.nl_pid == 0) {
      return static_cast<std::size_t>(got);
    }
  }
}

// Whether the dump is whole; false where the table changed meanwhile.
std::expected<bool, int> dump_once(int netlink, DiagTable table, std::uint32_t sequence,
                                   std::span<std::byte> buffer, std::vector<DiagSocket>& sockets) {
  const std::vector<std::byte> request = diag_request(table, sequence);
  if (auto sent = send_request(netlink, request); !sent) {
    return std::unexpected(sent.error());
  }
  bool interrupted = false;
  while (true) {
    const auto got = receive(netlink, buffer);
    if (!got) {
      return std::unexpected(got.error());
    }
    const DiagReply reply = parse_diag(table, buffer.first(*got), sequence, sockets);
    if (reply.malformed || reply.error) {
      return std::unexpected(reply.malformed ? EBADMSG : *reply.error);
    }
    interrupted = interrupted || reply.interrupted;
    if (reply.done) {
      return !interrupted;
    }
  }
}

}  // namespace

std::expected<FileDescriptor, int> open_sock_diag() {
  FileDescriptor netlink(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!netlink.is_open()) {
    return std::unexpected(errno);
  }
  const timeval patience{.tv_sec = kPatienceSeconds, .tv_usec = 0};
  if (::setsockopt(netlink.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) != 0) {
    return std::unexpected(errno);
  }
  return netlink;
}

std::expected<std::vector<DiagSocket>, int> dump_sockets(int netlink, DiagTable table) {
  std::vector<std::byte> buffer(kBuffer);
  std::vector<DiagSocket> sockets;
  for (std::uint32_t attempt = 1; attempt <= kMostDumps; ++attempt) {
    sockets.clear();
    // A number of its own for each dump that a socket ever makes.
    const std::uint32_t sequence = static_cast<std::uint32_t>(table) * kMostDumps + attempt;
    const auto whole = dump_once(netlink, table, sequence, buffer, sockets);
    if (!whole) {
      return std::unexpected(whole.error());
    }
    if (*whole) {
      return sockets;
    }
  }
  return std::unexpected(EINTR);
}

}  // namespace hale::checks
