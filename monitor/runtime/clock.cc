#include "monitor/runtime/clock.h"

#include <utility>

#include <asio/experimental/as_tuple.hpp>
#include <asio/steady_timer.hpp>

namespace hale::monitor {
namespace {

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

class RealAlarm final : public Alarm {
 public:
  RealAlarm(Executor executor, std::function<void()> handler)
      : state_(std::make_shared<State>(executor, std::move(handler))) {}
  ~RealAlarm() override { disarm(); }

  void arm(TimePoint when) override {
    state_->timer.expires_at(when);
    // A wait that has ended already may still be queued when the alarm is moved or disarmed: the
    // generation tells it that it is too late.
    const std::uint64_t generation = ++state_->generation;
    state_->timer.async_wait([state = state_, generation](const asio::error_code& error) {
      if (!error && state->generation == generation) {
        state->handler();
      }
    });
  }

  void disarm() override {
    ++state_->generation;
    state_->timer.cancel();
  }

 private:
  struct State {
    State(Executor executor, std::function<void()> on_time)
        : timer(executor), handler(std::move(on_time)) {}
    Timer timer;
    std::function<void()> handler;
    std::uint64_t generation = 0;
  };
  std::shared_ptr<State> state_;
};

}  // namespace

TimePoint RealClock::now() const {
  return std::chrono::steady_clock::now();
}
WallTime RealClock::wall_now() const {
  return std::chrono::system_clock::now();
}

std::unique_ptr<Alarm> RealClock::make_alarm(std::function<void()> handler) {
  return std::make_unique<RealAlarm>(loop_.get_executor(), std::move(handler));
}

struct WaitPoint::State {
  State(Executor executor, Clock& clock) : event(executor, Timer::time_point::max()) {
    alarm = clock.make_alarm([this] {
      timed_out = true;
      event.cancel();
    });
  }

  Timer event;  // never expires; cancelled to end the wait
  std::unique_ptr<Alarm> alarm;
  bool woken = false;
  bool timed_out = false;
};

WaitPoint::WaitPoint(Executor executor, Clock& clock)
    : state_(std::make_unique<State>(executor, clock)) {}

WaitPoint::~WaitPoint() = default;

Task<WaitPoint::Ended> WaitPoint::wait_until(TimePoint deadline) {
  if (!state_->woken) {
    state_->timed_out = false;
    state_->alarm->arm(deadline);
    co_await state_->event.async_wait(asio::experimental::as_tuple(kUseTask));
    state_->alarm->disarm();
  }
  if (std::exchange(state_->woken, false)) {
    co_return Ended::kWoken;
  }
  co_return state_->timed_out ? Ended::kTime : Ended::kCancelled;
}

void WaitPoint::wake() {
  state_->woken = true;
  state_->event.cancel();
}

Task<bool> sleep_until(Executor executor, Clock& clock, TimePoint deadline) {
  WaitPoint point(executor, clock);
  const WaitPoint::Ended ended = co_await point.wait_until(deadline);
  co_return ended == WaitPoint::Ended::kTime;
}

}  // namespace hale::monitor
