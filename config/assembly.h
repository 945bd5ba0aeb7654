// The trees of all sources, put together: the layers of each section, and one entry for each name.
#pragma once

#include <string_view>
#include <vector>

#include "config/layers.h"
#include "config/problems.h"
#include "config/sources.h"

namespace hale::config {

struct Named {
  std::string_view name;  // lives in a tree
  Layers layers;          // what the command line sets, then the table itself
};

struct Assembly {
  Layers agent;
  Layers http;
  Layers metrics;
  Layers systemd;
  Layers statsd;
  Layers operations;
  Layers defaults;
  std::vector<Named> groups;  // by name
  std::vector<Named> templates;
  std::vector<Named> checks;
};

// A later file wins over an earlier one key by key in sections that are one table, such as
// [agent]. A name of the embedded default is replaced by a later file's; any other name that is
// defined twice is a problem.
Assembly assemble(const Sources& sources, Problems& problems);

const Named* find_named(const std::vector<Named>& entries, std::string_view name);

// The names, for suggestions.
std::vector<std::string_view> names_of(const std::vector<Named>& entries);

// "not built yet in this version of hale", for messages.
inline constexpr std::string_view kNotBuilt = "is not built yet in this version of hale";

}  // namespace hale::config
