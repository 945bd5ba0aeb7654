// Runs a program to its end, or kills it: the whole of its process group, before the run's
// deadline.
//
// The program's own end decides: what its offspring still holds open is not waited for, and those
// of them that stayed in the group are killed. Two thirds into the patience of the run's last
// moments, SIGTERM becomes SIGKILL; a run that is cancelled earlier gives it 15 ms to clean up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "checks/process/spawn.h"
#include "monitor/run_context.h"
#include "monitor/runtime/blocking_pool.h"
#include "monitor/runtime/task.h"

namespace hale::checks {

struct ProcessOutput {
  std::string text;             // the head
  std::uint64_t discarded = 0;  // bytes after it
};

struct ProcessReport {
  ExitStatus status;       // of one that was killed at the deadline: of no importance
  bool timed_out = false;  // it had not ended when its time was over
  bool gone = true;        // false: not even SIGKILL has ended it so far
  ProcessOutput output;
  ProcessOutput errors;
};

// It did not start: `failure` says why the pool gave no answer, else `error`.
struct StartFailure {
  std::optional<monitor::PoolFailure> failure;
  SpawnError error;
};

// Enters the phases spawn and run. `key` names this use of the pool: one a check. A run that is
// cancelled before the program has started throws operation_aborted; later, it ends as if its time
// were over.
monitor::Task<std::expected<ProcessReport, StartFailure>> run_process(
    monitor::RunContext& context, std::shared_ptr<const SpawnSettings> settings, std::string key,
    std::size_t most_kept);

}  // namespace hale::checks
