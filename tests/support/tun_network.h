// A network in which the test itself is everybody else: packets that leave this host for
// 192.0.2.0/24 are handed to a script, and what the script returns arrives. In a network namespace
// of the calling thread, so that nobody else notices.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace hale::test {

// Runs `body` on a thread that has a network of its own, with a loopback that is up and nothing
// else. False where that is not permitted.
bool in_private_network(const std::function<void()>& body);

class TunNetwork {
 public:
  using Packet = std::vector<std::uint8_t>;  // IPv4, from its header on
  using Script = std::function<std::vector<Packet>(const Packet& packet)>;

  // This host is 192.0.2.1 in it; null where that is not permitted. `mtu` in bytes.
  static std::unique_ptr<TunNetwork> make(Script script, int mtu = 1500);
  ~TunNetwork();
  TunNetwork(const TunNetwork&) = delete;
  TunNetwork& operator=(const TunNetwork&) = delete;

 private:
  TunNetwork(int fd, Script script);
  void serve();

  int fd_;
  int stop_;  // an eventfd that ends the thread
  Script script_;
  std::thread thread_;
};

}  // namespace hale::test
