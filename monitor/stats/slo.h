// Service level objectives: which share of the runs of a check, or of the calls of an operation,
// has to be good, over a window of days. Good and total are counted exactly, since the start and
// over the window; what of the error budget is left follows from them. Burn rates are PromQL over
// the counters (packaging/prometheus).
//
// Time is an argument and never goes backwards. Pure.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "monitor/time.h"

namespace hale::monitor {

struct SloObjective {
  std::string name;                 // "success", "latency_p95": the label `slo`
  double share = 0;                 // that has to be good; above 0, below 1
  std::optional<Duration> latency;  // good takes at most this long; absent: good is not failed
};

struct SloSettings {
  std::vector<SloObjective> objectives;  // not empty
  Duration window = std::chrono::hours(30 * 24);
  bool degrade = false;  // a breach makes a healthy check degraded
  // With fewer bad events in the window nothing is a breach: one failure of a job that runs once a
  // day is 3 % of its month.
  std::uint64_t min_failures = 3;
};

struct SloCount {
  std::uint64_t good = 0;
  std::uint64_t total = 0;
};

// How one objective stands.
struct SloStand {
  SloCount ever;    // since the start
  SloCount window;  // within the window
  // 1 - (share of bad ones) / (share of bad ones allowed): 1 while nothing was bad, 0 when the
  // budget is spent, below 0 beyond; absent while nothing was counted.
  std::optional<double> budget_remaining;
  bool breached = false;  // below 0, with min_failures bad ones at least
};

struct SloView {
  std::shared_ptr<const SloSettings> settings;  // never null
  std::vector<SloStand> stands;                 // as settings->objectives
  Duration span{};  // how far back the window really reaches: less than its length at first

  bool breached() const;
};

class Slo {
 public:
  // A window is held as this many slots, and reaches up to a slot further than its length.
  static constexpr std::size_t kSlots = 120;

  Slo(std::shared_ptr<const SloSettings> settings, TimePoint start);

  // A decided run or call, `times` of them alike. `latency`: absent where there was no answer; such
  // a one does not count for objectives of latency.
  void record(TimePoint now, std::optional<Duration> latency, bool good, std::uint64_t times = 1);

  std::shared_ptr<const SloView> view(TimePoint now);

  // When the view changes by itself next, as slots leave the window; max() if it never does.
  TimePoint next_change(TimePoint now) const;
};

}  // namespace hale::monitor
