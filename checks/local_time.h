// Instants as people on call read them.
#pragma once

#include <string>

#include "monitor/time.h"

namespace hale::checks {

// In the host's local time: "10:02" within a day before `now`, else "2026-11-21 10:02". Any thread.
std::string local_time(monitor::WallTime time, monitor::WallTime now);

}  // namespace hale::checks
