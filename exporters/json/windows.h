// Percentiles and ratios over windows as JSON: of checks and of operations.
#pragma once

#include "exporters/json/json_writer.h"
#include "monitor/stats/window.h"

namespace hale::exporters {

// The keys "latency" and "success_ratio" with their values.
void write_windows(JsonWriter& json, const monitor::WindowViews& windows);

}  // namespace hale::exporters
