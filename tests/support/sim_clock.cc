#include "tests/support/sim_clock.h"

#include <algorithm>

namespace hale::testing {

using monitor::TimePoint;

class SimClock::SimAlarm final : public monitor::Alarm {
 public:
  SimAlarm(std::shared_ptr<Alarms> alarms, std::function<void()> handler)
      : alarms_(std::move(alarms)), handler_(std::make_shared<std::function<void()>>(std::move(handler))) {}
  ~SimAlarm() override { disarm(); }

  void arm(TimePoint when) override {
    disarm();
    key_ = Key(when, ++alarms_->sequence);
    alarms_->armed.emplace(*key_, this);
  }

  void disarm() override {
    if (key_) {
      alarms_->armed.erase(*key_);
      key_.reset();
    }
  }

  void fire() {
    disarm();
    const auto handler = handler_;  // the handler may destroy this alarm
    (*handler)();
  }

 private:
  std::shared_ptr<Alarms> alarms_;
  std::shared_ptr<std::function<void()>> handler_;
  std::optional<Key> key_;
};

std::unique_ptr<monitor::Alarm> SimClock::make_alarm(std::function<void()> handler) {
  return std::make_unique<SimAlarm>(alarms_, std::move(handler));
}

void SimClock::settle() {
  loop_.restart();
  while (loop_.poll() > 0) {
    loop_.restart();
  }
}

bool SimClock::step(TimePoint end) {
  settle();
  if (alarms_->armed.empty() || alarms_->armed.begin()->first.first > end) {
    return false;
  }
  const auto [key, alarm] = *alarms_->armed.begin();
  now_ = std::max(now_, key.first);
  alarm->fire();
  settle();
  return true;
}

void SimClock::run_until(TimePoint end) {
  while (step(end)) {
  }
  now_ = std::max(now_, end);
}

}  // namespace hale::testing
