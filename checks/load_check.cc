#include "checks/load_check.h"

#include <algorithm>
#include <expected>
#include <memory>
#include <string>
#include <utility>

#include <unistd.h>

#include "checks/proc/pressure.h"
#include "checks/proc/read_file.h"
#include "monitor/format.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;
using monitor::Unit;

CheckResult look(const std::filesystem::path& proc_root) {
  CheckResult result;
  const std::string path = proc_root / "loadavg";
  const auto text = read_file(path, 4096);
  if (!text) {
    result.outcome = could_not_read(text.error());
    return result;
  }
  const auto stats = parse_loadavg(*text);
  if (!stats) {
    result.outcome = could_not_parse(path, stats.error().line);
    return result;
  }
  const auto pressure = read_pressure(proc_root, "cpu");
  if (!pressure) {
    result.outcome = pressure.error();
    return result;
  }
  // Asked each time: CPUs come and go.
  const int cpus = std::max(1, static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN)));
  return load_result(*stats, cpus, *pressure);
}

std::expected<std::unique_ptr<monitor::Check>, monitor::ParameterError> make(
    const monitor::Parameters& /*parameters*/) {
  return std::make_unique<LoadCheck>();
}

monitor::CheckDescriptor describe() {
  using monitor::Bad;
  using monitor::Result;
  monitor::CheckDescriptor type;
  type.name = "load";
  type.summary = "How many tasks want a CPU of the host, for each CPU there is.";
  type.measurements = {
      {.name = "per_core",
       .metric = "load_per_core",
       .unit = Unit::kNone,
       .bad = Bad::kHigh,
       .help = "Tasks that run, wait for a CPU or hang in the kernel, averaged over a minute, for "
               "each CPU online."},
      {.name = "pressure",
       .metric = "load_pressure_ratio",
       .unit = Unit::kRatio,
       .bad = Bad::kHigh,
       .help = "Share of the last 10 s in which at least one task waited for a CPU (PSI some). "
               "Absent where the kernel does not keep it."},
      {.name = "runnable",
       .metric = "load_runnable",
       .unit = Unit::kNone,
       .bad = Bad::kHigh,
       .help = "Tasks that run or wait for a CPU at this moment, the agent's own included."},
  };
  // A busy machine is no fault: a build may keep every CPU busy twice over and hold the pressure
  // near 100 % all day. Four tasks to a CPU for minutes are worth a look, and also what a pile of
  // tasks that hang in the kernel looks like. Nobody should be woken by it: there is no `fail`.
  type.default_limits = {
      {.severity = Result::kWarn, .measurement = "per_core", .text = "4"},
  };
  type.reasons = {Reason::kUnsupported, Reason::kPermission, Reason::kAgent, Reason::kInternal};
  type.example =
      "[checks.load]\n"
      "type = \"load\"\n"
      "warn = { per_core = 2, pressure = \"80%\" }\n";
  type.make = &make;
  return type;
}

}  // namespace

const monitor::CheckDescriptor& load_descriptor() {
  static const monitor::CheckDescriptor kDescriptor = describe();
  return kDescriptor;
}

CheckResult load_result(const LoadStats& stats, int cpus, std::optional<double> pressure) {
  using monitor::format_value;
  const double per_core = stats.load1 / static_cast<double>(cpus);
  const auto runnable = static_cast<double>(stats.runnable);
  CheckResult result;
  result.measurements.push_back({.name = "per_core", .value = per_core});
  std::string message = "load " + format_value(Unit::kNone, stats.load1) + ", " +
                        format_value(Unit::kNone, stats.load5) + ", " +
                        format_value(Unit::kNone, stats.load15) + " on " + std::to_string(cpus) +
                        (cpus == 1 ? " CPU" : " CPUs");
  if (pressure) {
    result.measurements.push_back({.name = "pressure", .value = *pressure});
    message += ", pressure " + monitor::format_share(*pressure);
  }
  result.measurements.push_back({.name = "runnable", .value = runnable});
  result.outcome = Outcome::pass(std::move(message));
  return result;
}

// These files of /proc never block: they are read on the loop.
monitor::Task<CheckResult> LoadCheck::run(monitor::RunContext& context) {
  context.enter(Phase::kRun);
  co_return look(context.services().proc_root);
}

}  // namespace hale::checks
