// Runs single checks on a real loop with real pools, as the engine would: under one deadline, at
// which the run is cancelled. Used on one thread.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <asio/io_context.hpp>

#include "monitor/check.h"
#include "monitor/run_context.h"
#include "monitor/runtime/blocking_pool.h"
#include "monitor/runtime/clock.h"
#include "monitor/runtime/random.h"

namespace hale::test {

struct ProbeRun {
  monitor::CheckResult result;
  bool threw = false;      // instead of returning a result
  bool cancelled = false;  // the deadline came first
  std::vector<monitor::PhaseTime> phases;
  std::string peer;
  monitor::Duration took{};
};

class ProbeWorld {
 public:
  explicit ProbeWorld(std::filesystem::path proc_root = "/proc");

  // A check has its last word 50 ms before the deadline, and ends 50 ms after it at the latest. A
  // loaded machine can sleep through either, so a run that was cancelled or late gets four more
  // chances.
  ProbeRun run(monitor::Check& check, monitor::Duration timeout);
  // The same, cancelled as a pause does it: after `after`, long before the deadline.
  ProbeRun run_and_cancel(monitor::Check& check, monitor::Duration timeout,
                          monitor::Duration after);
  // Lets the loop work until `done()`; false when that took longer than `patience`.
  bool wait_for(const std::function<bool()>& done, monitor::Duration patience);

  const monitor::BlockingPool& files() const { return files_; }
  monitor::Services& services() { return services_; }

 private:
  asio::io_context loop_;
  monitor::RealClock clock_;
  monitor::Random random_;
  monitor::BlockingPool resolver_;
  monitor::BlockingPool files_;
  monitor::Services services_;
};

}  // namespace hale::test
