// What the configuration says about the export of statistics: made by config, read by exporters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "monitor/stats/window.h"

namespace hale::monitor {

// How histograms are exported. Text formats have classic buckets only: there, native means classic.
enum class HistogramKind : std::uint8_t { kOff, kClassic, kNative, kBoth };
inline constexpr std::size_t kHistogramKindCount = 4;
std::string_view to_string(HistogramKind kind);  // "off", ...

struct MetricsSettings {
  HistogramKind histograms = HistogramKind::kClassic;
  // Windows with gauges of their own; absent: all of them, on up to kMaxChecksWithWindows checks.
  std::optional<std::vector<Window>> windows;
  bool percentiles = true;  // p50, p95 and p99 among those gauges

  std::vector<Window> windows_for(std::size_t checks) const;
};
inline constexpr std::size_t kMaxChecksWithWindows = 200;

}  // namespace hale::monitor
