#include "checks/cpu_check.h"

#include <algorithm>
#include <expected>
#include <functional>
#include <memory>
#include <utility>

#include "checks/patience.h"
#include "checks/proc/pressure.h"
#include "checks/proc/read_file.h"
#include "checks/sampling.h"
#include "monitor/format.h"
#include "monitor/runtime/blocking_pool.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::Measurement;
using monitor::Outcome;
using monitor::ParameterError;
using monitor::Parameters;
using monitor::Phase;
using monitor::Reason;
using monitor::RunContext;
using monitor::Task;

using HeatReply = std::expected<CpuHeat, monitor::PoolFailure>;

std::expected<std::unique_ptr<monitor::Check>, ParameterError> make(const Parameters& parameters) {
  std::string cgroup = parameters.text("cgroup");
  cgroup.erase(0, cgroup.find_first_not_of('/'));
  if (("/" + cgroup + "/").contains("/../")) {
    return std::unexpected(
        ParameterError{.key = "cgroup", .message = "\"..\" leads out of the tree of cgroups"});
  }
  return std::make_unique<CpuCheck>(std::move(cgroup));
}

std::vector<monitor::MeasurementDescriptor> measurements() {
  using monitor::Bad;
  using monitor::Unit;
  const auto ratio = [](std::string_view name, std::string_view metric, std::string_view help) {
    return monitor::MeasurementDescriptor{
        .name = name, .metric = metric, .unit = Unit::kRatio, .bad = Bad::kHigh, .help = help};
  };
  std::vector<monitor::MeasurementDescriptor> all = {
      ratio("busy", "cpu_busy_ratio",
            "Share of the CPUs' time since the last look in which they worked: all but idle and "
            "iowait, what was stolen included."),
      ratio("user", "cpu_user_ratio", "Share of the time spent in programs."),
      ratio("system", "cpu_system_ratio", "Share of the time spent in the kernel."),
      ratio(
          "iowait", "cpu_iowait_ratio",
          "Share of the time in which a CPU had nothing to do and a task on it waited for a disk; "
          "idle all the same."),
      ratio("steal", "cpu_steal_ratio",
            "Share of the time in which there was work and the hypervisor let others run."),
      ratio("busiest", "cpu_busiest_ratio", "How busy the busiest CPU was."),
      ratio("imbalance", "cpu_imbalance_ratio",
            "How much busier the busiest CPU was than the average: near 1 means one thread that "
            "cannot be spread."),
      ratio("pressure", "cpu_pressure_ratio",
            "Share of the last 10 s in which at least one task waited for a CPU (PSI some). Absent "
            "where the kernel does not keep it."),
      ratio("throttled", "cpu_throttled_ratio",
            "Share of the CPUs that were slowed down since the last look because they or their "
            "package were too hot. Absent where the kernel does not count it."),
      ratio("frequency_limit", "cpu_frequency_limit_ratio",
            "The highest frequency allowed at present, as a share of the highest possible; of the "
            "most limited CPU. Heat, power and governors lower it. Absent without cpufreq."),
      ratio("quota_used", "cpu_quota_used_ratio",
            "CPU time that the cgroup used, as a share of its limit (cpu.max). Absent without a "
            "limit."),
      ratio("quota_throttled", "cpu_quota_throttled_ratio",
            "Share of the cgroup's periods in which it had used up its limit and had to wait. "
            "Absent without a limit."),
  };
  for (monitor::MeasurementDescriptor& measurement : all) {
    if (measurement.name == "frequency_limit") {
      measurement.bad = Bad::kLow;
    }
  }
  return all;
}

monitor::CheckDescriptor describe() {
  using monitor::KeyType;
  using monitor::Result;
  monitor::CheckDescriptor type;
  type.name = "cpu";
  type.summary = "What the CPUs do, who takes their time away, and whether they are slowed down.";
  type.keys = {
      {.name = "cgroup",
       .type = KeyType::kString,
       .help = "The cgroup (v2) whose CPU limit is looked at, as a path below the root of cgroups: "
               "\"system.slice/db.service\". Default: the root, which in a container is the "
               "container's own. Everything else is the whole host's.",
       .default_value = ""},
  };
  type.measurements = measurements();
  // A busy host is no fault, nor is waiting for disks: idle CPUs could not make them faster. Stolen
  // time is: there is work, it is paid for, and somebody else gets the CPU.
  type.default_limits = {
      {.severity = Result::kWarn, .measurement = "steal", .text = "25%"},
  };
  type.reasons = {Reason::kTimeout,    Reason::kMissing, Reason::kUnsupported,
                  Reason::kPermission, Reason::kAgent,   Reason::kInternal};
  type.example =
      "[checks.cpu]\n"
      "type = \"cpu\"\n"
      "fall = \"4/6\"\n"
      "warn = { busy = \"95%\", steal = \"10%\" }\n";
  type.make = &make;
  return type;
}

std::string told(const CpuUsage& usage, monitor::Duration window) {
  using monitor::format_share;
  std::string text = format_share(usage.busy) + " busy over " + monitor::format_duration(window) +
                     " on " + std::to_string(usage.cpus) + (usage.cpus == 1 ? " CPU" : " CPUs") +
                     " (user " + format_share(usage.user) + ", system " +
                     format_share(usage.system) + ", iowait " + format_share(usage.iowait) +
                     ", steal " + format_share(usage.steal) + ")";
  if (usage.cpus > 1) {
    text += ", busiest cpu" + std::to_string(usage.busiest_cpu) + " " + format_share(usage.busiest);
  }
  return text;
}

}  // namespace

const monitor::CheckDescriptor& cpu_descriptor() {
  static const monitor::CheckDescriptor kDescriptor = describe();
  return kDescriptor;
}

std::optional<CheckResult> cpu_result(const CpuLook& before, const CpuLook& after,
                                      std::optional<double> pressure) {
  using monitor::format_share;
  const std::optional<CpuUsage> usage = cpu_usage(before.cpus, after.cpus);
  if (!usage) {
    return std::nullopt;
  }
  const monitor::Duration window = after.time - before.time;
  CheckResult result;
  std::string message = told(*usage, window);
  const auto add = [&result](std::string_view name, double value) {
    Measurement measurement;
    measurement.name = name;
    measurement.value = value;
    result.measurements.push_back(std::move(measurement));
  };
  add("busy", usage->busy);
  add("user", usage->user);
  add("system", usage->system);
  add("iowait", usage->iowait);
  add("steal", usage->steal);
  add("busiest", usage->busiest);
  add("imbalance", std::max(0.0, usage->busiest - usage->busy));
  if (pressure) {
    add("pressure", *pressure);
    message += ", pressure " + format_share(*pressure);
  }
  if (const auto throttled = throttled_share(before.heat, after.heat)) {
    add("throttled", *throttled);
    if (*throttled > 0) {
      message += ", " + format_share(*throttled) + " of the CPUs throttled by heat";
    }
  }
  if (after.heat.frequency_limit) {
    add("frequency_limit", *after.heat.frequency_limit);
    if (*after.heat.frequency_limit < 1) {
      message += ", held at " + format_share(*after.heat.frequency_limit) + " of their frequency";
    }
  }
  if (before.cgroup && after.cgroup) {
    if (const auto use = quota_use(*before.cgroup, *after.cgroup, window)) {
      add("quota_used", use->used);
      add("quota_throttled", use->throttled);
      message += ", cgroup used " + format_share(use->used) + " of its limit of " +
                 monitor::format_value(monitor::Unit::kNone, after.cgroup->limit_cpus) +
                 " CPUs and was throttled in " + format_share(use->throttled) + " of its periods";
    }
  }
  result.outcome = Outcome::pass(std::move(message));
  return result;
}

CpuCheck::CpuCheck(std::string cgroup) : cgroup_(std::move(cgroup)) {}

// The files of /proc and of cgroups do not block and are read on the loop, so that their time is
// exact. Heat is a file of sysfs for each CPU; where it cannot be had, the rest is still told.
Task<std::expected<CpuLook, Outcome>> CpuCheck::look(RunContext& context) const {
  const std::filesystem::path cpu_root = context.services().sys_root / "devices/system/cpu";
  std::function<CpuHeat()> read_heat = [cpu_root] { return read_cpu_heat(cpu_root); };
  std::string key = "cpu:" + cpu_root.string();
  const HeatReply heat = co_await context.services().files.call(
      std::move(key), patience_ends(context), std::move(read_heat));
  if (!heat && heat.error() == monitor::PoolFailure::kCancelled) {
    throw asio::system_error(asio::error::operation_aborted);
  }
  CpuLook look;
  if (heat) {
    look.heat = *heat;
  } else {
    context.tell("the CPUs' throttling could not be read in time");
  }
  const std::string path = context.services().proc_root / "stat";
  const auto text = read_file(path, std::size_t{4} << 20U);
  if (!text) {
    co_return std::unexpected(could_not_read(text.error()));
  }
  auto cpus = parse_cpu_times(*text);
  if (!cpus) {
    co_return std::unexpected(could_not_parse(path, cpus.error().line));
  }
  look.cpus = std::move(*cpus);
  look.time = context.clock().now();
  const std::filesystem::path group = context.services().sys_root / "fs/cgroup" / cgroup_;
  auto cgroup = read_cgroup_cpu(group);
  if (!cgroup) {
    co_return std::unexpected(std::move(cgroup.error()));
  }
  std::error_code ignored;
  if (!*cgroup && !cgroup_.empty() && !std::filesystem::is_directory(group, ignored)) {
    co_return std::unexpected(
        Outcome::fail(Reason::kMissing, Phase::kRun, "there is no cgroup " + group.string()));
  }
  look.cgroup = *cgroup;
  co_return look;
}

Task<CheckResult> CpuCheck::run(RunContext& context) {
  context.enter(Phase::kRun);
  CheckResult result;
  // Twice where the counters were set back between the last run and this one.
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (!previous_) {
      auto first = co_await look(context);
      if (!first) {
        result.outcome = std::move(first.error());
        co_return result;
      }
      previous_ = std::move(*first);
    }
    co_await let_time_pass(context, previous_->time);
    auto now = co_await look(context);
    if (!now) {
      result.outcome = std::move(now.error());
      previous_.reset();
      co_return result;
    }
    const auto pressure = read_pressure(context.services().proc_root, "cpu");
    if (!pressure) {
      result.outcome = pressure.error();
      co_return result;
    }
    auto compared = cpu_result(*previous_, *now, *pressure);
    previous_ = std::move(*now);
    if (compared) {
      co_return std::move(*compared);
    }
  }
  result.outcome = Outcome::unknown(Reason::kTimeout, Phase::kRun,
                                    "the CPUs' counters did not move between two looks");
  co_return result;
}

}  // namespace hale::checks
