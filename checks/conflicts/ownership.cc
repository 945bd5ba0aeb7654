#include "checks/conflicts/ownership.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace hale::checks {
namespace {

std::string_view base_name(std::string_view unit) {
  return unit.substr(0, unit.rfind('.'));
}

// Of a unit that is not running, and of a kernel that tells no groups, only the name is known.
bool may_be_of(const Listener& listener, const Unit& unit) {
  return unit.control_group.empty() || listener.cgroup.empty() ||
         listener.cgroup == unit.control_group ||
         listener.cgroup.starts_with(unit.control_group + "/");
}

}  // namespace

const Unit* unit_of(const Listener& listener, const Units& units) {
  const auto found = units.find(listener.unit);
  return found != units.end() && may_be_of(listener, found->second) ? &found->second : nullptr;
}

bool is_of(const Listener& listener, const Unit& unit) {
  if (listener.unit == unit.name) {
    return may_be_of(listener, unit);
  }
  return !listener.unit.empty() && (base_name(listener.unit) == base_name(unit.name) ||
                                    std::find(unit.triggered_by.begin(), unit.triggered_by.end(),
                                              listener.unit) != unit.triggered_by.end());
}

}  // namespace hale::checks
