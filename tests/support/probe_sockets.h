// Listeners on the loopback that behave in the ways that services do: accept and never answer, or
// swallow connections. The kernel chooses the ports.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>

namespace hale::test {

union SocketAddress {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

// Of a numeric address; `size` is what the kernel wants to know of it besides.
SocketAddress make_address(const std::string& text, std::uint16_t port, socklen_t& size);

// Whether this machine can listen on the address: "::1" is missing where IPv6 is switched off.
bool has_address(const std::string& address);

// Listens, and never calls accept: the kernel accepts up to `backlog` connections by itself.
class ProbeListener {
 public:
  explicit ProbeListener(const std::string& address = "127.0.0.1", int backlog = 64);
  ~ProbeListener();
  ProbeListener(const ProbeListener&) = delete;
  ProbeListener& operator=(const ProbeListener&) = delete;

  std::uint16_t port() const { return port_; }

  // Fills the queue of connections: from then on the kernel drops what comes, like a host behind a
  // firewall that drops.
  void fill();

 private:
  bool connect_one();  // true when it was established

  std::string address_;
  int fd_ = -1;
  std::uint16_t port_ = 0;
  std::vector<int> clients_;
};

// A port on this address that nobody listens on: bound, so that nobody else gets it.
class ClosedPort {
 public:
  explicit ClosedPort(const std::string& address = "127.0.0.1");
  ~ClosedPort();
  ClosedPort(const ClosedPort&) = delete;
  ClosedPort& operator=(const ClosedPort&) = delete;
  std::uint16_t port() const { return port_; }

 private:
  int fd_ = -1;
  std::uint16_t port_ = 0;
};

// Moves the calling thread into a network of its own, with nothing but a loopback that is up, where
// connections may begin at the ports `first` to `last` only. False when that is not permitted.
bool enter_private_network(std::uint16_t first, std::uint16_t last);

}  // namespace hale::test
