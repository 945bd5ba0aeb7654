// The CPU limit of a control group and what it costs: cpu.max and cpu.stat of cgroup v2, as
// Documentation/admin-guide/cgroup-v2.rst describes them. The parsers are pure.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string_view>

#include "checks/proc/kernel_stats.h"
#include "monitor/check_result.h"
#include "monitor/time.h"

namespace hale::checks {

// "50000 100000" is half a CPU: 0.5. "max 100000": no limit, nullopt.
std::expected<std::optional<double>, ParseError> parse_cpu_max(std::string_view text);

struct CgroupCpuStats {
  std::uint64_t usage_us = 0;
  std::uint64_t periods = 0;    // in which anything wanted to run
  std::uint64_t throttled = 0;  // periods in which the group used up its quota and had to wait
};
std::expected<CgroupCpuStats, ParseError> parse_cgroup_cpu_stat(std::string_view text);

// A group that has a limit.
struct CgroupCpu {
  double limit_cpus = 0;
  CgroupCpuStats stats;
};

// nullopt where the group has no limit, or no controller for CPUs (as the root of a host).
// Any other trouble is an outcome.
std::expected<std::optional<CgroupCpu>, monitor::Outcome> read_cgroup_cpu(
    const std::filesystem::path& group);

struct QuotaUse {
  double used = 0;       // share of the limit
  double throttled = 0;  // share of the periods
};
// Nothing where the group was made anew in between, or no time passed.
std::optional<QuotaUse> quota_use(const CgroupCpu& before, const CgroupCpu& after,
                                  monitor::Duration elapsed);

}  // namespace hale::checks
