// Listens for StatsD on UDP ports and Unix datagram sockets, on a thread of its own at a lower
// priority than the engine's: however much comes in, checks are not late for it. What there is no
// time for the kernel drops, and how much that is gets counted.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "ingest/statsd_line.h"
#include "monitor/operations/operations.h"
#include "monitor/runtime/clock.h"
#include "monitor/runtime/listening_socket.h"

namespace hale::ingest {

class StatsdListener {
 public:
  // What of a longer datagram is read; the line that is cut off is left out.
  static constexpr std::size_t kMaxDatagram = 64 * 1024;

  // Called on the listener's thread; must not block.
  struct Handlers {
    std::function<void(ServiceCheck)> on_service_check;
    std::function<void(std::string_view)> log;  // trouble of its own
  };

  // `operations` and `clock` outlive the listener.
  StatsdListener(std::vector<monitor::ListeningSocket> sockets, double seconds_per_unit,
                 monitor::Operations& operations, const monitor::Clock& clock, Handlers handlers);
  ~StatsdListener();  // stops
  StatsdListener(const StatsdListener&) = delete;
  StatsdListener& operator=(const StatsdListener&) = delete;

  void start();
  void stop();  // what was not read by then is lost; calling it again does nothing

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace hale::ingest
