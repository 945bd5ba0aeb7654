// The number of a user whom a configuration names. Engine thread only; the system's databases are
// asked in the pool `files`.
#pragma once

#include <expected>
#include <string>

#include <sys/types.h>

#include "monitor/check_result.h"
#include "monitor/run_context.h"
#include "monitor/runtime/task.h"

namespace hale::checks {

// Of a name or a number. The error is unknown: `missing` where there is no such user.
monitor::Task<std::expected<uid_t, monitor::Outcome>> find_user(monitor::RunContext& context,
                                                                std::string name);

}  // namespace hale::checks
