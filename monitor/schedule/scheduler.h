// Which checks are due, and when next. Pure: time comes in as an argument; no clock, no I/O.
//
// Each check has a fixed grid: the ticks phase + k * interval on the monotonic clock, with
// phase = hash modulo interval, so that neither a start nor a fleet makes a storm and a restart on
// the same boot finds the same ticks. Only the first run stands outside the grid: it comes within
// min(interval, 2 s). A tick is handed out once; ticks that passed meanwhile are counted as late,
// never caught up.
//
// Worked example, interval 10 s, phase 3 s: added at 100 s, first run at 101.4 s, then 103, 113,
// 123. The loop stalls from 120 s to 145 s: the tick of 123 is handed out at 145 with late = 2
// (133 and 143), and the next is 153.
#pragma once

#include <cstdint>
#include <optional>
#include <queue>
#include <vector>

#include "monitor/time.h"

namespace hale::monitor {

using CheckId = std::uint32_t;  // counts from 0 in the order of add()

class Scheduler {
 public:
  struct Due {
    CheckId check = 0;
    TimePoint tick;
    std::uint64_t late = 0;  // further ticks that passed before this one was handed out
  };

  static constexpr Duration kFirstRunWithin = std::chrono::seconds(2);

  // `hash` spreads the phase and the first run. interval > 0.
  CheckId add(std::uint64_t hash, Duration interval, TimePoint now);

  // Another interval from now on, on the grid that belongs to it. A first run that is still to
  // come stays, and so does a tick that is due already; what passed after it on the old grid will
  // be handed out as late with it.
  void set_interval(CheckId check, Duration interval, TimePoint now);

  // No ticks from now on. Returns how many passed until now without having been handed out.
  std::uint64_t pause(CheckId check, TimePoint now);
  void resume(CheckId check, TimePoint now);  // the grid again

  std::optional<TimePoint> next() const;                    // of all checks
  std::optional<TimePoint> next_tick(CheckId check) const;  // absent while paused

  // Appends the ticks that are due, in the order of time, then of id; at most one a check.
  void collect(TimePoint now, std::vector<Due>& due);

 private:
  struct Entry {
    std::uint64_t hash = 0;
    Duration interval{};
    TimePoint next;
    std::uint64_t passed = 0;      // ticks after `next` on the grid of an earlier interval...
    TimePoint passed_until;        // ...up to here; `interval` holds from here on
    std::uint32_t generation = 0;  // of the item in the queue that is valid
    bool paused = false;
    bool first = true;
  };
  struct Item {
    TimePoint time;
    CheckId check = 0;
    std::uint32_t generation = 0;
    bool operator>(const Item& other) const {
      return time != other.time ? time > other.time : check > other.check;
    }
  };

  static std::int64_t ticks_until(const Entry& entry, TimePoint time);  // index of the grid
  static TimePoint grid_after(const Entry& entry, TimePoint time);      // the first tick > time
  static std::uint64_t late(const Entry& entry, TimePoint now);         // ticks in (next, now]
  void enqueue(CheckId check, TimePoint time);
  void drop_outdated();

  std::vector<Entry> entries_;
  // Items are never taken out of the middle: an item whose generation is not its entry's is
  // skipped.
  std::priority_queue<Item, std::vector<Item>, std::greater<>> queue_;
};

}  // namespace hale::monitor
