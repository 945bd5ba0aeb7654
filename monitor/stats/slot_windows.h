// Windows over a cumulative histogram: what it counted is cut into slots of 5 s, which are joined
// to slots of 15 s and of 5 min, and a window is the sum of those slots that reach into it, so of
// up to a slot more than its length. For what is measured too often to keep every value; the error
// of a percentile is that of the buckets. A slot in which nothing happened takes no memory.
//
// Time is an argument and never goes backwards. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "monitor/stats/exponential_histogram.h"
#include "monitor/stats/window.h"
#include "monitor/time.h"

namespace hale::monitor {

class SlotWindows {
 public:
  static constexpr Duration kSlot = std::chrono::seconds(5);

  // `cumulative` outlives this object; from now on, this object alone records into it.
  SlotWindows(ExponentialHistogram& cumulative, TimePoint start);

  // A decided run or operation, `times` of them alike. `latency`: absent where there was no answer.
  // False: `latency` is no size of anything, and nothing was counted.
  bool record(TimePoint now, std::optional<double> latency, bool good, std::uint64_t times = 1);
  // Also lets go of what no window holds any more.
  WindowViews view(TimePoint now);

  // When the view changes by itself next; max() if it never does.
  TimePoint next_change(TimePoint now) const;

 private:
  // What came in the slot with this number, counted from the clock's zero in steps of its length.
  struct Slot {
    std::int64_t number = 0;
    std::uint64_t good = 0;
    std::uint64_t total = 0;
    Histogram latencies = {};  // of the difference, but with its own exact extremes
  };
  // Slots of one length; those that the window of this length needs.
  struct Row {
    std::vector<Slot> closed;  // oldest first, none empty
    std::optional<Slot> open;  // of what the row below has handed on
  };

  Slot open_slot() const;  // what came since the last one was closed
  void close_until(TimePoint now);
  void hand_on(std::size_t row, const Slot& slot);

  ExponentialHistogram& cumulative_;
  TimePoint start_;
  std::array<Row, kWindowCount> rows_;
  Histogram before_;  // the cumulative histogram when the open slot began
  Slot open_;         // of the finest row, without its latencies but for their extremes
};

}  // namespace hale::monitor
