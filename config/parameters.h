// The keys of a check's own type, read into the Parameters that its factory takes.
#pragma once

#include "config/layers.h"
#include "config/reader.h"
#include "monitor/check_descriptor.h"

namespace hale::config {

// `layers`: the check's own tables and its templates. `check`: where a missing key is missed.
// What could not be read is left out, and is a problem.
monitor::Parameters read_parameters(const Layers& layers, const monitor::CheckDescriptor& type,
                                    const Node& check, Reader& reader);

// Reads the keys that one table has, only for the problems with them.
void check_parameters(const Node& table, const monitor::CheckDescriptor& type, Reader& reader);

}  // namespace hale::config
