// The one list of check types that the program has.
#pragma once

#include "monitor/check_registry.h"

namespace hale::checks {

void register_builtin_checks(monitor::CheckRegistry& registry);

}  // namespace hale::checks
