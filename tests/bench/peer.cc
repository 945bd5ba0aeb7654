// hale_bench_peer: the other side of the benchmarks, in a process of its own so that its CPU time
// is not the agent's. Listens on all addresses of the loopback: on one port it accepts and closes,
// on the next it swallows, on the third it answers HTTP, on the fourth questions for a name (UDP).
// Prints the ports in this order and serves until its standard input ends.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string_view>
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

template <class Take>
void accept_all(int listener, Take take) {
  for (;;) {
    const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
      take(fd);
    } else if (errno != ECONNABORTED && errno != EINTR) {
      return;
    }
  }
}

// True once the connection is over: its request was answered, or there will be none.
bool answer_request(int fd) {
  static constexpr std::string_view kAnswer =
      "HTTP/1.1 200 OK\r\nServer: bench\r\nContent-Type: application/json\r\n"
      "Content-Length: 61\r\n\r\n"
      R"({"status":"up","queue":{"depth":3},"version":"1.2.3","ok":1}
)";
  std::array<char, 4096> request;
  const ssize_t got = ::recv(fd, request.data(), request.size(), 0);
  if (got < 0 && errno == EAGAIN) {
    return false;
  }
  if (got > 0) {
    static_cast<void>(!::send(fd, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL));
  }
  ::close(fd);
  return true;
}

// A message over UDP, and the control message that says to which address it came: the answer has to
// leave from there.
class Datagram {
 public:
  Datagram() {
    part_.iov_base = bytes.data();
    header_.msg_name = &from_;
    header_.msg_iov = &part_;
    header_.msg_iovlen = 1;
    header_.msg_control = control_.data();
  }
  std::size_t receive(int fd, std::size_t most) {
    part_.iov_len = most;
    header_.msg_namelen = sizeof(from_);
    header_.msg_controllen = control_.size();
    const ssize_t got = ::recvmsg(fd, &header_, 0);
    return got < 0 ? 0 : static_cast<std::size_t>(got);
  }
  void send_back(int fd, std::size_t size) {
    cmsghdr* const control = CMSG_FIRSTHDR(&header_);
    HALE_ASSERT(control != nullptr && control->cmsg_type == IP_PKTINFO);
    in_pktinfo info{};
    std::memcpy(&info, CMSG_DATA(control), sizeof(info));
    info.ipi_spec_dst = info.ipi_addr;
    info.ipi_ifindex = 0;
    std::memcpy(CMSG_DATA(control), &info, sizeof(info));
    part_.iov_len = size;
    ::sendmsg(fd, &header_, 0);
  }

  std::array<std::uint8_t, 512> bytes{};

 private:
  sockaddr_in from_{};
  alignas(cmsghdr) std::array<std::uint8_t, 64> control_{};
  iovec part_{};
  msghdr header_{};
};

// Whatever is asked for has the address 192.0.2.1. What comes after the question (EDNS) is left
// out.
void answer_questions(int fd) {
  constexpr std::size_t kHeaderBytes = 12;
  constexpr std::array<std::uint8_t, 16> kRecord = {0xC0, 12, 0, 1, 0,   1, 0, 0,
                                                    0,    60, 0, 4, 192, 0, 2, 1};
  Datagram message;
  while (const std::size_t got = message.receive(fd, message.bytes.size() - kRecord.size())) {
    const auto begin = message.bytes.begin();
    const auto zero = std::find(begin + kHeaderBytes, begin + static_cast<std::ptrdiff_t>(got), 0);
    const auto end = static_cast<std::size_t>(zero - begin) + 5;  // type and class follow the name
    if (end > got) {
      continue;
    }
    message.bytes[2] = 0x81;  // a response, recursion was wanted
    message.bytes[3] = 0x80;  // and is there
    message.bytes[7] = 1;     // one answer
    message.bytes[11] = 0;    // nothing else
    std::ranges::copy(kRecord, begin + static_cast<std::ptrdiff_t>(end));
    message.send_back(fd, end + kRecord.size());
  }
}

int bind_to_any_port() {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  Address address{};
  address.v4.sin_family = AF_INET;
  HALE_ASSERT(fd >= 0 && ::bind(fd, &address.any, sizeof(address.v4)) == 0);
  const int on = 1;
  ::setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
  return fd;
}

// Looks every few milliseconds, and does not wait on the sockets: to wake it would be work of
// whoever connects, who would pay it for each connection or for none, as the pace happens to be.
void serve(int accepting, int http, int dns) {
  constexpr int kPauseMs = 5;
  std::vector<int> requests;
  pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  while (::poll(&input, 1, kPauseMs) == 0) {
    accept_all(accepting, [](int fd) { ::close(fd); });
    accept_all(http, [&requests](int fd) { requests.push_back(fd); });
    std::erase_if(requests, &answer_request);
    answer_questions(dns);
  }
}

}  // namespace

int main() {
  const int accepting = listen_on_any_port(4096);
  const int swallowing = listen_on_any_port(0);
  const std::vector<int> filling = fill(swallowing);
  const int http = listen_on_any_port(4096);
  const int dns = bind_to_any_port();
  std::printf("%d %d %d %d\n", ntohs(address_of(accepting).v4.sin_port),
              ntohs(address_of(swallowing).v4.sin_port), ntohs(address_of(http).v4.sin_port),
              ntohs(address_of(dns).v4.sin_port));
  std::fflush(stdout);
  serve(accepting, http, dns);
  return 0;
}
