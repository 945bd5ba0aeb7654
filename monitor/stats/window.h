// The windows over which percentiles and ratios are told: the last minute, five minutes, hour.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "monitor/time.h"

namespace hale::monitor {

enum class Window : std::uint8_t { kMinute, kFiveMinutes, kHour };
inline constexpr std::size_t kWindowCount = 3;
std::string_view to_string(Window window);  // "1m", "5m", "1h"
Duration length_of(Window window);

inline constexpr std::array<double, 3> kShares = {0.5, 0.95, 0.99};
// Below this many values the 99th percentile is the largest of them.
inline constexpr std::uint64_t kConfidentSamples = 100;

// What a window holds. `p50` and what follows, in seconds, are of its samples, and NaN without any.
struct WindowView {
  static constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

  std::uint64_t samples = 0;  // latencies
  double p50 = kNothing;      // nearest rank
  double p95 = kNothing;
  double p99 = kNothing;
  double min = kNothing;
  double max = kNothing;
  double mean = kNothing;
  std::uint64_t good = 0;   // of the runs that were decided: pass and warn
  std::uint64_t total = 0;  // pass, warn and fail
  // How far back the window really reaches: less than its length soon after the start, up to a slot
  // more where values are held in slots.
  Duration span{};

  bool low_confidence() const { return samples < kConfidentSamples; }
  std::optional<double> success_ratio() const {
    return total == 0 ? std::nullopt
                      : std::optional(static_cast<double>(good) / static_cast<double>(total));
  }
};
using WindowViews = std::array<WindowView, kWindowCount>;

// The window that says most: the shortest that is not low on samples, else the longest.
Window most_telling(const WindowViews& windows);

}  // namespace hale::monitor
