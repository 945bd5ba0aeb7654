// How long a check that wants the last word may wait.
#pragma once

#include <algorithm>
#include <chrono>

#include "monitor/run_context.h"

namespace hale::checks {

// A little before the run's deadline: 5 % of what is left of it, 1 to 50 ms. Whoever waits until
// then has time to report what it knows (which address failed, which mounts are well) before the
// engine ends the run.
inline monitor::TimePoint patience_ends(monitor::RunContext& context) {
  constexpr monitor::Duration kLeast = std::chrono::milliseconds(1);
  constexpr monitor::Duration kMost = std::chrono::milliseconds(50);
  const monitor::Duration left = context.deadline() - context.clock().now();
  return context.deadline() - std::clamp(left / 20, kLeast, kMost);
}

}  // namespace hale::checks
