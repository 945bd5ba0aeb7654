#include "monitor/board.h"

#include <algorithm>
#include <utility>

namespace hale::monitor {

std::string_view to_string(SkipCause cause) {
  constexpr std::array<std::string_view, kSkipCauseCount> kNames = {"late", "running", "stuck"};
  return kNames[static_cast<std::size_t>(cause)];
}

const Outcome* explaining_outcome(const CheckView& check) {
  if (check.by_slo != nullptr) {
    return check.by_slo.get();
  }
  return check.last == nullptr ? nullptr : &check.last->outcome;
}

std::shared_ptr<const CheckView> BoardView::find(std::string_view name) const {
  const auto found = std::lower_bound(
      checks.begin(), checks.end(), name,
      [](const auto& check, std::string_view wanted) { return check->settings->name < wanted; });
  if (found == checks.end() || (*found)->settings->name != name) {
    return nullptr;
  }
  return *found;
}

void Board::publish(std::shared_ptr<const BoardView> view) {
  {
    const std::lock_guard lock(mutex_);
    view_.swap(view);
  }
  // The view that was replaced is released here, outside the lock.
}

std::shared_ptr<const BoardView> Board::view() const {
  const std::lock_guard lock(mutex_);
  return view_;
}

void Board::beat(TimePoint now) {
  beat_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
}

bool Board::alive(TimePoint now) const {
  const TimePoint::rep beat = beat_.load(std::memory_order_relaxed);
  return beat != 0 && now - TimePoint(Duration(beat)) <= kStallAfter;
}

}  // namespace hale::monitor
