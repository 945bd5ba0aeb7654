// Many checks as one status, one score and one count of each status. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "monitor/health/status.h"

namespace hale::monitor {

// What the roll-up needs of one check.
struct Member {
  Status status = Status::kPending;
  Status last_known = Status::kPending;
  bool critical = false;
  bool awaited =
      true;  // a pending critical check holds the overall status at unknown; heartbeats don't
};

// Add every check, then ask. Overall: `unknown` while a critical check (but heartbeats and paused
// ones) is still pending or nothing has been decided, unless a critical check is already
// unhealthy; `unhealthy` if a critical check is; `degraded` if any check is degraded or unknown, or
// a non-critical one unhealthy; else `healthy`. Paused checks do not count.
class Rollup {
 public:
  void add(const Member& member);

  Status overall() const;

  // floor(100 * sum(w*h) / sum(w)): w is 4 for critical, 1 otherwise; h is 1 healthy, 1/2 degraded
  // or unknown, 0 unhealthy. At most 49 while the overall status is unhealthy; absent while nothing
  // counts.
  std::optional<int> score() const;

  std::uint64_t total() const { return total_; }
  std::uint64_t count(Status status) const;

 private:
  std::array<std::uint64_t, kStatusCount> counts_{};
  std::uint64_t total_ = 0;
  std::uint64_t weight_ = 0;       // of the checks that count
  std::uint64_t half_points_ = 0;  // sum of 2*w*h
  bool any_decided_ = false;
  bool critical_pending_ = false;
  bool critical_unhealthy_ = false;
  bool any_trouble_ = false;
};

}  // namespace hale::monitor
