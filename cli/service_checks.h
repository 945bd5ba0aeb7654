// Service checks of StatsD become reports to the heartbeats of their names. Whoever can send a
// datagram can send many: only what names a heartbeat that takes reports without a token gets as
// far as the engine, and only a few at a time, so that they cannot keep commands of others waiting.
#pragma once

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "ingest/statsd_line.h"
#include "monitor/check_settings.h"
#include "monitor/control.h"
#include "monitor/operations/ingest_counters.h"

namespace hale::cli {

class ServiceChecks {
 public:
  static constexpr int kMaxOutstanding = 16;

  // Which of `checks` may be reported to.
  explicit ServiceChecks(const std::vector<monitor::ConfiguredCheck>& checks);

  // Any thread. What comes of it is counted, in the end on the engine's thread; `control` and
  // `counters` outlive that.
  void report(ingest::ServiceCheck check, monitor::Control& control,
              monitor::IngestCounters& counters) const;

 private:
  using Names = std::set<std::string, std::less<>>;

  Names open_;
  Names guarded_;  // by a token, which StatsD cannot carry
  std::shared_ptr<std::atomic<int>> outstanding_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace hale::cli
