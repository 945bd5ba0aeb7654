// The families of metrics about checks: what the engine knows of every check, and what each type's
// checks measured.
#pragma once

#include "exporters/prometheus/exposition.h"
#include "exporters/prometheus/metrics.h"
#include "monitor/board.h"

namespace hale::exporters {

void write_check_families(Exposition& out, const monitor::BoardView& view,
                          const MetricsOptions& options);
void write_measurement_families(Exposition& out, const monitor::BoardView& view);

}  // namespace hale::exporters
