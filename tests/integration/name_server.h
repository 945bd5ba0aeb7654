// A real name server, NSD, as Debian ships it, on free ports of the loopback: started and stopped
// by a test.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <sys/types.h>

namespace hale::test {

class NameServer {
 public:
  struct Options {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;  // 0: any that is free
    std::string zone;        // of "example.test", as a zone file
    // Files in PEM; with them it answers over TLS as well, at tls_port().
    std::string certificate_file = {};
    std::string key_file = {};
  };

  // Null where the program is not installed, or does not start: `why` says so.
  static std::unique_ptr<NameServer> start(const Options& options, std::string& why);
  ~NameServer();
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::uint16_t tls_port() const { return tls_port_; }

 private:
  NameServer(pid_t pid, std::uint16_t port, std::uint16_t tls_port, std::string folder)
      : pid_(pid), port_(port), tls_port_(tls_port), folder_(std::move(folder)) {}

  pid_t pid_;
  std::uint16_t port_;
  std::uint16_t tls_port_;
  std::string folder_;
};

}  // namespace hale::test
