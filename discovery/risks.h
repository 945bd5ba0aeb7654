// What stands out in the picture of a host and is no conflict: one finding for each. Pure.
#pragma once

#include <vector>

#include "discovery/picture.h"
#include "monitor/finding.h"

namespace hale::discovery {

// Of the endpoints that the plan makes checks of, and of all units. By kind and key. The texts stay
// the same for as long as the risk does.
std::vector<monitor::Finding> find_risks(const std::vector<const Endpoint*>& endpoints,
                                         const Picture& picture);

}  // namespace hale::discovery
