// What an error of systemd's bus means for a look: unknown, always, and why. Pure.
#pragma once

#include <string_view>

#include "checks/systemd/bus_connection.h"
#include "monitor/check_result.h"

namespace hale::checks {

// `asked`: what was wanted, "ListUnits", "the bus".
monitor::Outcome bus_outcome(const BusError& error, std::string_view asked, monitor::Phase phase);

}  // namespace hale::checks
