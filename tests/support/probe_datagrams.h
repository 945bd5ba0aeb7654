// A UDP server on a free port of the loopback that answers by a script, on a thread of its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace hale::test {

using Bytes = std::vector<std::uint8_t>;

class ProbeDatagrams {
 public:
  // What to send back for a request, in order; called on the server's thread.
  using Script = std::function<std::vector<Bytes>(const Bytes& request)>;

  explicit ProbeDatagrams(Script script);
  ~ProbeDatagrams();
  ProbeDatagrams(const ProbeDatagrams&) = delete;
  ProbeDatagrams& operator=(const ProbeDatagrams&) = delete;

  std::uint16_t port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  int requests() const { return requests_; }

 private:
  void serve();

  Script script_;
  int fd_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stop_ = false;
  std::atomic<int> requests_ = 0;
  std::thread thread_;
};

}  // namespace hale::test
