#include "tests/support/test_socket.h"

#include <cstddef>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/probe_sockets.h"

namespace hale::test {
namespace {

void switch_on(int fd, int level, int option, bool on) {
  const int value = on ? 1 : 0;
  ::setsockopt(fd, level, option, &value, sizeof(value));
}

}  // namespace

TestSocket::TestSocket(const SocketOptions& options) {
  socklen_t size = 0;
  SocketAddress address = make_address(options.address, options.port, size);
  const int type = options.udp ? SOCK_DGRAM : SOCK_STREAM;
  fd_ = ::socket(address.any.sa_family, type | SOCK_CLOEXEC, 0);
  if (address.any.sa_family == AF_INET6) {
    switch_on(fd_, IPPROTO_IPV6, IPV6_V6ONLY, options.only_v6);
  }
  if (options.reuse_port) {
    switch_on(fd_, SOL_SOCKET, SO_REUSEPORT, true);
  }
  if (::bind(fd_, &address.any, size) != 0 ||
      (!options.udp && ::listen(fd_, options.backlog) != 0) ||
      ::getsockname(fd_, &address.any, &size) != 0) {
    ::close(fd_);
    fd_ = -1;
    return;
  }
  port_ = ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

TestSocket::TestSocket(const std::string& path, int type, int backlog) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  std::size_t size = offsetof(sockaddr_un, sun_path) + path.size();
  if (path.starts_with('@')) {
    address.sun_path[0] = '\0';
  } else {
    ++size;
  }
  fd_ = ::socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
  if (::bind(fd_, reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(size)) != 0 ||
      (type != SOCK_DGRAM && ::listen(fd_, backlog) != 0)) {
    ::close(fd_);
    fd_ = -1;
  }
}

TestSocket::~TestSocket() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

}  // namespace hale::test
