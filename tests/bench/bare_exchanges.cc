#include "tests/bench/bare_exchanges.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hale::bench {
namespace {

union Address {
  sockaddr any;
  sockaddr_in v4;
};

Address address_of(const Targets& targets, std::uint32_t check) {
  Address address{};
  address.v4.sin_family = AF_INET;
  address.v4.sin_port = htons(targets.port_of(check));
  address.v4.sin_addr.s_addr = htonl(Targets::address_of(check));
  return address;
}

int open_socket(int type, int protocol = 0) {
  return ::socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
}

class Connects final : public BareLoop {
 public:
  using BareLoop::BareLoop;

 private:
  Begun begin(std::uint32_t check) override {
    const Address address = address_of(targets(), check);
    const int fd = open_socket(SOCK_STREAM);
    if (fd >= 0 && ::connect(fd, &address.any, sizeof(address.v4)) == 0) {
      return {.fd = fd};
    }
    return {.fd = fd, .events = EPOLLOUT};
  }
  Step proceed(std::uint32_t, int fd, std::uint32_t) override {
    int error = 0;
    socklen_t size = sizeof(error);
    ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    return error == 0 ? Step::kDone : Step::kFailed;
  }
};

class Gets final : public BareLoop {
 public:
  explicit Gets(const Targets& targets) : BareLoop(targets), states_(targets.checks) {}

 private:
  struct State {
    bool sent = false;
    std::uint32_t received = 0;
    std::array<char, 1024> buffer{};
  };

  Begun begin(std::uint32_t check) override {
    states_[check].sent = false;
    states_[check].received = 0;
    const Address address = address_of(targets(), check);
    const int fd = open_socket(SOCK_STREAM);
    if (fd >= 0 && ::connect(fd, &address.any, sizeof(address.v4)) != 0 && errno != EINPROGRESS) {
      ::close(fd);
      return {};
    }
    return {.fd = fd, .events = EPOLLIN | EPOLLOUT | EPOLLET};
  }

  Step proceed(std::uint32_t check, int fd, std::uint32_t events) override {
    static constexpr std::string_view kRequest =
        "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n";
    State& state = states_[check];
    if (!state.sent && (events & EPOLLOUT) != 0) {
      state.sent = true;
      if (::send(fd, kRequest.data(), kRequest.size(), MSG_NOSIGNAL) !=
          static_cast<ssize_t>(kRequest.size())) {
        return Step::kFailed;
      }
    }
    return (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 ? receive(state, fd) : Step::kGoesOn;
  }

  static Step receive(State& state, int fd) {
    const ssize_t got =
        ::recv(fd, state.buffer.data() + state.received, state.buffer.size() - state.received, 0);
    if (got <= 0) {
      return got < 0 && errno == EAGAIN ? Step::kGoesOn : Step::kFailed;
    }
    state.received += static_cast<std::uint32_t>(got);
    const std::string_view answer(state.buffer.data(), state.received);
    const std::size_t head = answer.find("\r\n\r\n");
    if (head == std::string_view::npos) {
      return Step::kGoesOn;
    }
    constexpr std::string_view kLength = "Content-Length: ";
    const std::size_t at = answer.find(kLength);
    std::size_t length = 0;
    if (at > head || !answer.starts_with("HTTP/1.1 200 ") ||
        std::from_chars(answer.data() + at + kLength.size(), answer.data() + head, length).ec !=
            std::errc()) {
      return Step::kFailed;
    }
    return answer.size() >= head + 4 + length ? Step::kDone : Step::kGoesOn;
  }

  std::vector<State> states_;
};

class Questions final : public BareLoop {
 public:
  using BareLoop::BareLoop;

 private:
  using Query = std::array<std::uint8_t, 29>;

  static Query query(std::uint32_t check) {
    Query bytes = {0,   0,   1,   0,   0,   1, 0,   0,   0,   0, 0, 0, 7, 'e', 'x',
                   'a', 'm', 'p', 'l', 'e', 3, 'c', 'o', 'm', 0, 0, 1, 0, 1};
    bytes[0] = static_cast<std::uint8_t>(check >> 8U);
    bytes[1] = static_cast<std::uint8_t>(check);
    return bytes;
  }

  Begun begin(std::uint32_t check) override {
    const Address address = address_of(targets(), check);
    const Query question = query(check);
    const int fd = open_socket(SOCK_DGRAM);
    if (fd >= 0 && (::connect(fd, &address.any, sizeof(address.v4)) != 0 ||
                    ::send(fd, question.data(), question.size(), 0) < 0)) {
      ::close(fd);
      return {};
    }
    return {.fd = fd, .events = EPOLLIN};
  }

  Step proceed(std::uint32_t check, int fd, std::uint32_t) override {
    std::array<std::uint8_t, 1232> answer{};
    const ssize_t got = ::recv(fd, answer.data(), answer.size(), 0);
    const Query asked = query(check);
    if (got < static_cast<ssize_t>(asked.size()) || answer[0] != asked[0] ||
        answer[1] != asked[1]) {
      return got < 0 && errno != EAGAIN ? Step::kFailed : Step::kGoesOn;
    }
    const bool is_good = (answer[2] & 0x80U) != 0 && (answer[3] & 0x0FU) == 0;
    return is_good ? Step::kDone : Step::kFailed;
  }
};

class Echoes final : public BareLoop {
 public:
  explicit Echoes(const Targets& targets)
      : BareLoop(targets), by_datagrams_(may_ping_by_datagrams()) {}

 private:
  struct Packet {
    icmphdr header{};
    std::array<std::uint8_t, 56> payload{};
  };

  Begun begin(std::uint32_t check) override {
    const Address address = address_of(targets(), check);
    Packet packet;
    packet.header.type = ICMP_ECHO;
    packet.header.un.echo.id = htons(static_cast<std::uint16_t>(check));
    packet.header.checksum = checksum(packet);
    const int fd = open_socket(by_datagrams_ ? SOCK_DGRAM : SOCK_RAW, IPPROTO_ICMP);
    if (fd >= 0 && (::connect(fd, &address.any, sizeof(address.v4)) != 0 ||
                    ::send(fd, &packet, sizeof(packet), 0) < 0)) {
      ::close(fd);
      return {};
    }
    return {.fd = fd, .events = EPOLLIN};
  }

  // A raw socket sees the request as well, and everybody else's packets of that address.
  Step proceed(std::uint32_t check, int fd, std::uint32_t) override {
    std::array<std::uint8_t, 256> bytes{};
    const std::size_t skipped = by_datagrams_ ? 0 : sizeof(iphdr);
    for (;;) {
      const ssize_t got = ::recv(fd, bytes.data(), bytes.size(), 0);
      if (got < 0) {
        return errno == EAGAIN ? Step::kGoesOn : Step::kFailed;
      }
      icmphdr header{};
      std::memcpy(&header, bytes.data() + skipped, sizeof(header));
      if (header.type == ICMP_ECHOREPLY &&
          (by_datagrams_ || header.un.echo.id == htons(static_cast<std::uint16_t>(check)))) {
        return Step::kDone;
      }
    }
  }

  // RFC 1071; the payload is all zeros.
  static std::uint16_t checksum(const Packet& packet) {
    const std::uint32_t sum = packet.header.type + std::uint32_t{packet.header.un.echo.id};
    return static_cast<std::uint16_t>(~((sum & 0xFFFFU) + (sum >> 16U)));
  }

  bool by_datagrams_;
};

}  // namespace

std::unique_ptr<BareLoop> make_bare_connects(const Targets& targets) {
  return std::make_unique<Connects>(targets);
}

std::unique_ptr<BareLoop> make_bare_gets(const Targets& targets) {
  return std::make_unique<Gets>(targets);
}

std::unique_ptr<BareLoop> make_bare_questions(const Targets& targets) {
  return std::make_unique<Questions>(targets);
}

std::unique_ptr<BareLoop> make_bare_echoes(const Targets& targets) {
  return std::make_unique<Echoes>(targets);
}

bool may_ping_by_datagrams() {
  const int fd = open_socket(SOCK_DGRAM, IPPROTO_ICMP);
  if (fd >= 0) {
    ::close(fd);
  }
  return fd >= 0;
}

}  // namespace hale::bench
