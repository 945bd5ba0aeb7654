// GET /metrics: the board as Prometheus metrics. A pure function of its arguments. Names, types and
// labels are part of the contract with users.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "exporters/prometheus/exposition.h"
#include "exporters/prometheus/process_stats.h"
#include "monitor/board.h"
#include "monitor/metrics_settings.h"
#include "monitor/operations/operations_view.h"

namespace hale::exporters {

// What the HTTP server counts about itself.
struct HttpStats {
  std::uint64_t requests = 0;     // since the start
  std::uint64_t connections = 0;  // open now
  std::uint64_t refused = 0;      // since the start: too many connections at once
};

struct MetricsInput {
  monitor::MetricsSettings settings = {};
  // Board::alive(). While the scheduler stands still, what the board says about checks is old: the
  // series of checks are left out and the overall status is unknown.
  bool alive = true;
  std::shared_ptr<const monitor::OperationsView> operations;  // null: none are taken
  ProcessStats process;
  HttpStats http;
  std::uint64_t commands_rejected = 0;
};

std::string render_metrics(const monitor::BoardView& view, const MetricsInput& input,
                           ExpositionFormat format = ExpositionFormat::kText);

}  // namespace hale::exporters
