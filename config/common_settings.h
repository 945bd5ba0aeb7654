// The keys that every check has, read into its settings, with their defaults and with the rules
// that hold between them.
#pragma once

#include "config/layers.h"
#include "config/reader.h"
#include "monitor/check_settings.h"

namespace hale::config {

// `layers`: all tables that the check takes keys from, what is built in last. Fills in everything
// but name, type, group, target, limits and parameters.
void read_common_settings(const Layers& layers, Reader& reader, monitor::CheckSettings& settings);

}  // namespace hale::config
