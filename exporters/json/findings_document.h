// Findings as JSON values: what several documents are made of.
#pragma once

#include <cstddef>
#include <string_view>

#include "exporters/json/json_writer.h"
#include "monitor/board.h"

namespace hale::exporters {

// An array, in the order of the list. `check`: of this one only; all where it is empty.
void write_findings(JsonWriter& json, const monitor::FindingList& findings,
                    std::string_view check = "");

std::size_t count_open(const monitor::FindingList& findings);

}  // namespace hale::exporters
