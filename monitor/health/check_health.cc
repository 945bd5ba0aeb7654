#include "monitor/health/check_health.h"

#include <algorithm>
#include <set>
#include <utility>

namespace hale::monitor {
namespace {

// The worse of two known statuses; pending is no opinion.
Status worse(Status a, Status b) {
  return std::max(a, b);
}
static_assert(Status::kPending < Status::kHealthy && Status::kHealthy < Status::kDegraded &&
              Status::kDegraded < Status::kUnhealthy);

}  // namespace

std::vector<ItemChange> CheckHealth::apply(const CheckResult& result, bool complete,
                                           const CheckSettings& settings, WallTime time) {
  look_.apply(result.outcome.result, settings);

  std::vector<ItemChange> changes;
  const auto feed = [&](const std::string& name, ItemState& item) {
    const Status from = item.tracker.status();
    item.tracker.apply(item.last.result, settings);
    const Status to = item.tracker.status();
    if (from != to) {
      item.since = time;
      changes.push_back(ItemChange{.name = name, .from = from, .to = to});
    }
  };

  std::set<std::string_view> seen;
  for (const ItemResult& looked_at : result.items) {
    const auto [place, inserted] = items_.try_emplace(looked_at.name);
    ItemState& item = place->second;
    if (inserted) {
      item.since = time;
    }
    item.last = looked_at.outcome;
    item.measurements = looked_at.measurements;
    feed(place->first, item);
    seen.insert(place->first);
  }
  for (auto item = items_.begin(); item != items_.end();) {
    if (seen.contains(item->first)) {
      ++item;
    } else if (complete) {
      item = items_.erase(item);
    } else {
      item->second.last =
          Outcome::unknown(result.outcome.reason, result.outcome.phase,
                           "not looked at: " + result.outcome.message, result.outcome.code);
      item->second.measurements.clear();
      feed(item->first, item->second);
      ++item;
    }
  }
  return changes;
}

void CheckHealth::lose_sight(WallTime time) {
  look_.lose_sight();
  for (auto& [name, item] : items_) {
    if (item.tracker.status() != Status::kUnknown) {
      item.tracker.lose_sight();
      item.since = time;
    }
  }
}

void CheckHealth::reset() {
  look_.reset();
  items_.clear();
}

Status CheckHealth::status() const {
  if (look_.status() == Status::kUnknown || look_.status() == Status::kPending) {
    return look_.status();
  }
  const bool all_blind =
      !items_.empty() && std::all_of(items_.begin(), items_.end(), [](const auto& entry) {
        return entry.second.tracker.status() == Status::kUnknown;
      });
  if (all_blind) {
    return Status::kUnknown;
  }
  Status status = look_.status();
  for (const auto& [name, item] : items_) {
    status = worse(status, counted_status(item.tracker.status(), item.tracker.last_known()));
  }
  return status;
}

Status CheckHealth::last_known() const {
  Status status = look_.last_known();
  for (const auto& [name, item] : items_) {
    status = worse(status, item.tracker.last_known());
  }
  return status;
}

bool CheckHealth::confirming() const {
  return look_.confirming() || std::any_of(items_.begin(), items_.end(), [](const auto& entry) {
           return entry.second.tracker.confirming();
         });
}

}  // namespace hale::monitor
