#include "tests/support/probe_sockets.h"

#include <cstring>
#include <fstream>

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "monitor/assert.h"

namespace hale::test {

SocketAddress make_address(const std::string& text, std::uint16_t port, socklen_t& size) {
  SocketAddress address{};
  if (::inet_pton(AF_INET, text.c_str(), &address.v4.sin_addr) == 1) {
    address.v4.sin_family = AF_INET;
    address.v4.sin_port = htons(port);
    size = sizeof(address.v4);
  } else {
    HALE_ASSERT(::inet_pton(AF_INET6, text.c_str(), &address.v6.sin6_addr) == 1);
    address.v6.sin6_family = AF_INET6;
    address.v6.sin6_port = htons(port);
    size = sizeof(address.v6);
  }
  return address;
}

namespace {

int make_socket(const std::string& address, int flags) {
  const int family = address.find(':') == std::string::npos ? AF_INET : AF_INET6;
  const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
  HALE_ASSERT(fd >= 0);
  return fd;
}

std::uint16_t bind_any_port(int fd, const std::string& text) {
  socklen_t size = 0;
  SocketAddress address = make_address(text, 0, size);
  HALE_ASSERT(::bind(fd, &address.any, size) == 0);
  HALE_ASSERT(::getsockname(fd, &address.any, &size) == 0);
  return ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
}

}  // namespace

bool has_address(const std::string& text) {
  socklen_t size = 0;
  const SocketAddress address = make_address(text, 0, size);
  const int fd = ::socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool bound = fd >= 0 && ::bind(fd, &address.any, size) == 0;
  ::close(fd);
  return bound;
}

ProbeListener::ProbeListener(const std::string& address, int backlog)
    : address_(address), fd_(make_socket(address, 0)), port_(bind_any_port(fd_, address)) {
  HALE_ASSERT(::listen(fd_, backlog) == 0);
}

ProbeListener::~ProbeListener() {
  for (const int client : clients_) {
    ::close(client);
  }
  ::close(fd_);
}

bool ProbeListener::connect_one() {
  const int fd = make_socket(address_, SOCK_NONBLOCK);
  clients_.push_back(fd);
  socklen_t size = 0;
  const SocketAddress address = make_address(address_, port_, size);
  if (::connect(fd, &address.any, size) == 0) {
    return true;
  }
  // On the loopback an accepted connection is established when connect() returns, or within the
  // kernel's next turn; one that is dropped is tried again after a second.
  pollfd writable{.fd = fd, .events = POLLOUT, .revents = 0};
  return ::poll(&writable, 1, 200) == 1;
}

void ProbeListener::fill() {
  while (connect_one()) {
    HALE_ASSERT(clients_.size() < 1000);
  }
}

ClosedPort::ClosedPort(const std::string& address)
    : fd_(make_socket(address, 0)), port_(bind_any_port(fd_, address)) {}

ClosedPort::~ClosedPort() {
  ::close(fd_);
}

bool enter_private_network(std::uint16_t first, std::uint16_t last) {
  if (::unshare(CLONE_NEWNET) != 0) {
    return false;
  }
  ifreq request{};
  std::strncpy(request.ifr_name, "lo", sizeof(request.ifr_name) - 1);
  const int fd = make_socket("127.0.0.1", 0);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  const bool up = ::ioctl(fd, SIOCSIFFLAGS, &request) == 0;
  ::close(fd);
  std::ofstream range("/proc/sys/net/ipv4/ip_local_port_range");
  range << first << " " << last << std::flush;
  return up && range.good();
}

}  // namespace hale::test
