// GET /metrics: the board as Prometheus metrics. A pure function of its arguments. Names, types and
// labels are part of the contract with users.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "exporters/prometheus/exposition.h"
#include "exporters/prometheus/process_stats.h"
#include "monitor/board.h"
#include "monitor/stats/window.h"

namespace hale::exporters {

// What the HTTP server counts about itself.
struct HttpStats {
  std::uint64_t requests = 0;     // since the start
  std::uint64_t connections = 0;  // open now
  std::uint64_t refused = 0;      // since the start: too many connections at once
};

// What of the statistics is exported; [metrics] in the configuration.
struct MetricsOptions {
  HistogramKind histograms = HistogramKind::kClassic;
  // Windows with gauges of their own; absent: all of them, on up to kMaxChecksWithWindows checks.
  std::optional<std::vector<monitor::Window>> windows;
  bool percentiles = true;  // hale_check_latency_seconds among those gauges

  std::vector<monitor::Window> windows_for(std::size_t checks) const;
};
inline constexpr std::size_t kMaxChecksWithWindows = 200;

struct MetricsInput {
  MetricsOptions options = {};
  // Board::alive(). While the scheduler stands still, what the board says about checks is old: the
  // series of checks are left out and the overall status is unknown.
  bool alive = true;
  ProcessStats process;
  HttpStats http;
  std::uint64_t commands_rejected = 0;
};

// Items of one check beyond this many have no hale_check_item_up; hale_check_items_omitted says how
// many those are.
inline constexpr std::size_t kMaxItemSeries = 1000;

std::string render_metrics(const monitor::BoardView& view, const MetricsInput& input,
                           ExpositionFormat format = ExpositionFormat::kText);

}  // namespace hale::exporters
