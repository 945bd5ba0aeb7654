// Windows over the raw values, exact: for what is measured up to kCapacity times an hour. Should
// more come, the oldest go early, and the span says so.
//
// Time is an argument and never goes backwards. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "monitor/stats/window.h"
#include "monitor/time.h"

namespace hale::monitor {

class RawWindows {
 public:
  static constexpr std::size_t kCapacity = 512;

  explicit RawWindows(TimePoint start) : complete_since_(start) {}

  // A decided run. `latency`: absent where there was no answer.
  void record(TimePoint now, std::optional<Duration> latency, bool good);

  // A window of length W holds what came after now - W, to the millisecond.
  WindowViews view(TimePoint now) const;

  // When a value leaves a window next, so that the view changes by itself; max() if none is in one.
  TimePoint next_change(TimePoint now) const;

 private:
  // Eight bytes, as most of what a check's statistics take are these.
  class Sample {
   public:
    Sample(TimePoint at, std::optional<Duration> latency, bool good);
    TimePoint at(TimePoint newest) const;  // of the samples, which is at most an hour younger
    std::optional<float> seconds() const;
    bool good() const;

   private:
    std::uint32_t at_ms_;  // of the clock, without what does not fit
    float seconds_;        // NaN: no latency; negative: not good
  };

  // How many of them, the oldest first, came until `time`.
  std::size_t count_until(TimePoint time) const;

  std::vector<Sample> samples_;  // oldest first
  TimePoint newest_;
  TimePoint complete_since_;  // nothing is missing that came later
};

}  // namespace hale::monitor
