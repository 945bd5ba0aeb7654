// The families of metrics about checks: what the engine knows of every check, and what each type's
// checks measured.
#pragma once

#include <cstddef>

#include "exporters/prometheus/exposition.h"
#include "monitor/board.h"
#include "monitor/metrics_settings.h"

namespace hale::exporters {

// Items of one check beyond this many have no hale_check_item_up; hale_check_items_omitted says how
// many those are.
inline constexpr std::size_t kMaxItemSeries = 1000;

void write_check_families(Exposition& out, const monitor::BoardView& view,
                          const monitor::MetricsSettings& settings);
void write_measurement_families(Exposition& out, const monitor::BoardView& view);
void write_finding_families(Exposition& out, const monitor::BoardView& view);

}  // namespace hale::exporters
