// Which network interfaces a check looks at. Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "checks/name_patterns.h"
#include "checks/proc/net_stats.h"
#include "checks/sys/net_interface.h"

namespace hale::checks {

using InterfaceStates = std::map<std::string, InterfaceState>;

// All that is known of them at one moment.
struct NetworkView {
  InterfaceTable counters;  // every interface there is
  RouteTable routes;
  InterfaceStates states;  // of those in question, where sysfs knows them
};

// By name, each once. What is listed by its plain name is there in any case.
//
// Without `include`: those that are in use or should be. In use is what is switched on, has a link,
// and is a physical interface or one that a route leads through. Should be, although without a
// link: what a gateway is reached by, and, bridges aside, what had a link at an earlier look
// (`seen_up`). A bridge loses its link with its last port, as docker0 does with the last container;
// a card with no cable has none from the start; neither is a fault.
//
// With a glob: those that match and are switched on.
std::vector<std::string> select_interfaces(const NetworkView& view, const NamePatterns& patterns,
                                           const std::set<std::string>& seen_up);

// What to remember of a look for the next one.
std::set<std::string> remember_up(const NetworkView& view, const std::set<std::string>& seen_up);

}  // namespace hale::checks
