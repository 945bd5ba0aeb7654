// Values as fields of a state record, and back. What is read back may be anything: a value that
// makes no sense is absent. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "monitor/time.h"

namespace hale::monitor {

std::string state_field(WallTime time);                 // Unix milliseconds
std::string state_field(std::optional<WallTime> time);  // "" where it is absent

std::optional<WallTime> state_time(std::string_view field);  // between 1970 and 2200
std::optional<std::uint64_t> state_number(std::string_view field);

}  // namespace hale::monitor
