// The families of metrics about objectives: of checks, and of whatever else has an SLO.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "exporters/prometheus/exposition.h"
#include "monitor/stats/slo.h"

namespace hale::exporters {

struct SloRow {
  std::string labels;  // of what has the SLO, rendered: check="web"
  const monitor::SloView* slo = nullptr;
};

// `prefix`: "hale_check" makes hale_check_slo_events_total and the other three. `events`: what is
// counted, for the help: "runs".
void write_slo_families(Exposition& out, std::string_view prefix, std::string_view events,
                        std::span<const SloRow> rows);

}  // namespace hale::exporters
