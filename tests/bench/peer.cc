// hale_bench_peer: the other side of the benchmarks, in a process of its own so that its CPU time
// is not the agent's. Listens twice on all addresses of the loopback: on one port it accepts and
// closes, on the other it swallows. Prints both ports and serves until its standard input ends.
#include <cerrno>
#include <cstdio>
#include <vector>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "monitor/assert.h"

namespace {

union Address {
  sockaddr any;
  sockaddr_in v4;
};

Address address_of(int fd) {
  Address address{};
  socklen_t size = sizeof(address.v4);
  HALE_ASSERT(::getsockname(fd, &address.any, &size) == 0);
  return address;
}

int listen_on_any_port(int backlog) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  Address address{};
  address.v4.sin_family = AF_INET;
  HALE_ASSERT(fd >= 0 && ::bind(fd, &address.any, sizeof(address.v4)) == 0);
  HALE_ASSERT(::listen(fd, backlog) == 0);
  return fd;
}

// Connects until nothing is answered any more: a listener whose queue is full drops what asks for a
// place, as a firewall does. Returns the connections, which have to stay.
std::vector<int> fill(int listener) {
  Address address = address_of(listener);
  address.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::vector<int> clients;
  for (;;) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    HALE_ASSERT(fd >= 0 && clients.size() < 100);
    clients.push_back(fd);
    if (::connect(fd, &address.any, sizeof(address.v4)) == 0) {
      continue;
    }
    pollfd writable{.fd = fd, .events = POLLOUT, .revents = 0};
    if (::poll(&writable, 1, 300) != 1) {
      return clients;
    }
  }
}

// Looks every few milliseconds, and does not wait on the listener: to wake it would be work of
// whoever connects, who would pay it for each connection or for none, as the pace happens to be.
void serve(int listener) {
  constexpr int kPauseMs = 5;
  pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  while (::poll(&input, 1, kPauseMs) == 0) {
    for (;;) {
      const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd >= 0) {
        ::close(fd);
      } else if (errno != ECONNABORTED && errno != EINTR) {
        break;
      }
    }
  }
}

}  // namespace

int main() {
  const int accepting = listen_on_any_port(4096);
  const int swallowing = listen_on_any_port(0);
  const std::vector<int> filling = fill(swallowing);
  std::printf("%d %d\n", ntohs(address_of(accepting).v4.sin_port),
              ntohs(address_of(swallowing).v4.sin_port));
  std::fflush(stdout);
  serve(accepting);
  return 0;
}
