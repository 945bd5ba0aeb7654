// Service level objectives: which share of the runs of a check, or of the calls of an operation,
// has to be good, over a window of days. Good and total are counted exactly, since the start and
// over the window; what of the error budget is left follows from them. Burn rates are PromQL over
// the counters (packaging/prometheus).
//
// Time is an argument and never goes backwards. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
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
  // 1 - (share of bad ones) / (share of bad ones allowed): 1 while nothing was bad, exactly 0 when
  // the budget is spent, below 0 beyond; absent while nothing was counted.
  // With 99.9 %, 2 bad ones of 4,000: 1 - 0.0005 / 0.001 = 0.5.
  std::optional<double> budget_remaining;
  bool breached = false;  // below 0, with min_failures bad ones at least
};

struct SloView {
  std::shared_ptr<const SloSettings> settings;  // never null
  std::vector<SloStand> stands;                 // as settings->objectives
  Duration span{};  // how far back the window really reaches: less than its length at first

  bool breached() const;  // of any objective
};

// What is breached, for people: "SLO success: 99.7 % of 1,204 runs in 30d were good, the objective
// is 99.9 %". `things`: what is counted, "runs" or "calls". Empty where nothing is breached.
std::string breach_message(const SloView& view, std::string_view things);

class Slo {
 public:
  // A window is held as this many slots and the open one: it reaches up to a slot further than its
  // length. Slots begin with the start, and one in which nothing happened takes no memory.
  static constexpr std::int64_t kSlots = 120;

  Slo(std::shared_ptr<const SloSettings> settings, TimePoint start);

  // A decided run or call, `times` of them alike. `latency`: absent where there was no answer; such
  // a one does not count for objectives of latency.
  void record(TimePoint now, std::optional<Duration> latency, bool good, std::uint64_t times = 1);

  // Also lets go of what the window does not hold any more.
  std::shared_ptr<const SloView> view(TimePoint now);

  // When the view changes by itself next, as slots leave the window; max() if it never does.
  TimePoint next_change(TimePoint now) const;

 private:
  void open_slot(TimePoint now);
  void let_go(TimePoint now);
  std::int64_t oldest_held(TimePoint now) const;  // the number of the first slot in the window
  TimePoint end_of(std::int64_t slot) const { return start_ + (slot + 1) * slot_length_; }

  std::shared_ptr<const SloSettings> settings_;
  TimePoint start_;
  Duration slot_length_;
  TimePoint open_until_;          // the end of the last slot; start_ while there is none
  std::vector<SloCount> ever_;    // by objective
  std::vector<SloCount> window_;  // the sum of `counts_`, by objective
  // Slots in which something happened, oldest first: their numbers, and for each of them one count
  // an objective.
  std::vector<std::int64_t> slots_;
  std::vector<SloCount> counts_;
};

}  // namespace hale::monitor
