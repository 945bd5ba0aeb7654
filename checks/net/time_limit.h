// An end for what a socket does, without a second coroutine: the path that thousands of checks a
// second take when they wait for a peer until a time of their own. Loop thread only.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "monitor/runtime/clock.h"

namespace hale::checks {

// Calls `stop` once at `until`, unless destroyed before. Where `stop` closes a socket, every later
// operation on it fails at once; where it cancels, only the one that is under way: then ask
// reached() before the next.
class TimeLimit {
 public:
  TimeLimit(monitor::Clock& clock, monitor::TimePoint until, std::function<void()> stop)
      : stop_(std::move(stop)), alarm_(clock.make_alarm([this] { end(); })) {
    alarm_->arm(until);
  }
  TimeLimit(const TimeLimit&) = delete;
  TimeLimit& operator=(const TimeLimit&) = delete;

  bool reached() const { return reached_; }

 private:
  void end() {
    reached_ = true;
    stop_();
  }

  std::function<void()> stop_;
  bool reached_ = false;
  std::unique_ptr<monitor::Alarm> alarm_;
};

}  // namespace hale::checks
