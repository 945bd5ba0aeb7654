// What a run comes to by SURFACE.md: limits, deadline, the worst of the look and its items. The
// oracle's own; shares no code with monitor/.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "monitor/check_result.h"
#include "tests/sim/faults.h"
#include "tests/sim/plan.h"

namespace hale::sim {

struct Judged {
  monitor::Result look = monitor::Result::kPass;
  std::vector<std::pair<std::string, monitor::Result>> items;
  bool listed = true;  // the look itself passed, before any limit: its list of items is complete
  // Of all that, the worst.
  monitor::Result result = monitor::Result::kPass;
  monitor::Reason reason = monitor::Reason::kNone;
  monitor::Phase phase = monitor::Phase::kNone;
  std::string item;  // the first one that is the worst; empty: the look itself
};

Judged judge(const CheckPlan& plan, const monitor::CheckResult& result, monitor::Duration duration,
             FaultCounts& counts);

// A run that ran into its deadline, in this phase, and one that threw.
Judged timed_out(monitor::Phase phase);
Judged threw(monitor::Phase phase);

}  // namespace hale::sim
