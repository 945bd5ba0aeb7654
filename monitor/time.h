// The two kinds of time. Monotonic time schedules and measures; wall time only labels. Neither is
// read here: whoever needs "now" is handed a Clock (monitor/runtime/clock.h) or takes it as an
// argument.
#pragma once

#include <chrono>

namespace hale::monitor {

using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;
using WallTime = std::chrono::time_point<std::chrono::system_clock, Duration>;

// Seconds as a double, for measurements and metrics.
inline double to_seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace hale::monitor
