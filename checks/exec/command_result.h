// What became of a command, as the result of a check. Pure.
#pragma once

#include <string>
#include <vector>

#include "checks/mask.h"
#include "checks/process/run_process.h"
#include "monitor/check_result.h"
#include "monitor/time.h"

namespace hale::checks {

// How a command's answer is read.
struct CommandReading {
  bool nagios = true;        // exit statuses as Nagios plugins have them; else 0 is a pass
  bool apply_ranges = true;  // the ranges of performance data are limits
  // Taken out of whatever the command prints before anybody sees it.
  Mask mask = {};
};

// Of a command that ran to its end or was killed at the deadline, `patience` after its start. The
// report has no secrets in it any more.
monitor::CheckResult command_result(const CommandReading& reading, const ProcessReport& report,
                                    monitor::Duration patience);

// Of one that could not be started within `patience`: unknown, since nobody looked.
monitor::Outcome start_failure(const StartFailure& failure, const SpawnSettings& settings,
                               monitor::Duration patience);

// "SIGSEGV"
std::string signal_name(int number);

}  // namespace hale::checks
