#include "monitor/health/overall.h"

#include <algorithm>

namespace hale::monitor {

void Rollup::add(const Member& member) {
  ++total_;
  ++counts_[static_cast<std::size_t>(member.status)];
  if (member.status == Status::kPaused) {
    return;
  }
  if (member.status == Status::kPending) {
    critical_pending_ = critical_pending_ || (member.critical && member.awaited);
    return;
  }
  const Status counted = counted_status(member.status, member.last_known);
  // An unknown check that was never decided says nothing yet about anything.
  any_decided_ = any_decided_ || member.last_known != Status::kPending;
  any_trouble_ = any_trouble_ || counted != Status::kHealthy;
  critical_unhealthy_ = critical_unhealthy_ || (member.critical && counted == Status::kUnhealthy);

  const std::uint64_t weight = member.critical ? 4 : 1;
  weight_ += weight;
  if (member.status == Status::kHealthy) {
    half_points_ += 2 * weight;
  } else if (member.status != Status::kUnhealthy) {
    half_points_ += weight;  // degraded or unknown
  }
}

Status Rollup::overall() const {
  if (critical_unhealthy_) {
    return Status::kUnhealthy;
  }
  if (critical_pending_ || !any_decided_) {
    return Status::kUnknown;
  }
  return any_trouble_ ? Status::kDegraded : Status::kHealthy;
}

std::optional<int> Rollup::score() const {
  if (weight_ == 0) {
    return std::nullopt;
  }
  const int score = static_cast<int>(100 * half_points_ / (2 * weight_));
  return overall() == Status::kUnhealthy ? std::min(score, 49) : score;
}

std::uint64_t Rollup::count(Status status) const {
  return counts_[static_cast<std::size_t>(status)];
}

}  // namespace hale::monitor
