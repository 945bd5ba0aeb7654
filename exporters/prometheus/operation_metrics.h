// The families of metrics about what applications send in: timings, counters and gauges, and how
// much of it was taken.
#pragma once

#include "exporters/prometheus/exposition.h"
#include "monitor/metrics_settings.h"
#include "monitor/operations/operations_view.h"

namespace hale::exporters {

void write_operation_families(Exposition& out, const monitor::OperationsView& view,
                              const monitor::MetricsSettings& settings);

}  // namespace hale::exporters
