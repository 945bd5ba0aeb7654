// The objectives of a check or an operation as a JSON value.
#pragma once

#include "exporters/json/json_writer.h"
#include "monitor/stats/slo.h"
#include "monitor/stats/window.h"

namespace hale::exporters {

// `hour`: its percentiles are what `current_ms` tells, where an objective is about one of them.
void write_slo(JsonWriter& json, const monitor::SloView& slo, const monitor::WindowView& hour);

}  // namespace hale::exporters
