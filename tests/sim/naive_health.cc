#include "tests/sim/naive_health.h"

#include <algorithm>
#include <set>
#include <span>

namespace hale::sim {
namespace {

using monitor::CheckSettings;
using monitor::Threshold;

// 0 pass, 1 warn, 2 fail; of statuses: 0 healthy, 1 degraded, 2 unhealthy.
int level(Result decided) {
  return decided == Result::kFail ? 2 : decided == Result::kWarn ? 1 : 0;
}
int level(Status known) {
  return known == Status::kUnhealthy ? 2 : known == Status::kDegraded ? 1 : 0;
}
Status status_at(int level) {
  return level == 2 ? Status::kUnhealthy : level == 1 ? Status::kDegraded : Status::kHealthy;
}

// Whether the latest is such, and `count` of the last `of` are.
template <class Such>
bool holds(std::span<const Result> decided, Threshold threshold, Such such) {
  const std::size_t window = std::min(decided.size(), static_cast<std::size_t>(threshold.of));
  const auto last = decided.last(window);
  return such(last.back()) && std::count_if(last.begin(), last.end(), such) >= threshold.count;
}

Status after(Status known, std::span<const Result> decided, const CheckSettings& settings) {
  if (known == Status::kPending) {
    return status_at(level(decided.back()));
  }
  for (int worse = 2; worse > level(known); --worse) {
    const auto at_least = [worse](Result result) { return level(result) >= worse; };
    if (holds(decided, settings.fall, at_least)) {
      return status_at(worse);
    }
  }
  for (int better = 0; better < level(known); ++better) {
    const auto at_most = [better](Result result) { return level(result) <= better; };
    if (holds(decided, settings.rise, at_most)) {
      return status_at(better);
    }
  }
  return known;
}

}  // namespace

void NaiveStatus::add(Result result, const CheckSettings& settings) {
  seen_.push_back({.result = result, .lost_sight = false});
  if (result != Result::kUnknown) {
    decided_.push_back(result);
    known_ = after(known_, decided_, settings);
  }
}

Status NaiveStatus::status(const CheckSettings& settings) const {
  int unknown_in_a_row = 0;
  for (auto seen = seen_.rbegin(); seen != seen_.rend(); ++seen) {
    if (seen->lost_sight) {
      return Status::kUnknown;
    }
    if (seen->result != Result::kUnknown) {
      break;
    }
    if (++unknown_in_a_row >= settings.max_unknown) {
      return Status::kUnknown;
    }
  }
  return known_;
}

bool NaiveStatus::confirming() const {
  return !decided_.empty() && level(decided_.back()) != level(known_);
}

Status NaiveStatus::known_from_scratch(const CheckSettings& settings) const {
  Status known = Status::kPending;
  for (std::size_t length = 1; length <= decided_.size(); ++length) {
    known = after(known, std::span<const Result>(decided_).first(length), settings);
  }
  return known;
}

std::vector<NaiveItemChange> NaiveHealth::add(
    Result look, const std::vector<std::pair<std::string, Result>>& items, bool listed) {
  look_.add(look, settings_);
  std::vector<NaiveItemChange> changes;
  std::set<std::string> seen;
  const auto feed = [&](const std::string& name, Result result) {
    NaiveStatus& item = items_[name];
    NaiveItemChange change;
    change.item = name;
    change.from = item.status(settings_);
    item.add(result, settings_);
    change.to = item.status(settings_);
    if (change.from != change.to) {
      changes.push_back(change);
    }
    seen.insert(name);
  };
  for (const auto& [name, result] : items) {
    feed(name, result);
  }
  std::vector<std::string> missing;
  for (const auto& [name, item] : items_) {
    if (!seen.contains(name)) {
      missing.push_back(name);
    }
  }
  for (const std::string& name : missing) {
    if (listed) {
      items_.erase(name);
    } else {
      feed(name, Result::kUnknown);
    }
  }
  return changes;
}

void NaiveHealth::lose_sight() {
  look_.lose_sight();
  for (auto& [name, item] : items_) {
    item.lose_sight();
  }
}

void NaiveHealth::reset() {
  look_ = NaiveStatus();
  items_.clear();
}

Status NaiveHealth::status() const {
  const Status look = look_.status(settings_);
  if (look == Status::kPending || look == Status::kUnknown) {
    return look;
  }
  int worst = level(look);
  std::size_t blind = 0;
  for (const auto& [name, item] : items_) {
    const Status status = item.status(settings_);
    if (status == Status::kUnknown) {
      ++blind;
      worst = std::max(worst, std::max(1, level(item.known())));
    } else {
      worst = std::max(worst, level(status));
    }
  }
  return blind > 0 && blind == items_.size() ? Status::kUnknown : status_at(worst);
}

Status NaiveHealth::known() const {
  int worst = level(look_.known());
  bool decided = look_.known() != Status::kPending;
  for (const auto& [name, item] : items_) {
    worst = std::max(worst, level(item.known()));
    decided = decided || item.known() != Status::kPending;
  }
  return decided ? status_at(worst) : Status::kPending;
}

bool NaiveHealth::confirming() const {
  return look_.confirming() || std::any_of(items_.begin(), items_.end(), [](const auto& item) {
           return item.second.confirming();
         });
}

std::vector<std::pair<std::string, Status>> NaiveHealth::items() const {
  std::vector<std::pair<std::string, Status>> items;
  items.reserve(items_.size());
  for (const auto& [name, item] : items_) {
    items.emplace_back(name, item.status(settings_));
  }
  return items;
}

bool NaiveHealth::same_from_scratch() const {
  const auto same = [this](const NaiveStatus& status) {
    return status.known_from_scratch(settings_) == status.known();
  };
  return same(look_) && std::all_of(items_.begin(), items_.end(),
                                    [&](const auto& item) { return same(item.second); });
}

}  // namespace hale::sim
