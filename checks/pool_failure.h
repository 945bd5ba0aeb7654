// What it means for a check that a pool did not bring back what it asked for.
#pragma once

#include <string_view>

#include "monitor/check_result.h"
#include "monitor/runtime/blocking_pool.h"

namespace hale::checks {

// The agent could not look, in the phase `run`. `what` begins the message: "the table of mounts".
// Not for kCancelled: whoever is cancelled reports nothing. Pure.
monitor::Outcome not_looked(monitor::PoolFailure failure, std::string_view what);

}  // namespace hale::checks
