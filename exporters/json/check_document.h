// A check and its runs as JSON values: what several documents are made of.
#pragma once

#include "exporters/json/json_writer.h"
#include "monitor/board.h"

namespace hale::exporters {

void write_labels(JsonWriter& json, const monitor::Labels& labels);
void write_check(JsonWriter& json, const monitor::CheckView& check);
void write_run(JsonWriter& json, const monitor::RunView& run, const monitor::CheckDescriptor& type);

}  // namespace hale::exporters
