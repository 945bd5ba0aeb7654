// A check and its runs as JSON values: what several documents are made of.
#pragma once

#include "exporters/json/json_writer.h"
#include "monitor/board.h"

namespace hale::exporters {

// Two keys of an open object: what explains the check's status.
void write_explanation(JsonWriter& json, const monitor::CheckView& check);
void write_labels(JsonWriter& json, const monitor::Labels& labels);
// `findings`: of all checks.
void write_check(JsonWriter& json, const monitor::CheckView& check,
                 const monitor::FindingList& findings);
void write_run(JsonWriter& json, const monitor::RunView& run, const monitor::CheckDescriptor& type);

}  // namespace hale::exporters
