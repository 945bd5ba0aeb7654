// A clock that a test moves. Coroutines run on a real io_context; time passes only inside run_for
// and run_until, which let the loop go idle, jump to the earliest alarm, and repeat. One alarm a
// step, in the order of time and then of arming, so the order of events is total and repeatable.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include <asio/io_context.hpp>

#include "monitor/runtime/clock.h"

namespace hale::testing {

class SimClock final : public monitor::Clock {
 public:
  explicit SimClock(asio::io_context& loop) : loop_(loop) {}

  monitor::TimePoint now() const override { return now_; }
  monitor::WallTime wall_now() const override { return kWallStart + (now_ - kStart) + wall_step_; }
  std::unique_ptr<monitor::Alarm> make_alarm(std::function<void()> handler) override;

  // Runs everything that is ready, without moving time.
  void settle();
  void run_until(monitor::TimePoint end);
  void run_for(monitor::Duration duration) { run_until(now_ + duration); }

  // Fires the earliest alarm that is due by `end`, `late` after its time, and lets the loop go
  // idle; false: there was none.
  bool step(monitor::TimePoint end, monitor::Duration late = {});

  // The same with all alarms that are due by then, in one turn of the loop, as a real one has it
  // when several timers have expired.
  bool burst(monitor::TimePoint end, monitor::Duration late = {});

  std::optional<monitor::TimePoint> next_alarm() const;  // nullopt: none is armed

  // The process was stopped for a while: time passes and nothing runs.
  void stall(monitor::Duration duration) { now_ += duration; }
  void step_wall(monitor::Duration by) { wall_step_ += by; }

  std::size_t armed() const { return alarms_->armed.size(); }

 private:
  class SimAlarm;
  using Key = std::pair<monitor::TimePoint, std::uint64_t>;

  // Shared with the alarms, since a coroutine that hangs may outlive the clock by a little.
  struct Alarms {
    std::uint64_t sequence = 0;
    std::map<Key, SimAlarm*> armed;
  };

  void post(Key key);

  asio::io_context& loop_;
  static constexpr monitor::TimePoint kStart{std::chrono::hours(1)};
  static constexpr monitor::WallTime kWallStart{std::chrono::seconds(1'763'750'000)};
  monitor::TimePoint now_ = kStart;
  monitor::Duration wall_step_{};
  std::shared_ptr<Alarms> alarms_ = std::make_shared<Alarms>();
};

}  // namespace hale::testing
