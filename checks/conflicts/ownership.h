// Which unit a listener belongs to. Pure.
#pragma once

#include "checks/sockets/listener.h"
#include "checks/systemd/unit.h"

namespace hale::checks {

// Null where it belongs to none that is known. A unit of a user's manager may have the name of one
// of the system's: the control group tells them apart.
const Unit* unit_of(const Listener& listener, const Units& units);

// Whether the listener belongs to the unit, or to the socket unit that listens for it.
bool is_of(const Listener& listener, const Unit& unit);

}  // namespace hale::checks
