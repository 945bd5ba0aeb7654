// Own labels: tables from name to text, merged key by key.
#pragma once

#include <string>
#include <string_view>

#include "config/layers.h"
#include "config/reader.h"
#include "monitor/check_result.h"

namespace hale::config {

// The labels of `labels` tables, the strongest first; by name. `taken`: one more name that is not
// free here.
monitor::Labels read_labels(const Layers& tables, Reader& reader, std::string_view taken = "");

// What is wrong with the name of an own label; empty: nothing.
std::string label_name_problem(std::string_view name, std::string_view taken);

}  // namespace hale::config
