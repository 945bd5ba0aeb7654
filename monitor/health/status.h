// The status of one thing that is looked at again and again (a check or one of its items), from
// the sequence of results. Pure: no clock, no I/O.
//
// Words ("SURFACE", Words): from pending the first decided result decides at once. Then it gets
// worse after `fall` of results at least that bad, better after `rise` of results at most that
// bad; warn counts towards degraded, fail towards unhealthy. Unknown neither counts nor resets.
// With k of the last n the latest result is always one of the k: nothing gets worse by a pass, nor
// better by a fail.
//
// Worked example, fall = 3, rise = 2, from healthy:
//   warn  fail  fail  -> degraded (three at least as bad as warn)
//   fail              -> unhealthy (three fails in a row)
//   pass  warn        -> degraded (two at most as bad as warn)
//   pass  pass        -> healthy
#pragma once

#include <cstdint>
#include <string_view>

#include "monitor/check_result.h"
#include "monitor/check_settings.h"

namespace hale::monitor {

enum class Status : std::uint8_t {
  kPending,
  kHealthy,
  kDegraded,
  kUnhealthy,
  kUnknown,
  kPaused,
};
inline constexpr int kStatusCount = 6;
std::string_view to_string(Status status);

// What a status counts as where statuses are rolled up or exported as up/down: an unknown one
// counts as its last known status, but at best as degraded, since blindness never improves
// anything: one that was never known (pending) counts as degraded. Pending itself stays pending.
Status counted_status(Status status, Status last_known);

class StatusTracker {
 public:
  // Applies one result. `fall` and `rise` are the check's; `max_unknown` unknowns in a row make the
  // status read unknown until the next decided result.
  void apply(Result result, const CheckSettings& settings);

  // The caller lost sight: no completed run for too long. The next decided result lifts it.
  void lose_sight() { blind_ = true; }

  void reset();  // pending again, as if never looked at

  Status status() const { return blind_ ? Status::kUnknown : known_; }
  Status last_known() const { return known_; }  // kPending, kHealthy, kDegraded or kUnhealthy

  // True while decided results point elsewhere than the status: a change is being confirmed.
  bool confirming() const;

 private:
  bool holds(std::uint64_t history, Threshold threshold) const;

  // One bit a decided result, the latest in bit 0: at least as bad as warn, and as fail.
  std::uint64_t at_least_warn_ = 0;
  std::uint64_t at_least_fail_ = 0;
  int decided_ = 0;  // how many bits are valid, at most 64
  int unknowns_in_a_row_ = 0;
  bool blind_ = false;
  Status known_ = Status::kPending;
};

}  // namespace hale::monitor
