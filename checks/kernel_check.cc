#include "checks/kernel_check.h"

#include <algorithm>
#include <array>
#include <expected>
#include <functional>
#include <memory>
#include <utility>

#include <asio/error.hpp>
#include <asio/post.hpp>
#include <asio/system_error.hpp>

#include "checks/patience.h"
#include "monitor/format.h"
#include "monitor/runtime/blocking_pool.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::Measurement;
using monitor::Outcome;
using monitor::Phase;
using monitor::PoolFailure;
using monitor::Reason;
using monitor::RunContext;
using monitor::Task;

struct TroubleName {
  KernelTrouble trouble;
  std::string_view measurement;
  std::string_view one;
  std::string_view many;
};
constexpr std::array<TroubleName, kKernelTroubleCount> kTroubles = {{
    {KernelTrouble::kOomKill, "oom_kills", "process killed for want of memory",
     "processes killed for want of memory"},
    {KernelTrouble::kHungTask, "hung_tasks", "hung task", "hung tasks"},
    {KernelTrouble::kLockup, "lockups", "lockup", "lockups"},
    {KernelTrouble::kFault, "faults", "fault of the kernel", "faults of the kernel"},
    {KernelTrouble::kHardware, "hardware_errors", "hardware error", "hardware errors"},
    {KernelTrouble::kInputOutput, "io_errors", "I/O error", "I/O errors"},
}};

// Known of the counter of kills alone where the log is not read.
bool is_known(const KernelView& view, KernelTrouble trouble) {
  return view.log_read || (trouble == KernelTrouble::kOomKill && view.facts.oom_kills);
}

void add_part(std::string& text, const std::string& part) {
  text += (text.empty() ? "" : "; ") + part;
}

// "2 processes killed for want of memory (postgres, java)"
std::string trouble_text(const TroubleName& name, const KernelEventWindow& events) {
  const std::uint64_t count = events.count(name.trouble);
  std::string text = std::to_string(count) + " " + std::string(count == 1 ? name.one : name.many);
  std::string list;
  for (const std::string& about : events.about(name.trouble)) {
    list += (list.empty() ? "" : ", ") + about;
  }
  return list.empty() ? text : text + " (" + list + ")";
}

std::string message_of(const KernelView& view, const KernelEventWindow& events) {
  const std::string lately = " in the last " + monitor::format_duration(events.length());
  std::string troubles;
  bool blind = false;
  for (const TroubleName& name : kTroubles) {
    if (events.count(name.trouble) > 0 && is_known(view, name.trouble)) {
      troubles += (troubles.empty() ? "" : ", ") + trouble_text(name, events);
    }
    blind = blind || !is_known(view, name.trouble);
  }
  std::string text;
  if (!troubles.empty()) {
    add_part(text, troubles + lately);
  } else if (!blind) {
    add_part(text, "no trouble" + lately);
  }
  add_part(text, "up " + monitor::format_duration(view.facts.uptime));
  if (view.facts.taint.value_or(0) != 0) {
    add_part(text, "tainted " + taint_letters(*view.facts.taint));
  }
  if (view.reboot && view.reboot->needed) {
    add_part(text, "needs a reboot" + (view.reboot->why.empty() ? "" : ": " + view.reboot->why));
  }
  if (view.log_error) {
    add_part(text, could_not_read(*view.log_error).message);
  }
  return text;
}

Measurement measured(std::string_view name, double value,
                     std::optional<double> total = std::nullopt) {
  Measurement measurement;
  measurement.name = name;
  measurement.value = value;
  measurement.total = total;
  return measurement;
}

void add_facts(const KernelView& view, std::vector<Measurement>& list) {
  const auto add = [&list](std::string_view name, std::optional<std::uint64_t> value,
                           std::optional<std::uint64_t> total = std::nullopt) {
    if (value) {
      list.push_back(
          measured(name, static_cast<double>(*value),
                   total ? std::optional(static_cast<double>(*total)) : std::optional<double>()));
    }
  };
  const KernelFacts& facts = view.facts;
  add("threads", facts.threads, facts.most_threads);
  add("open_files", facts.open_files, facts.most_open_files);
  add("entropy", facts.entropy);
  add("tainted", facts.taint);
  if (view.reboot) {
    list.push_back(measured("reboot_required", view.reboot->needed ? 1 : 0));
  }
  list.push_back(measured("uptime", monitor::to_seconds(facts.uptime)));
}

std::expected<std::unique_ptr<monitor::Check>, monitor::ParameterError> make(
    const monitor::Parameters& parameters) {
  KernelOptions options;
  options.window = parameters.duration("window");
  options.log = parameters.text("log");
  if (options.window < std::chrono::seconds(1)) {
    return std::unexpected(
        monitor::ParameterError{.key = "window", .message = "is too short (at least 1s)"});
  }
  return std::make_unique<KernelCheck>(std::move(options));
}

std::vector<monitor::MeasurementDescriptor> trouble_measurements() {
  return {
      {.name = "oom_kills",
       .metric = "kernel_oom_kills",
       .help = "Processes that the kernel killed for want of memory in the last `window`, those "
               "that only reached the limit of their group among them."},
      {.name = "hung_tasks",
       .metric = "kernel_hung_tasks",
       .help = "Reports of tasks that waited in the kernel for minutes, in the last `window`. This "
               "and the following absent where the kernel's log is not read."},
      {.name = "lockups",
       .metric = "kernel_lockups",
       .help =
           "CPUs that hung in the kernel in the last `window`: soft and hard lockups, stalls of "
           "RCU and of work queues."},
      {.name = "faults",
       .metric = "kernel_faults",
       .help = "Bugs that the kernel ran into in the last `window`: oopses and failed assertions."},
      {.name = "hardware_errors",
       .metric = "kernel_hardware_errors",
       .help = "Machine checks and memory errors in the last `window`, corrected ones among them."},
      {.name = "io_errors",
       .metric = "kernel_io_errors",
       .help =
           "Reports of failed input and output and of broken file systems in the last `window`, "
           "but for floppies and optical drives."},
  };
}

std::vector<monitor::MeasurementDescriptor> room_measurements() {
  using monitor::Bad;
  using monitor::Unit;
  return {
      {.name = "threads",
       .metric = "kernel_threads",
       .has_total = true,
       .help = "Threads of all processes; a share is of what pid_max and threads-max allow."},
      {.name = "open_files",
       .metric = "kernel_open_files",
       .has_total = true,
       .help = "Open files of all processes; a share is of file-max."},
      {.name = "entropy",
       .metric = "kernel_entropy_bits",
       .bad = Bad::kLow,
       .help = "Bits that the random number generator credits itself with; since Linux 5.18 always "
               "256 once it is ready."},
      {.name = "tainted",
       .metric = "kernel_tainted",
       .help = "The kernel's taint as a number, a bit for each cause; 0: none."},
      {.name = "reboot_required",
       .metric = "kernel_reboot_required",
       .help = "1 where packages ask for a reboot (/run/reboot-required) or the modules of the "
               "running kernel are gone; 0 otherwise."},
      {.name = "uptime",
       .metric = "kernel_uptime_seconds",
       .unit = Unit::kSeconds,
       .bad = Bad::kLow,
       .help = "Time since the host has started: a limit of 10m makes a reboot visible."},
  };
}

monitor::CheckDescriptor describe() {
  using monitor::KeyType;
  using monitor::Result;
  monitor::CheckDescriptor type;
  type.name = "kernel";
  type.summary = "What the kernel reports lately, room in its tables, and reboots that are due.";
  type.keys = {
      {.name = "window",
       .type = KeyType::kDuration,
       .help = "For how long an event counts; let it be several intervals.",
       .default_value = monitor::Duration(std::chrono::minutes(15))},
      {.name = "log",
       .type = KeyType::kChoice,
       .help = "The kernel's log, /dev/kmsg, which takes the capability CAP_SYSLOG on many hosts. "
               "auto: read where that is permitted; required: unknown where it is not; off: not "
               "read.",
       .default_value = std::string("auto"),
       .choices = {"auto", "required", "off"}},
  };
  type.measurements = trouble_measurements();
  const auto room = room_measurements();
  type.measurements.insert(type.measurements.end(), room.begin(), room.end());
  type.default_limits = {
      {.severity = Result::kWarn, .measurement = "oom_kills", .text = ">= 1"},
      {.severity = Result::kWarn, .measurement = "hung_tasks", .text = ">= 1"},
      {.severity = Result::kWarn, .measurement = "lockups", .text = ">= 1"},
      {.severity = Result::kWarn, .measurement = "faults", .text = ">= 1"},
      {.severity = Result::kWarn, .measurement = "hardware_errors", .text = ">= 1"},
      {.severity = Result::kWarn, .measurement = "io_errors", .text = ">= 1"},
      {.severity = Result::kWarn, .measurement = "threads", .text = "80%"},
      {.severity = Result::kFail, .measurement = "threads", .text = "95%"},
      {.severity = Result::kWarn, .measurement = "open_files", .text = "80%"},
      {.severity = Result::kFail, .measurement = "open_files", .text = "95%"},
  };
  type.reasons = {Reason::kTimeout,    Reason::kStuck, Reason::kUnsupported,
                  Reason::kPermission, Reason::kAgent, Reason::kInternal};
  type.example =
      "[checks.kernel]\n"
      "type = \"kernel\"\n"
      "warn = { reboot_required = true, uptime = \"10m\" }\n"
      "fail = { oom_kills = 5 }\n";
  type.make = &make;
  return type;
}

}  // namespace

const monitor::CheckDescriptor& kernel_descriptor() {
  static const monitor::CheckDescriptor kDescriptor = describe();
  return kDescriptor;
}

CheckResult kernel_result(const KernelView& view, const KernelEventWindow& events) {
  CheckResult result;
  for (const TroubleName& name : kTroubles) {
    if (is_known(view, name.trouble)) {
      const auto count = static_cast<double>(events.count(name.trouble));
      result.measurements.push_back(measured(name.measurement, count));
    }
  }
  add_facts(view, result.measurements);
  result.outcome = Outcome::pass(message_of(view, events));
  return result;
}

KernelCheck::KernelCheck(KernelOptions options)
    : options_(std::move(options)), log_(options_.log_path), events_(options_.window) {}

// Kills are counted by the kernel where it does; the log then says only whom it killed. Before the
// first run nobody counted, so what the log tells of the time before counts by itself.
void KernelCheck::take(RunContext& context, const KernelView& view,
                       const std::vector<KernelRecord>& records) {
  const monitor::TimePoint now = context.clock().now();
  for (const KernelRecord& record : records) {
    const auto finding = classify(record);
    if (!finding) {
      continue;
    }
    const monitor::Duration ago =
        caught_up_ ? monitor::Duration::zero()
                   : std::max(view.facts.uptime - record.since_boot, monitor::Duration::zero());
    const bool counted = finding->trouble == KernelTrouble::kOomKill && kills_.has_value();
    if (context.verbose() && ago < events_.length()) {
      context.tell("kernel log: " + record.text);
    }
    events_.add(finding->trouble, now - ago, counted ? 0 : 1, finding->about, now);
  }
}

void KernelCheck::count_kills(RunContext& context, const KernelView& view) {
  const std::optional<std::uint64_t> kills = view.facts.oom_kills;
  if (kills && kills_ && *kills > *kills_) {
    const monitor::TimePoint now = context.clock().now();
    events_.add(KernelTrouble::kOomKill, now, *kills - *kills_, "", now);
  }
}

// In batches, with a turn of the loop between them: a full log is some ten thousand records.
Task<> KernelCheck::read_log(RunContext& context, KernelView& view) {
  constexpr std::size_t kBatch = 256;
  constexpr int kMostBatches = 400;
  for (int batch = 0; batch < kMostBatches; ++batch) {
    std::vector<KernelRecord> records;
    const std::expected<bool, ReadError> more = log_.read(kBatch, records);
    take(context, view, records);
    if (!more) {
      view.log_error = more.error();
      co_return;
    }
    if (!*more) {
      break;
    }
    co_await asio::post(context.executor(), monitor::kUseTask);
  }
  caught_up_ = true;
  view.log_read = true;
}

Task<> KernelCheck::look_for_reboot(RunContext& context, KernelView& view) {
  std::function<RebootNeed()> look = [run = options_.run_root, modules = options_.modules_root,
                                      release = view.facts.release] {
    return checks::look_for_reboot(run, modules, release);
  };
  std::string key = "reboot:" + options_.run_root.string() + ":" + options_.modules_root.string();
  const monitor::TimePoint give_up = patience_ends(context);
  const std::expected<RebootNeed, PoolFailure> need =
      co_await context.services().files.call(std::move(key), give_up, std::move(look));
  if (need) {
    view.reboot = *need;
  } else if (need.error() == PoolFailure::kCancelled) {
    throw asio::system_error(asio::error::operation_aborted);
  }
}

Task<CheckResult> KernelCheck::run(RunContext& context) {
  context.enter(Phase::kRun);
  CheckResult result;
  auto facts = read_kernel_facts(context.services().proc_root);
  if (!facts) {
    result.outcome = could_not_read(facts.error());
    co_return result;
  }
  KernelView view;
  view.facts = *std::move(facts);
  events_.move_to(context.clock().now());
  if (options_.log != "off") {
    co_await read_log(context, view);
  }
  count_kills(context, view);
  kills_ = view.facts.oom_kills;
  if (options_.log == "required" && view.log_error) {
    result.outcome = could_not_read(*view.log_error);
    co_return result;
  }
  co_await look_for_reboot(context, view);
  result = kernel_result(view, events_);
  co_return result;
}

}  // namespace hale::checks
