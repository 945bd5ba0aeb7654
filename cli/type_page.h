// A check type as Markdown, for docs/checks: what can be said without having thought about it.
// Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "monitor/check_descriptor.h"

namespace hale::cli {

// Example, keys, measurements, reasons, under headings of the second level.
std::string type_reference(const monitor::CheckDescriptor& type);

// A table with a line for each type that leads to its page.
std::string type_index(const std::vector<const monitor::CheckDescriptor*>& types);

}  // namespace hale::cli
