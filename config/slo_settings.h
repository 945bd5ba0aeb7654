// A table of objectives (`slo` of a check, [operations.slo.NAME]), read into settings.
#pragma once

#include <memory>
#include <string>

#include "config/layers.h"
#include "config/reader.h"
#include "monitor/stats/slo.h"

namespace hale::config {

// `tables` are laid over each other, key by key, the strongest first. Null where there are none,
// where nothing but [defaults] or a group speaks of an SLO and names no objective, and after a
// problem.
std::shared_ptr<const monitor::SloSettings> read_slo(const Layers& tables, Reader& reader);

// Looks through one such table only for the problems that it has.
void check_slo_table(const Node& table, Reader& reader);

// As an inline table, in the order of its keys; "" for null.
std::string slo_to_text(const monitor::SloSettings* settings);

}  // namespace hale::config
