#include "checks/process_check.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include <asio/error.hpp>
#include <asio/system_error.hpp>
#include <unistd.h>

#include "checks/excerpt.h"
#include "checks/patience.h"
#include "checks/pool_failure.h"
#include "checks/process/user_lookup.h"
#include "checks/sampling.h"
#include "checks/sys/attribute.h"
#include "monitor/format.h"
#include "monitor/runtime/blocking_pool.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::Duration;
using monitor::Measurement;
using monitor::Outcome;
using monitor::ParameterError;
using monitor::Parameters;
using monitor::Phase;
using monitor::PoolFailure;
using monitor::Reason;
using monitor::RunContext;
using monitor::Task;
using monitor::TimePoint;

std::string text_or_empty(const Parameters& parameters, std::string_view key) {
  return parameters.has(key) ? parameters.text(key) : "";
}

std::unexpected<ParameterError> wrong(std::string key, std::string message) {
  return std::unexpected(ParameterError{.key = std::move(key), .message = std::move(message)});
}

std::expected<std::unique_ptr<monitor::Check>, ParameterError> make(const Parameters& parameters) {
  ProcessSelector selector;
  bool any = false;
  for (const std::string_view key :
       {"name", "command_regex", "pid_file", "user", "cgroup", "unit"}) {
    any = any || parameters.has(key);
    if (parameters.has(key) && parameters.text(key).empty()) {
      return wrong(std::string(key), "is empty");
    }
  }
  if (!any) {
    return wrong(
        "name",
        "is missing (write which processes are meant: name, command_regex, pid_file, user, "
        "cgroup or unit)");
  }
  selector.name = text_or_empty(parameters, "name");
  selector.pid_file = text_or_empty(parameters, "pid_file");
  selector.user = text_or_empty(parameters, "user");
  selector.cgroup = text_or_empty(parameters, "cgroup");
  selector.unit = text_or_empty(parameters, "unit");
  selector.kernel_threads = parameters.boolean("kernel_threads");
  if (selector.name.contains('/')) {
    return wrong("name", in_quotes(selector.name) +
                             " is not a name (write the last part of the program's path, or use "
                             "`command_regex`)");
  }
  for (const auto& [key, path] :
       {std::pair("pid_file", &selector.pid_file), std::pair("cgroup", &selector.cgroup)}) {
    if (!path->empty() && !path->starts_with('/')) {
      return wrong(key, in_quotes(*path) + " is not an absolute path");
    }
  }
  if (!selector.unit.empty() && !selector.unit.contains('.')) {
    selector.unit += ".service";
  }
  if (parameters.has("command_regex")) {
    auto pattern = Pattern::compile(parameters.text("command_regex"));
    if (!pattern) {
      return wrong("command_regex",
                   in_quotes(parameters.text("command_regex")) + " " + pattern.error());
    }
    selector.command = std::move(*pattern);
  }
  return std::make_unique<ProcessCheck>(
      ProcessOptions{.selector = std::move(selector),
                     .exists = parameters.text("exists"),
                     .blocked_after = parameters.duration("blocked_after")});
}

// Dead, and kept for whoever started it. With threads left only the first one has ended.
bool is_zombie(const Process& process) {
  return process.state == 'X' || (process.state == 'Z' && process.threads <= 1);
}

Measurement measured(std::string_view name, double value,
                     std::optional<double> total = std::nullopt) {
  Measurement measurement;
  measurement.name = name;
  measurement.value = value;
  measurement.total = total;
  return measurement;
}

// What they used between the looks, in CPUs; those that ended in between are not in it.
std::optional<double> cpu_share(const ProcessLook& before, const ProcessLook& after) {
  const double seconds = monitor::to_seconds(after.uptime - before.uptime);
  if (seconds <= 0) {
    return std::nullopt;
  }
  std::map<std::pair<pid_t, std::uint64_t>, Duration> then;
  for (const Process& process : before.processes) {
    then.emplace(std::pair(process.pid, process.start_ticks), process.cpu_time);
  }
  double spent = 0;
  for (const Process& process : after.processes) {
    const auto found = then.find({process.pid, process.start_ticks});
    // One that was not there has begun since.
    const Duration earlier = found == then.end() ? Duration::zero() : found->second;
    if (found != then.end() || process.age <= after.uptime - before.uptime) {
      spent += std::max(monitor::to_seconds(process.cpu_time - earlier), 0.0);
    }
  }
  return spent / seconds;
}

// Of the one that is nearest to its limit.
struct Files {
  double used = 0;
  std::optional<double> most;
  bool any = false;
  std::size_t unseen = 0;
};

Files worst_files(const std::vector<Process>& processes) {
  Files worst;
  double most_share = -1;
  for (const Process& process : processes) {
    if (is_zombie(process)) {
      continue;
    }
    if (!process.open_files) {
      ++worst.unseen;
      continue;
    }
    const auto used = static_cast<double>(*process.open_files);
    const bool limited = process.most_open_files && *process.most_open_files > 0;
    const double share = limited ? used / static_cast<double>(*process.most_open_files) : 0;
    if (share > most_share) {
      most_share = share;
      worst.used = used;
      worst.most = limited ? std::optional(static_cast<double>(*process.most_open_files))
                           : std::optional<double>();
      worst.any = true;
    }
  }
  return worst;
}

struct Totals {
  std::uint64_t count = 0;
  std::uint64_t zombies = 0;
  std::uint64_t stopped = 0;
  std::uint64_t threads = 0;
  std::uint64_t resident = 0;
  Duration youngest = Duration::max();
  pid_t first = 0;
};

Totals total_of(const std::vector<Process>& processes) {
  Totals totals;
  for (const Process& process : processes) {
    if (is_zombie(process)) {
      ++totals.zombies;
      continue;
    }
    totals.first = totals.count == 0 ? process.pid : totals.first;
    ++totals.count;
    totals.stopped += process.state == 'T' || process.state == 't' ? 1 : 0;
    totals.threads += process.threads;
    totals.resident += process.resident_bytes;
    totals.youngest = std::min(totals.youngest, process.age);
  }
  return totals;
}

std::string message_of(const ProcessSelector& selector, const ProcessLook& look,
                       const Totals& totals, std::optional<double> cpu, const Files& files,
                       const BlockedProcesses::Blocked& blocked) {
  std::string text;
  if (totals.count == 0) {
    text = look.why_none.empty() ? "no process " + to_string(selector) : look.why_none;
  } else {
    text = totals.count == 1 ? "pid " + std::to_string(totals.first)
                             : std::to_string(totals.count) + " processes";
    text += (totals.count == 1 ? ", up " : ", the youngest up ") +
            monitor::format_duration(totals.youngest);
    if (cpu) {
      text += ", " + monitor::format_share(*cpu) + " of a CPU";
    }
    text += ", " + monitor::format_bytes(static_cast<double>(totals.resident));
  }
  if (totals.zombies > 0) {
    text += "; " + std::to_string(totals.zombies) + (totals.zombies == 1 ? " zombie" : " zombies");
  }
  if (totals.stopped > 0) {
    text += "; " + std::to_string(totals.stopped) + " stopped";
  }
  if (blocked.count > 0) {
    text += "; pid " + std::to_string(blocked.longest) + " hangs in the kernel for " +
            monitor::format_duration(blocked.for_how_long);
  }
  if (files.unseen > 0 && totals.count > 0) {
    text += "; no right to count the open files of " + std::to_string(files.unseen);
  }
  return text;
}

// Whether they are there as they should be.
Outcome judge(const ProcessOptions& options, const ProcessLook& look, const Totals& totals,
              std::string message) {
  if (look.hidden && options.selector.uid != ::geteuid()) {
    return Outcome::unknown(
        Reason::kPermission, Phase::kRun,
        "foreign processes are hidden from the agent (hidepid= of /proc, or ProtectProc= of its "
        "unit)");
  }
  if (totals.count == 0 && options.exists == "yes") {
    return Outcome::fail(Reason::kMissing, Phase::kRun, std::move(message),
                         look.why_none.empty() ? "not_running" : "pid_file");
  }
  if (totals.count > 0 && options.exists == "no") {
    return Outcome::fail(Reason::kValidation, Phase::kRun, "must not run: " + message, "running");
  }
  return Outcome::pass(std::move(message));
}

std::vector<monitor::MeasurementDescriptor> measurements() {
  using monitor::Bad;
  using monitor::Unit;
  return {
      {.name = "count",
       .metric = "process_count",
       .bad = Bad::kLow,
       .help = "Processes that are meant and alive."},
      {.name = "age",
       .metric = "process_age_seconds",
       .unit = Unit::kSeconds,
       .bad = Bad::kLow,
       .help = "How long ago the youngest has started: a limit of 5m makes a restart visible. This "
               "and the following absent where there is none."},
      {.name = "cpu",
       .metric = "process_cpu_ratio",
       .unit = Unit::kRatio,
       .help = "CPU time of all since the last look, as a share of one CPU: several may use more "
               "than 100%."},
      {.name = "rss",
       .metric = "process_rss_bytes",
       .unit = Unit::kBytes,
       .has_total = true,
       .help = "Resident memory of all, what they share counted for each; a share is of the host's "
               "memory."},
      {.name = "fds_used",
       .metric = "process_fds_used",
       .has_total = true,
       .help = "Open files of the process that is nearest to its limit; a share is of that. Absent "
               "where the agent may not look."},
      {.name = "threads", .metric = "process_threads", .help = "Threads of all."},
      {.name = "zombies",
       .metric = "process_zombies",
       .help = "Those that have ended and that nobody asked for how."},
      {.name = "stopped",
       .metric = "process_stopped",
       .help = "Those that a signal or a debugger has stopped: alive, and doing nothing."},
      {.name = "blocked",
       .metric = "process_blocked",
       .help = "Those whose main thread has waited in the kernel (state D) for `blocked_after` "
               "without a turn on a CPU."},
  };
}

std::vector<monitor::KeyDescriptor> keys() {
  using monitor::KeyType;
  return {
      {.name = "name",
       .type = KeyType::kString,
       .help = "The name, as `ps -o comm` shows it. One of these first six keys is required; of "
               "several all have to hold."},
      {.name = "command_regex",
       .type = KeyType::kString,
       .help = "A regular expression (RE2) that matches a part of the command with its arguments."},
      {.name = "pid_file",
       .type = KeyType::kString,
       .help = "A file that begins with the pid. It has to be of a process that was there when the "
               "file was written, unless another key tells that it is the right one."},
      {.name = "user",
       .type = KeyType::kString,
       .help = "Whose rights the process has, by name or number."},
      {.name = "cgroup",
       .type = KeyType::kString,
       .help = "A control group and all below, \"/system.slice/nginx.service\"."},
      {.name = "unit",
       .type = KeyType::kString,
       .help = "A unit of systemd, \"nginx.service\"; without a suffix a service."},
      {.name = "exists",
       .type = KeyType::kChoice,
       .help = "Whether there has to be at least one, must be none, or may be.",
       .default_value = std::string("yes"),
       .choices = {"yes", "no", "maybe"}},
      {.name = "kernel_threads",
       .type = KeyType::kBoolean,
       .help = "Whether threads of the kernel are meant as well.",
       .default_value = false},
      {.name = "blocked_after",
       .type = KeyType::kDuration,
       .help = "How long a process has to wait in the kernel until it counts as blocked.",
       .default_value = Duration(std::chrono::seconds(30))},
  };
}

monitor::CheckDescriptor describe() {
  using monitor::Result;
  monitor::CheckDescriptor type;
  type.name = "process";
  type.summary = "Whether processes are there, how many, how old, and what they use.";
  type.keys = keys();
  type.measurements = measurements();
  type.default_limits = {
      {.severity = Result::kWarn, .measurement = "fds_used", .text = "80%"},
      {.severity = Result::kFail, .measurement = "fds_used", .text = "95%"},
      {.severity = Result::kWarn, .measurement = "stopped", .text = ">= 1"},
      {.severity = Result::kWarn, .measurement = "blocked", .text = ">= 1"},
  };
  type.reasons = {Reason::kTimeout,    Reason::kMissing, Reason::kStuck,   Reason::kUnsupported,
                  Reason::kPermission, Reason::kAgent,   Reason::kInternal};
  type.example =
      "[checks.workers]\n"
      "type = \"process\"\n"
      "command_regex = \"celery.* worker\"\n"
      "user = \"app\"\n"
      "warn = { rss = \"4GiB\", age = \"1m\" }\n"
      "fail = { count = \"< 4\" }\n";
  type.make = &make;
  return type;
}

}  // namespace

const monitor::CheckDescriptor& process_descriptor() {
  static const monitor::CheckDescriptor kDescriptor = describe();
  return kDescriptor;
}

void BlockedProcesses::look(const std::vector<Process>& processes, TimePoint now) {
  std::map<Identity, Wait> waits;
  for (const Process& process : processes) {
    if (process.state != 'D') {
      continue;
    }
    const Identity identity(process.pid, process.start_ticks);
    const auto known = waits_.find(identity);
    const bool same = known != waits_.end() && known->second.switches == process.switches;
    waits.emplace(identity,
                  same ? known->second : Wait{.since = now, .switches = process.switches});
  }
  waits_ = std::move(waits);
}

BlockedProcesses::Blocked BlockedProcesses::blocked(Duration least, TimePoint now) const {
  Blocked blocked;
  for (const auto& [identity, wait] : waits_) {
    const Duration length = now - wait.since;
    if (length < least) {
      continue;
    }
    ++blocked.count;
    if (length > blocked.for_how_long || blocked.longest == 0) {
      blocked.longest = identity.first;
      blocked.for_how_long = length;
    }
  }
  return blocked;
}

CheckResult process_result(const ProcessOptions& options, const ProcessLook& before,
                           const ProcessLook& after, const BlockedProcesses::Blocked& blocked) {
  CheckResult result;
  const Totals totals = total_of(after.processes);
  const Files files = worst_files(after.processes);
  std::vector<Measurement>& list = result.measurements;
  list.push_back(measured("count", static_cast<double>(totals.count)));
  std::optional<double> cpu;
  if (totals.count > 0) {
    cpu = cpu_share(before, after);
    list.push_back(measured("age", monitor::to_seconds(totals.youngest)));
    if (cpu) {
      list.push_back(measured("cpu", *cpu));
    }
    list.push_back(measured("rss", static_cast<double>(totals.resident),
                            after.memory ? std::optional(static_cast<double>(*after.memory))
                                         : std::optional<double>()));
    if (files.any) {
      list.push_back(measured("fds_used", files.used, files.most));
    }
    list.push_back(measured("threads", static_cast<double>(totals.threads)));
  }
  list.push_back(measured("zombies", static_cast<double>(totals.zombies)));
  list.push_back(measured("stopped", static_cast<double>(totals.stopped)));
  list.push_back(measured("blocked", static_cast<double>(blocked.count)));
  result.outcome = judge(options, after, totals,
                         message_of(options.selector, after, totals, cpu, files, blocked));
  return result;
}

ProcessCheck::ProcessCheck(ProcessOptions options) : options_(std::move(options)) {}

std::string ProcessCheck::target() const {
  return to_string(options_.selector);
}

Task<std::expected<ProcessCheck::Look, Outcome>> ProcessCheck::look(RunContext& context) {
  using Reply = std::expected<Look, Outcome>;
  std::function<Reply()> work = [proc = context.services().proc_root, selector = options_.selector,
                                 now = context.clock().wall_now()]() -> Reply {
    auto seen = look_at_processes(proc, selector, now);
    if (!seen) {
      return std::unexpected(std::move(seen.error()));
    }
    return std::make_shared<const ProcessLook>(std::move(*seen));
  };
  std::string key = "processes:" + std::to_string(reinterpret_cast<std::uintptr_t>(this));
  const TimePoint give_up = patience_ends(context);
  const std::expected<Reply, PoolFailure> reply =
      co_await context.services().files.call(std::move(key), give_up, std::move(work));
  if (!reply && reply.error() == PoolFailure::kCancelled) {
    throw asio::system_error(asio::error::operation_aborted);
  }
  if (!reply) {
    co_return std::unexpected(not_looked(reply.error(), "the processes of this host"));
  }
  if (*reply) {
    looked_ = context.clock().now();
    blocked_.look((**reply)->processes, looked_);
  }
  co_return *reply;
}

Task<CheckResult> ProcessCheck::run(RunContext& context) {
  context.enter(Phase::kRun);
  CheckResult result;
  ProcessSelector& selector = options_.selector;
  if (!selector.user.empty() && !selector.uid) {
    std::string name = selector.user;
    auto uid = co_await find_user(context, std::move(name));
    if (!uid) {
      result.outcome = std::move(uid.error());
      co_return result;
    }
    selector.uid = *uid;
  }
  if (!previous_) {
    auto first = co_await look(context);
    if (!first) {
      result.outcome = std::move(first.error());
      co_return result;
    }
    previous_ = std::move(*first);
  }
  if (!previous_->processes.empty()) {
    co_await let_time_pass(context, looked_);
  }
  auto now = co_await look(context);
  if (!now) {
    result.outcome = std::move(now.error());
    co_return result;
  }
  const auto blocked = blocked_.blocked(options_.blocked_after, looked_);
  result = process_result(options_, *previous_, **now, blocked);
  if (context.verbose()) {
    for (const Process& process : (*now)->processes) {
      context.tell("pid " + std::to_string(process.pid) + ": " + plain_name(process.name) +
                   ", state " + process.state);
    }
  }
  previous_ = std::move(*now);
  co_return result;
}

}  // namespace hale::checks
