// Windows over the raw values, exact: for what is measured up to kCapacity times an hour. Should
// more come, the oldest go early, and the span says so.
//
// Time is an argument and never goes backwards. Pure.
#pragma once

#include <cstddef>
#include <deque>
#include <limits>
#include <optional>

#include "monitor/stats/window.h"
#include "monitor/time.h"

namespace hale::monitor {

class RawWindows {
 public:
  static constexpr std::size_t kCapacity = 512;

  explicit RawWindows(TimePoint start) : complete_since_(start) {}

  // A decided run. `latency`: absent where there was no answer.
  void record(TimePoint now, std::optional<Duration> latency, bool good);

  // A window of length W holds what came after now - W.
  WindowViews view(TimePoint now) const;

  // When a value leaves a window next, so that the view changes by itself; max() if none is in one.
  TimePoint next_change(TimePoint now) const;

 private:
  struct Sample {
    TimePoint at;
    float seconds = kNone;
    bool good = false;
  };
  static constexpr float kNone = std::numeric_limits<float>::quiet_NaN();

  std::deque<Sample> samples_;  // oldest first
  TimePoint complete_since_;    // nothing is missing that came later
};

}  // namespace hale::monitor
