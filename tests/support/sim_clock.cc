#include "tests/support/sim_clock.h"

#include <algorithm>

#include <asio/post.hpp>

namespace hale::testing {

using monitor::TimePoint;

class SimClock::SimAlarm final : public monitor::Alarm {
 public:
  SimAlarm(std::shared_ptr<Alarms> alarms, std::function<void()> handler)
      : alarms_(std::move(alarms)),
        handler_(std::make_shared<std::function<void()>>(std::move(handler))) {}
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

bool SimClock::step(TimePoint end, monitor::Duration late) {
  settle();
  const std::optional<TimePoint> next = next_alarm();
  if (!next || *next > end) {
    return false;
  }
  now_ = std::max(now_, *next + late);
  post(alarms_->armed.begin()->first);
  settle();
  return true;
}

bool SimClock::burst(TimePoint end, monitor::Duration late) {
  settle();
  const std::optional<TimePoint> next = next_alarm();
  if (!next || *next > end) {
    return false;
  }
  now_ = std::max(now_, *next + late);
  for (const auto& [key, alarm] : alarms_->armed) {
    if (key.first > now_) {
      break;
    }
    post(key);
  }
  settle();
  return true;
}

std::optional<TimePoint> SimClock::next_alarm() const {
  if (alarms_->armed.empty()) {
    return std::nullopt;
  }
  return alarms_->armed.begin()->first.first;
}

// On the loop, like a real timer's handler, so that what it starts runs at once. Until then the
// alarm may be disarmed or moved: its key tells.
void SimClock::post(Key key) {
  asio::post(loop_, [alarms = alarms_, key] {
    const auto found = alarms->armed.find(key);
    if (found != alarms->armed.end()) {
      found->second->fire();
    }
  });
}

void SimClock::run_until(TimePoint end) {
  while (step(end)) {
  }
  now_ = std::max(now_, end);
}

}  // namespace hale::testing
