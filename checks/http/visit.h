// One run of an http check: from the URL through all redirects to the answer, and what that is
// worth. Engine thread only.
#pragma once

#include <memory>

#include "checks/http/settings.h"
#include "monitor/check_result.h"
#include "monitor/run_context.h"
#include "monitor/runtime/task.h"

namespace hale::checks::http {

// At the first of the host's addresses that accepts.
monitor::Task<monitor::CheckResult> visit(monitor::RunContext& context,
                                          std::shared_ptr<const Settings> settings);

// At all of the host's addresses at the same time; each is an item.
monitor::Task<monitor::CheckResult> visit_all(monitor::RunContext& context,
                                              std::shared_ptr<const Settings> settings);

}  // namespace hale::checks::http
