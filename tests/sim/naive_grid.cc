#include "tests/sim/naive_grid.h"

namespace hale::sim {

using monitor::Duration;
using monitor::TimePoint;

NaiveGrid::NaiveGrid(std::uint64_t hash, Duration interval) : hash_(hash), interval_(interval) {}

void NaiveGrid::begin(TimePoint now) {
  due_.clear();
  counting_ = true;
  next_ = TimePoint(
      Duration(static_cast<Duration::rep>(hash_ % static_cast<std::uint64_t>(interval_.count()))));
  while (next_ <= now) {
    // In long strides while far away: an hour of seconds is walked through at every change.
    const std::int64_t stride = now - next_ > 1000 * interval_ ? 1000 : 1;
    next_ += stride * interval_;
  }
}

void NaiveGrid::change(Duration interval, TimePoint now) {
  if (!counting_) {
    interval_ = interval;
    return;
  }
  pass(now);
  std::vector<TimePoint> due = std::move(due_);
  interval_ = interval;
  begin(now);
  due_ = std::move(due);
}

void NaiveGrid::pass(TimePoint now) {
  while (counting_ && next_ <= now) {
    due_.push_back(next_);
    next_ += interval_;
  }
}

bool NaiveGrid::has(TimePoint time) const {
  Duration rest = time - next_;
  return rest % interval_ == Duration::zero();
}

}  // namespace hale::sim
