// Which units a check looks at. Pure.
#pragma once

#include <string>
#include <vector>

#include "checks/name_patterns.h"
#include "checks/systemd/unit.h"

namespace hale::checks {

struct SelectedUnit {
  std::string name;
  bool by_name = false;  // listed by its exact name: it has to be there
};

// Names that are listed, always; of those that match a glob, each that is enabled. Sorted, each
// once; an alias stands for its unit where a glob finds it.
std::vector<SelectedUnit> select_units(const Units& units, const NamePatterns& patterns);

// "nginx" is "nginx.service", as systemctl has it; so is a glob without a kind, "web-*".
std::string with_suffix(std::string name);

// Why that is no unit's name and no glob of such names; "" where it is.
std::string unit_name_error(const std::string& name);

}  // namespace hale::checks
