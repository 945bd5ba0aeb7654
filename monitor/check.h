// The contract of a check: one coroutine that reads like blocking code, reports what it saw and
// returns a value. Schedule, deadline, limits, status, statistics and publication belong to the
// engine. A failing target is a value, never an exception; what escapes becomes `internal`.
//
// A Check is made once per entry of the configuration and lives on the engine's thread. At most
// one run is in flight, so a check may keep state between runs.
#pragma once

#include "monitor/check_descriptor.h"
#include "monitor/check_result.h"
#include "monitor/run_context.h"
#include "monitor/runtime/task.h"

namespace hale::monitor {

class Passive;

class Check {
 public:
  Check() = default;
  virtual ~Check() = default;
  Check(const Check&) = delete;
  Check& operator=(const Check&) = delete;

  // What it looks at, for people and for the label `target`: "127.0.0.1:5432". No secrets.
  virtual std::string target() const { return ""; }

  // Looks once. At context.deadline the engine cancels: the next co_await ends with
  // operation_aborted, and the check returns what it has or lets the exception pass; either way
  // the run is a timeout in the phase last entered. Anything that must not be cancelled mid-way
  // has to come back within the engine's grace, or the check is reported as stuck.
  virtual Task<CheckResult> run(RunContext& context) = 0;

  // Null for a check that looks. One that is reported to instead, whose descriptor says `passive`,
  // says here what it makes of reports; the engine does not run it.
  virtual Passive* passive() { return nullptr; }
};

}  // namespace hale::monitor
