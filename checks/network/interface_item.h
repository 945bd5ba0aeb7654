// What two looks at one network interface say about it. Pure.
#pragma once

#include <string>

#include "checks/network/interface_selection.h"
#include "monitor/check_result.h"
#include "monitor/time.h"

namespace hale::checks {

// `before` may lack the interface: then there are no rates. An interface whose counters were set
// back, or that was made anew under the same name, has none either until the next look.
monitor::ItemResult interface_item(const std::string& name, const NetworkView& before,
                                   const NetworkView& after, monitor::Duration elapsed);

}  // namespace hale::checks
