#include "checks/memory_check.h"

#include <expected>
#include <memory>
#include <utility>

#include "checks/proc/pressure.h"
#include "checks/proc/read_file.h"
#include "monitor/format.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::Measurement;
using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;

CheckResult look(const std::filesystem::path& proc_root) {
  CheckResult result;
  const std::string path = proc_root / "meminfo";
  const auto text = read_file(path, 65536);
  if (!text) {
    result.outcome = could_not_read(text.error());
    return result;
  }
  const auto stats = parse_meminfo(*text);
  if (!stats) {
    result.outcome = could_not_parse(path, stats.error().line);
    return result;
  }
  const auto pressure = read_pressure(proc_root, "memory");
  if (!pressure) {
    result.outcome = pressure.error();
    return result;
  }
  return memory_result(*stats, *pressure);
}

std::expected<std::unique_ptr<monitor::Check>, monitor::ParameterError> make(
    const monitor::Parameters& /*parameters*/) {
  return std::make_unique<MemoryCheck>();
}

monitor::CheckDescriptor describe() {
  using monitor::Bad;
  using monitor::Result;
  using monitor::Unit;
  monitor::CheckDescriptor type;
  type.name = "memory";
  type.summary = "What is left of the host's memory, and whether tasks stall for want of it.";
  type.measurements = {
      {.name = "available",
       .metric = "memory_available_bytes",
       .unit = Unit::kBytes,
       .bad = Bad::kLow,
       .has_total = true,
       .help = "Memory that programs can get without swapping (MemAvailable); a share is of all "
               "memory. The host's also where the agent runs in a container with limits of its "
               "own."},
      {.name = "swap_used",
       .metric = "memory_swap_used_bytes",
       .unit = Unit::kBytes,
       .bad = Bad::kHigh,
       .has_total = true,
       .help = "Swap in use; a share is of all swap. Absent without swap."},
      {.name = "pressure",
       .metric = "memory_pressure_ratio",
       .unit = Unit::kRatio,
       .bad = Bad::kHigh,
       .help = "Share of the last 10 s in which at least one task stalled for want of memory (PSI "
               "some). Absent where the kernel does not keep it."},
  };
  // A machine that works well may have little memory left, caches and databases use what there is;
  // stalls tell the trouble from the habit.
  type.default_limits = {
      {.severity = Result::kWarn, .measurement = "available", .text = "5%"},
      {.severity = Result::kFail, .measurement = "available", .text = "2%"},
      {.severity = Result::kWarn, .measurement = "pressure", .text = "20%"},
      {.severity = Result::kFail, .measurement = "pressure", .text = "60%"},
  };
  type.reasons = {Reason::kUnsupported, Reason::kPermission, Reason::kAgent, Reason::kInternal};
  type.example =
      "[checks.memory]\n"
      "type = \"memory\"\n"
      "warn = { available = \"10%\", swap_used = \"80%\" }\n"
      "fail = { available = \"512MiB\" }\n";
  type.make = &make;
  return type;
}

}  // namespace

const monitor::CheckDescriptor& memory_descriptor() {
  static const monitor::CheckDescriptor kDescriptor = describe();
  return kDescriptor;
}

CheckResult memory_result(const MemoryStats& stats, std::optional<double> pressure) {
  CheckResult result;
  if (!stats.available) {
    result.outcome = Outcome::unknown(Reason::kUnsupported, Phase::kRun,
                                      "the kernel does not say how much memory is available");
    return result;
  }
  const auto total = static_cast<double>(stats.total);
  const auto available = static_cast<double>(*stats.available);
  result.measurements.push_back({.name = "available", .value = available, .total = total});
  std::string message = monitor::format_bytes(available) + " available of " +
                        monitor::format_bytes(total) + " (" +
                        monitor::format_share(available / total) + ")";
  if (stats.swap_total > 0) {
    const std::uint64_t used =
        stats.swap_total > stats.swap_free ? stats.swap_total - stats.swap_free : 0;
    const auto swap_used = static_cast<double>(used);
    const auto swap_total = static_cast<double>(stats.swap_total);
    result.measurements.push_back({.name = "swap_used", .value = swap_used, .total = swap_total});
    message += ", swap " + monitor::format_share(swap_used / swap_total) + " used";
  }
  if (pressure) {
    result.measurements.push_back({.name = "pressure", .value = *pressure});
    message += ", pressure " + monitor::format_share(*pressure);
  }
  result.outcome = Outcome::pass(std::move(message));
  return result;
}

// These files of /proc never block: they are read on the loop.
monitor::Task<CheckResult> MemoryCheck::run(monitor::RunContext& context) {
  context.enter(Phase::kRun);
  co_return look(context.services().proc_root);
}

}  // namespace hale::checks
