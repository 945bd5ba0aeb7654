// The seam to time. The real clock reads the kernel's; the simulated one
// (tests/support/sim_clock.h) is moved by a test.
//
// now() and wall_now() may be called from any thread. Alarms belong to the loop that the clock was
// made for and are used on its thread only.
#pragma once

#include <functional>
#include <memory>

#include <asio/io_context.hpp>

#include "monitor/runtime/task.h"
#include "monitor/time.h"

namespace hale::monitor {

// Calls a handler once when its time has come. Destruction disarms.
class Alarm {
 public:
  virtual ~Alarm() = default;
  virtual void arm(TimePoint when) = 0;  // replaces an earlier time
  virtual void disarm() = 0;             // the handler will not be called any more
};

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;      // monotonic: schedules and measures
  virtual WallTime wall_now() const = 0;  // may jump: only labels
  virtual std::unique_ptr<Alarm> make_alarm(std::function<void()> handler) = 0;
};

// The kernel's clocks. `loop` must outlive the alarms.
class RealClock final : public Clock {
 public:
  explicit RealClock(asio::io_context& loop) : loop_(loop) {}
  TimePoint now() const override;
  WallTime wall_now() const override;
  std::unique_ptr<Alarm> make_alarm(std::function<void()> handler) override;

 private:
  asio::io_context& loop_;
};

// A place where one coroutine waits for a time or for wake(), whichever comes first. Loop thread
// only. Cancellation of the waiting coroutine ends the wait as well.
class WaitPoint {
 public:
  enum class Ended { kTime, kWoken, kCancelled };

  WaitPoint(Executor executor, Clock& clock);
  ~WaitPoint();
  WaitPoint(const WaitPoint&) = delete;
  WaitPoint& operator=(const WaitPoint&) = delete;

  Task<Ended> wait_until(TimePoint deadline);
  void wake();  // ends one wait, also one that begins only later

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Resumes at `deadline`: true. Cancelled: false.
Task<bool> sleep_until(Executor executor, Clock& clock, TimePoint deadline);

}  // namespace hale::monitor
