// How long a check must look at counters before their difference says something.
#pragma once

#include <algorithm>
#include <chrono>

#include <asio/error.hpp>
#include <asio/system_error.hpp>

#include "checks/patience.h"
#include "monitor/run_context.h"
#include "monitor/runtime/clock.h"
#include "monitor/runtime/task.h"

namespace hale::checks {

// The kernel counts CPU time in steps of 1 to 10 ms: a quarter of a second holds enough of them.
inline constexpr monitor::Duration kShortestSample = std::chrono::milliseconds(250);

// Waits until `since` lies kShortestSample back, but no longer than half of the time that is left:
// a second look follows. A first run, or one right after another, takes a short sample that way;
// any other goes on at once. Throws operation_aborted when the run is cancelled.
inline monitor::Task<> let_time_pass(monitor::RunContext& context, monitor::TimePoint since) {
  const monitor::TimePoint now = context.clock().now();
  const monitor::TimePoint half = now + (patience_ends(context) - now) / 2;
  const monitor::TimePoint until = std::min(since + kShortestSample, half);
  if (now >= until) {
    co_return;
  }
  const bool slept = co_await monitor::sleep_until(context.executor(), context.clock(), until);
  if (!slept) {
    throw asio::system_error(asio::error::operation_aborted);
  }
}

}  // namespace hale::checks
