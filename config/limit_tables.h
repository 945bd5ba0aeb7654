// `warn`, `fail` and `items` of a check, laid over each other: limits for the engine.
#pragma once

#include "config/layers.h"
#include "config/reader.h"
#include "monitor/check_descriptor.h"
#include "monitor/health/limits.h"

namespace hale::config {

// `layers` are all tables that the check takes keys from, the type's own defaults among them.
monitor::LimitSet read_limits(const Layers& layers, const monitor::CheckDescriptor& type,
                              Reader& reader);

// What can be said about such tables while the type of the check is not known: their shape.
void check_limit_table(const Node& limits, Reader& reader);  // `warn` or `fail`
void check_items_table(const Node& items, Reader& reader);

}  // namespace hale::config
