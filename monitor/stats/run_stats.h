// How long a check's runs take and how many are good: since the start as histograms, and over
// windows as percentiles. Windows are exact where an hour holds few enough runs to keep them all,
// which the check's interval decides once.
//
// Time is an argument and never goes backwards. Pure.
#pragma once

#include <memory>
#include <optional>
#include <variant>

#include "monitor/check_result.h"
#include "monitor/stats/exponential_histogram.h"
#include "monitor/stats/raw_windows.h"
#include "monitor/stats/slot_windows.h"
#include "monitor/stats/window.h"
#include "monitor/time.h"

namespace hale::monitor {

struct RunStatsView {
  WindowViews windows;
  // Since the start, in seconds; never null.
  std::shared_ptr<const Histogram> latencies;
  std::shared_ptr<const Histogram> failures;  // runs that failed without an answer
};

// Whether a run that ended like this got an answer, or waited for one in vain until its deadline:
// its duration is a latency. Refusals and the like are none, they would make what is dead look
// fast.
bool counts_as_latency(Result result, Reason reason);
inline bool counts_as_latency(const Outcome& outcome) {
  return counts_as_latency(outcome.result, outcome.reason);
}

// The latency that objectives are held against, of a run that took `duration`. Where no answer came
// in time, no limit was kept, however short the deadline was.
std::optional<Duration> latency_for_slo(Result result, Reason reason,
                                        std::optional<Duration> duration);

class RunStats {
 public:
  // `interval`: the shortest that the check may have.
  RunStats(Duration interval, TimePoint start);
  RunStats(const RunStats&) = delete;
  RunStats& operator=(const RunStats&) = delete;

  // `duration`: absent where nobody told how long it took.
  void record(TimePoint now, const Outcome& outcome, std::optional<Duration> duration);
  std::shared_ptr<const RunStatsView> view(TimePoint now);

  // When the view changes by itself next; max() if it never does.
  TimePoint next_change(TimePoint now) const;

 private:
  ExponentialHistogram latencies_;
  std::unique_ptr<ExponentialHistogram> failures_;  // null until there is one
  std::variant<RawWindows, std::unique_ptr<SlotWindows>> windows_;
  // As published, null where outdated.
  std::shared_ptr<const Histogram> latencies_view_;
  std::shared_ptr<const Histogram> failures_view_;
};

}  // namespace hale::monitor
