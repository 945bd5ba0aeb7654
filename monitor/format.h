// Values as people read them: "1.9 ms", "2h 5m", "12.4 GiB", "8.1 %".
#pragma once

#include <string>

#include "monitor/check_descriptor.h"
#include "monitor/time.h"

namespace hale::monitor {

std::string format_duration(Duration duration);
std::string format_bytes(double bytes);
std::string format_share(double share);  // 0.081 -> "8.1 %"
std::string format_value(Unit unit, double value);

}  // namespace hale::monitor
