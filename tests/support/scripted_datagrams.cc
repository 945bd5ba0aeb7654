#include "tests/support/scripted_datagrams.h"

#include <array>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "monitor/assert.h"
#include "tests/support/probe_sockets.h"

namespace hale::test {
namespace {

// At any port, which is told.
int bound_socket(const std::string& text, std::uint16_t& port) {
  socklen_t size = 0;
  SocketAddress address = make_address(text, 0, size);
  const int fd = ::socket(address.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  HALE_ASSERT(fd >= 0);
  HALE_ASSERT(::bind(fd, &address.any, size) == 0);
  HALE_ASSERT(::getsockname(fd, &address.any, &size) == 0);
  port = ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
  return fd;
}

int bound_elsewhere(const std::string& address) {
  std::uint16_t any = 0;
  return bound_socket(address, any);
}

}  // namespace

ScriptedDatagrams::ScriptedDatagrams(Script script, const std::string& address)
    : script_(std::move(script)),
      socket_(bound_socket(address, port_)),
      elsewhere_(bound_elsewhere(address)),
      stop_(::eventfd(0, EFD_CLOEXEC)),
      thread_([this] { serve(); }) {}

ScriptedDatagrams::~ScriptedDatagrams() {
  HALE_ASSERT(::eventfd_write(stop_, 1) == 0);
  thread_.join();
  for (const int fd : {socket_, elsewhere_, stop_}) {
    ::close(fd);
  }
}

void ScriptedDatagrams::serve() {
  for (;;) {
    std::array<pollfd, 2> watched = {{{.fd = stop_, .events = POLLIN, .revents = 0},
                                      {.fd = socket_, .events = POLLIN, .revents = 0}}};
    ::poll(watched.data(), watched.size(), -1);
    if (watched[0].revents != 0) {
      return;
    }
    answer();
  }
}

void ScriptedDatagrams::answer() {
  Bytes question(65536);
  SocketAddress from{};
  socklen_t size = sizeof(from);
  const ssize_t got = ::recvfrom(socket_, question.data(), question.size(), 0, &from.any, &size);
  if (got < 0) {
    return;
  }
  ++questions_;
  question.resize(static_cast<std::size_t>(got));
  if (!script_) {
    return;
  }
  for (const ScriptedDatagram& datagram : script_(question)) {
    pollfd stopped{.fd = stop_, .events = POLLIN, .revents = 0};
    const auto pause = static_cast<int>(datagram.before.count());
    if (pause > 0 && ::poll(&stopped, 1, pause) != 0) {
      return;
    }
    static_cast<void>(::sendto(datagram.from_elsewhere ? elsewhere_ : socket_,
                               datagram.bytes.data(), datagram.bytes.size(), 0, &from.any, size));
  }
}

}  // namespace hale::test
