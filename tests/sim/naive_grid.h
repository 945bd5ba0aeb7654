// The ticks of one check by the oracle's own arithmetic: phase, phase + interval, and so on, with
// phase = hash(agent, name) modulo interval; one after the other, never divided out.
#pragma once

#include <vector>

#include "monitor/time.h"

namespace hale::sim {

class NaiveGrid {
 public:
  NaiveGrid(std::uint64_t hash, monitor::Duration interval);

  // Ticks after `now` count; those before do not.
  void begin(monitor::TimePoint now);
  void end() { counting_ = false; }  // no ticks until it begins again

  // Another interval: ticks up to `now` are those of the old grid.
  void change(monitor::Duration interval, monitor::TimePoint now);

  // Adds the ticks up to `now` to those that are due.
  void pass(monitor::TimePoint now);

  // Ticks that have passed and that nobody has accounted for, oldest first.
  std::vector<monitor::TimePoint>& due() { return due_; }

  bool has(monitor::TimePoint time) const;  // whether it is a tick of the present grid
  monitor::Duration interval() const { return interval_; }

 private:
  std::uint64_t hash_;
  monitor::Duration interval_;
  monitor::TimePoint next_;
  std::vector<monitor::TimePoint> due_;
  bool counting_ = false;
};

}  // namespace hale::sim
