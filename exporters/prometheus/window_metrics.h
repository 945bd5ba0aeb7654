// The gauges over windows: of checks, and of operations.
#pragma once

#include <span>
#include <string_view>

#include "exporters/prometheus/exposition.h"
#include "monitor/metrics_settings.h"
#include "monitor/stats/window.h"

namespace hale::exporters {

// What has windows, beside its labels as made by Exposition::label().
struct WindowRow {
  std::string_view labels;
  const monitor::WindowViews* windows = nullptr;
};

struct WindowFamilies {
  std::string_view latency;  // percentiles, by the labels `window` and `stat`
  std::string_view latency_help;
  std::string_view samples;  // and what follows, by `window`
  std::string_view samples_help;
  std::string_view success;
  std::string_view success_help;
};

// For those windows, and with percentiles or without, as the settings say for so many rows.
void write_window_families(Exposition& out, const WindowFamilies& families,
                           std::span<const WindowRow> rows,
                           const monitor::MetricsSettings& settings);

}  // namespace hale::exporters
