// A socket of a test that is bound and listens, or only waits for datagrams; closed with it. Errors
// are reported by valid().
#pragma once

#include <cstdint>
#include <string>

namespace hale::test {

struct SocketOptions {
  bool udp = false;
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;   // 0: the kernel chooses
  bool only_v6 = false;     // of an IPv6 address
  bool reuse_port = false;  // SO_REUSEPORT
  int backlog = 16;
};

class TestSocket {
 public:
  explicit TestSocket(const SocketOptions& options);
  // A Unix socket: a path, or "@name"; `type` is SOCK_STREAM, SOCK_SEQPACKET or SOCK_DGRAM.
  TestSocket(const std::string& path, int type, int backlog = 16);
  ~TestSocket();
  TestSocket(const TestSocket&) = delete;
  TestSocket& operator=(const TestSocket&) = delete;

  bool valid() const { return fd_ >= 0; }
  std::uint16_t port() const { return port_; }
  int fd() const { return fd_; }

 private:
  int fd_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace hale::test
