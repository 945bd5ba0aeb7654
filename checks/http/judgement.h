// Judging a body: at once where that is quick, in a pool of its own where it would hold up the
// loop. Engine thread only.
#pragma once

#include <memory>
#include <string>

#include "checks/http/settings.h"
#include "checks/http/verdict.h"
#include "monitor/run_context.h"
#include "monitor/runtime/task.h"

namespace hale::checks::http {

inline constexpr std::size_t kLargestOnLoop = 64 << 10;

// Adds what is to be said of the body to the verdict on status and header fields.
monitor::Task<Verdict> judge_body(monitor::RunContext& context,
                                  std::shared_ptr<const Settings> settings, std::string body,
                                  Verdict verdict);

}  // namespace hale::checks::http
