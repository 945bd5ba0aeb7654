#include "monitor/health/status.h"

#include <algorithm>
#include <array>
#include <bit>

namespace hale::monitor {
namespace {

constexpr int kMaxHistory = 64;

Status status_of(Result decided) {
  switch (decided) {
    case Result::kWarn:
      return Status::kDegraded;
    case Result::kFail:
      return Status::kUnhealthy;
    default:
      return Status::kHealthy;
  }
}

}  // namespace

std::string_view to_string(Status status) {
  constexpr std::array<std::string_view, kStatusCount> kNames = {"pending",   "healthy", "degraded",
                                                                 "unhealthy", "unknown", "paused"};
  return kNames[static_cast<std::size_t>(status)];
}

Status counted_status(Status status, Status last_known) {
  if (status != Status::kUnknown) {
    return status;
  }
  return last_known == Status::kUnhealthy ? Status::kUnhealthy : Status::kDegraded;
}

void StatusTracker::apply(Result result, const CheckSettings& settings) {
  if (result == Result::kUnknown) {
    if (++unknowns_in_a_row_ >= settings.max_unknown) {
      blind_ = true;
    }
    return;
  }
  unknowns_in_a_row_ = 0;
  blind_ = false;
  const bool fail = result == Result::kFail;
  const bool warn = fail || result == Result::kWarn;
  at_least_warn_ = (at_least_warn_ << 1U) | (warn ? 1U : 0U);
  at_least_fail_ = (at_least_fail_ << 1U) | (fail ? 1U : 0U);
  decided_ = std::min(decided_ + 1, kMaxHistory);

  if (known_ == Status::kPending) {
    known_ = status_of(result);
    return;
  }
  // Worse first: the worst level above the present one that is confirmed.
  if (known_ != Status::kUnhealthy && holds(at_least_fail_, settings.fall)) {
    known_ = Status::kUnhealthy;
  } else if (known_ == Status::kHealthy && holds(at_least_warn_, settings.fall)) {
    known_ = Status::kDegraded;
  } else if (known_ != Status::kHealthy && holds(~at_least_warn_, settings.rise)) {
    known_ = Status::kHealthy;
  } else if (known_ == Status::kUnhealthy && holds(~at_least_fail_, settings.rise)) {
    known_ = Status::kDegraded;
  }
}

void StatusTracker::reset() {
  *this = StatusTracker();
}

bool StatusTracker::confirming() const {
  if (decided_ == 0) {
    return false;
  }
  const Status latest = (at_least_fail_ & 1U) != 0   ? Status::kUnhealthy
                        : (at_least_warn_ & 1U) != 0 ? Status::kDegraded
                                                     : Status::kHealthy;
  return latest != known_;
}

bool StatusTracker::holds(std::uint64_t history, Threshold threshold) const {
  // With k of n, bad results stay in the window after a recovery (and good ones after a fall): they
  // must not turn the status at a result that says the opposite.
  if ((history & 1U) == 0) {
    return false;
  }
  const int length = std::min(threshold.of, decided_);
  const std::uint64_t mask =
      length >= kMaxHistory ? ~std::uint64_t{0} : (std::uint64_t{1} << length) - 1;
  return std::popcount(history & mask) >= threshold.count;
}

}  // namespace hale::monitor
