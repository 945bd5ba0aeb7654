#include "monitor/events.h"

#include <array>
#include <utility>

namespace hale::monitor {

std::string_view to_string(EventKind kind) {
  constexpr std::array<std::string_view, 3> kNames = {"status", "agent", "finding"};
  return kNames[static_cast<std::size_t>(kind)];
}

void EventLog::add(Event event) {
  event.id = next_id_++;
  if (events_.size() == capacity_) {
    events_.pop_front();
  }
  events_.push_back(std::make_shared<const Event>(std::move(event)));
  snapshot_.reset();
}

std::shared_ptr<const EventList> EventLog::snapshot() const {
  if (!snapshot_) {
    snapshot_ = std::make_shared<const EventList>(events_.begin(), events_.end());
  }
  return snapshot_;
}

}  // namespace hale::monitor
