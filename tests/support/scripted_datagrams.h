// A peer on the loopback that answers datagrams as its script says, right or wrong, on a thread of
// its own.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace hale::test {

// One datagram that the peer sends.
struct ScriptedDatagram {
  std::vector<std::uint8_t> bytes = {};
  std::chrono::milliseconds before{0};  // how long it waits first
  bool from_elsewhere = false;          // from another port than the one that was asked
};

class ScriptedDatagrams {
 public:
  using Bytes = std::vector<std::uint8_t>;
  using Script = std::function<std::vector<ScriptedDatagram>(const Bytes& question)>;

  // Without a script it swallows.
  explicit ScriptedDatagrams(Script script = {}, const std::string& address = "127.0.0.1");
  ~ScriptedDatagrams();
  ScriptedDatagrams(const ScriptedDatagrams&) = delete;
  ScriptedDatagrams& operator=(const ScriptedDatagrams&) = delete;

  std::uint16_t port() const { return port_; }
  int questions() const { return questions_.load(); }

 private:
  void serve();
  void answer();

  Script script_;
  std::uint16_t port_ = 0;
  int socket_;
  int elsewhere_;
  int stop_;  // an eventfd that ends the thread
  std::atomic<int> questions_{0};
  std::thread thread_;
};

}  // namespace hale::test
