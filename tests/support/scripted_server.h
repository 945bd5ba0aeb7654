// A server on the loopback that behaves as its script says, right or wrong: each connection gets a
// thread of its own on which the script runs. Plain TCP, or TLS with a given certificate.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <openssl/ssl.h>

#include "tests/support/certificates.h"

namespace hale::test {

// The script's side of one connection. Nothing throws; once the client is gone or the server stops,
// send() and read() give up.
class ScriptedPeer {
 public:
  explicit ScriptedPeer(int fd) : fd_(fd) {}
  ~ScriptedPeer();
  ScriptedPeer(const ScriptedPeer&) = delete;
  ScriptedPeer& operator=(const ScriptedPeer&) = delete;

  bool start_tls(SSL_CTX* context);
  std::string read_some();  // "": no more
  std::string read_until(
      std::string_view end);                   // all up to and with `end`; what came, if it did not
  std::string read_exactly(std::size_t size);  // leaves what follows; less where it ended early
  std::string read_request();                  // the head of an HTTP request
  bool send(std::string_view data);
  // A byte at a time, with a pause before each, until the client is gone.
  void drip(std::string_view data, std::chrono::milliseconds pause);
  void wait_until_closed();  // reads and drops whatever comes
  void reset();              // closes by RST; nothing may be sent after it

 private:
  int fd_;
  std::unique_ptr<SSL, void (*)(SSL*)> tls_{nullptr, nullptr};
};

class ScriptedServer {
 public:
  using Script = std::function<void(ScriptedPeer&)>;

  explicit ScriptedServer(Script script, const std::string& address = "127.0.0.1",
                          std::uint16_t port = 0);
  // TLS with this certificate, and what leads from it to its authority.
  ScriptedServer(const MadeCertificate& certificate, Script script);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::string url(const std::string& path = "/", const std::string& host = "127.0.0.1") const;
  int connections() const { return connections_; }

 private:
  void accept_all();

  Script script_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_ = 0;
  std::mutex mutex_;
  std::vector<int> open_;  // descriptors of connections, to wake their threads at the end
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

// "HTTP/1.1 200 OK" with this body.
std::string http_answer(std::string_view body, std::string_view status = "200 OK",
                        std::string_view headers = "");

}  // namespace hale::test
