#include "tests/support/probe_datagrams.h"

#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "monitor/assert.h"

namespace hale::test {
namespace {

union Address {
  sockaddr any;
  sockaddr_in v4;
};

}  // namespace

ProbeDatagrams::ProbeDatagrams(Script script)
    : script_(std::move(script)), fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  Address address{};
  address.v4.sin_family = AF_INET;
  address.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address.v4);
  HALE_ASSERT(fd_ >= 0 && ::bind(fd_, &address.any, size) == 0);
  HALE_ASSERT(::getsockname(fd_, &address.any, &size) == 0);
  port_ = ntohs(address.v4.sin_port);
  thread_ = std::thread([this] { serve(); });
}

ProbeDatagrams::~ProbeDatagrams() {
  stop_ = true;
  thread_.join();
  ::close(fd_);
}

void ProbeDatagrams::serve() {
  while (!stop_) {
    pollfd readable{.fd = fd_, .events = POLLIN, .revents = 0};
    if (::poll(&readable, 1, 20) != 1) {
      continue;
    }
    Bytes request(65536);
    Address from{};
    socklen_t size = sizeof(from.v4);
    const ssize_t got = ::recvfrom(fd_, request.data(), request.size(), 0, &from.any, &size);
    if (got < 0) {
      continue;
    }
    request.resize(static_cast<std::size_t>(got));
    ++requests_;
    for (const Bytes& reply : script_(request)) {
      static_cast<void>(::sendto(fd_, reply.data(), reply.size(), 0, &from.any, size));
    }
  }
}

}  // namespace hale::test
