// Judging a body: at once where that is quick, in a pool of its own where it would hold up the
// loop. Engine thread only.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "checks/http/settings.h"
#include "monitor/check_result.h"
#include "monitor/run_context.h"
#include "monitor/runtime/task.h"

namespace hale::checks::http {

inline constexpr std::size_t kLargestOnLoop = 64 << 10;

// What is wrong with the body; nullopt: nothing.
monitor::Task<std::optional<monitor::Outcome>> judge_body(monitor::RunContext& context,
                                                          std::shared_ptr<const Settings> settings,
                                                          std::string body);

}  // namespace hale::checks::http
