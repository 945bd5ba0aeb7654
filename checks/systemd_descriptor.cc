// What the check type `systemd` declares about itself.
#include <chrono>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "checks/disk/mount_selection.h"
#include "checks/systemd_check.h"

namespace hale::checks {
namespace {

using monitor::ParameterError;
using monitor::Parameters;

std::optional<ParameterError> take_names(const std::string& key,
                                         const std::vector<std::string>& names,
                                         std::vector<std::string>& into) {
  for (const std::string& name : names) {
    std::string whole = with_suffix(name);
    if (std::string error = unit_name_error(whole); !error.empty()) {
      return ParameterError{.key = key, .message = std::move(error)};
    }
    into.push_back(std::move(whole));
  }
  return std::nullopt;
}

std::expected<std::unique_ptr<monitor::Check>, ParameterError> make(const Parameters& parameters) {
  SystemdOptions options;
  const bool one = parameters.has("unit");
  const bool many = parameters.has("units");
  if (one == many) {
    return std::unexpected(ParameterError{
        .key = "unit",
        .message = one ? "and `units` exclude each other (write one of them)"
                       : "or `units` is needed (write unit = \"nginx.service\", or units = "
                         "[\"*.service\"] for all that are enabled)"});
  }
  if (one && is_glob(parameters.text("unit"))) {
    return std::unexpected(ParameterError{
        .key = "unit", .message = "is a pattern (write units = [\"...\"], each is an item)"});
  }
  const std::vector<std::string> names =
      one ? std::vector<std::string>{parameters.text("unit")} : parameters.list("units");
  if (names.empty()) {
    return std::unexpected(ParameterError{.key = "units", .message = "is empty"});
  }
  if (auto error = take_names(one ? "unit" : "units", names, options.patterns.include)) {
    return std::unexpected(std::move(*error));
  }
  if (auto error = take_names("exclude", parameters.list("exclude"), options.patterns.exclude)) {
    return std::unexpected(std::move(*error));
  }
  options.judgement = {.restart_window = parameters.duration("restart_window"),
                       .stuck_after = parameters.duration("stuck_after"),
                       .late_after = parameters.duration("late_after")};
  if (options.judgement.restart_window < std::chrono::seconds(1) ||
      options.judgement.restart_window > UnitWatch::kStartsKept) {
    return std::unexpected(
        ParameterError{.key = "restart_window", .message = "is out of range (1s to 1h)"});
  }
  return std::make_unique<SystemdCheck>(std::move(options));
}

std::vector<monitor::KeyDescriptor> keys() {
  using monitor::KeyType;
  return {
      {.name = "unit",
       .type = KeyType::kString,
       .help = "One unit by its name; without a kind, a service. This or `units`."},
      {.name = "units",
       .type = KeyType::kStringList,
       .help = "Names and globs, each unit an item. One that is listed by its name fails unless it "
               "runs; of those that match a glob, each that is enabled is looked at."},
      {.name = "exclude",
       .type = KeyType::kStringList,
       .help = "Units to leave out, names and globs; wins over `units`.",
       .default_value = std::vector<std::string>()},
      {.name = "restart_window",
       .type = KeyType::kDuration,
       .help = "For how long a restart, a kill for want of memory and a missed watchdog count; at "
               "most 1h.",
       .default_value = monitor::Duration(std::chrono::minutes(10))},
      {.name = "stuck_after",
       .type = KeyType::kDuration,
       .help = "How long a unit may be starting, stopping, reloading or waiting for its restart; a "
               "oneshot service may run for as long as it likes.",
       .default_value = monitor::Duration(std::chrono::minutes(5))},
      {.name = "late_after",
       .type = KeyType::kDuration,
       .help = "How late a timer may fire; more than its AccuracySec= and RandomizedDelaySec=.",
       .default_value = monitor::Duration(std::chrono::minutes(2))},
  };
}

std::vector<monitor::MeasurementDescriptor> measurements() {
  using monitor::Bad;
  using monitor::Unit;
  return {
      {.name = "active",
       .metric = "systemd_active",
       .bad = Bad::kLow,
       .help = "1 while the unit is active or reloading, 0 otherwise."},
      {.name = "state_age",
       .metric = "systemd_state_age_seconds",
       .unit = Unit::kSeconds,
       .help = "Time since its state last changed, finer steps such as auto-restart among them."},
      {.name = "restarts",
       .metric = "systemd_restarts",
       .needs_words = true,
       .help =
           "Starts of a service in the last `restart_window` that nobody had asked for: systemd "
           "started it again after it had ended."},
      {.name = "planned_restarts",
       .metric = "systemd_planned_restarts",
       .help = "Its other starts in that time: by a person, a script, a timer, a socket."},
      {.name = "oom_kills",
       .metric = "systemd_oom_kills",
       .needs_words = true,
       .help =
           "How often the kernel or systemd-oomd killed in it for want of memory, in that time."},
      {.name = "watchdog_misses",
       .metric = "systemd_watchdog_misses",
       .needs_words = true,
       .help = "How often systemd ended it because it gave no sign of life within WatchdogSec=, in "
               "that time."},
      {.name = "memory",
       .metric = "systemd_memory_bytes",
       .unit = Unit::kBytes,
       .has_total = true,
       .help =
           "Memory of its cgroup, but for files in the cache that are not in use; a share is of "
           "MemoryHigh= or MemoryMax=. Absent where cgroups do not count memory."},
      {.name = "tasks",
       .metric = "systemd_tasks",
       .has_total = true,
       .help = "Its processes and threads; a share is of TasksMax=."},
      {.name = "cpu",
       .metric = "systemd_cpu_ratio",
       .unit = Unit::kRatio,
       .help = "CPU time that it took since the last look: 1 is a whole CPU."},
      {.name = "trigger_age",
       .metric = "systemd_trigger_age_seconds",
       .unit = Unit::kSeconds,
       .help = "Time since a timer last fired."},
      {.name = "next_trigger_in",
       .metric = "systemd_next_trigger_timestamp_seconds",
       .unit = Unit::kSeconds,
       .bad = Bad::kLow,
       .is_remaining = true,
       .help = "Time until a timer fires next; below 0 where it is late."},
      {.name = "connections",
       .metric = "systemd_connections",
       .help = "Connections of a socket with Accept=yes just now."},
      {.name = "refused_connections",
       .metric = "systemd_refused_connections",
       .help = "Connections that a socket has refused since it was started."},
  };
}

monitor::CheckDescriptor describe() {
  using monitor::Reason;
  using monitor::Result;
  monitor::CheckDescriptor type;
  type.name = "systemd";
  type.summary = "Units of systemd: running, crash-looping, stuck, late, near their limits.";
  type.item_label = "unit";
  type.keys = keys();
  type.measurements = measurements();
  // Three crashes in the window are trouble that the restarts hide; five are a loop. Whoever is
  // killed once for want of memory will be again.
  type.default_limits = {
      {.severity = Result::kWarn, .measurement = "restarts", .text = "3"},
      {.severity = Result::kFail, .measurement = "restarts", .text = "5"},
      {.severity = Result::kWarn, .measurement = "oom_kills", .text = ">= 1"},
      {.severity = Result::kWarn, .measurement = "watchdog_misses", .text = ">= 1"},
      {.severity = Result::kWarn, .measurement = "memory", .text = "95%"},
      {.severity = Result::kWarn, .measurement = "tasks", .text = "80%"},
      {.severity = Result::kFail, .measurement = "tasks", .text = "95%"},
  };
  type.pinned = {.fall = "1", .rise = "1"};
  type.reasons = {Reason::kStatus,  Reason::kMissing,    Reason::kUnsupported,
                  Reason::kTimeout, Reason::kReset,      Reason::kProtocol,
                  Reason::kAgent,   Reason::kPermission, Reason::kInternal};
  type.example =
      "[checks.database]\n"
      "type = \"systemd\"\n"
      "unit = \"postgresql@15-main.service\"\n"
      "critical = true\n"
      "restart_window = \"10m\"\n"
      "warn = { restarts = 2 }\n"
      "fail = { restarts = 4 }\n";
  type.make = &make;
  return type;
}

}  // namespace

const monitor::CheckDescriptor& systemd_descriptor() {
  static const monitor::CheckDescriptor kDescriptor = describe();
  return kDescriptor;
}

}  // namespace hale::checks
