// Check type `cpu`: what the CPUs do between two looks, who takes their time away, and whether they
// are slowed down.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "checks/proc/cpu_stats.h"
#include "checks/sys/cgroup_cpu.h"
#include "checks/sys/cpu_heat.h"
#include "monitor/check.h"

namespace hale::checks {

const monitor::CheckDescriptor& cpu_descriptor();

// All counters at one moment.
struct CpuLook {
  monitor::TimePoint time;
  std::vector<CpuTimes> cpus;
  std::optional<CgroupCpu> cgroup;  // absent without a limit
  CpuHeat heat;                     // empty where it cannot be read
};

class CpuCheck final : public monitor::Check {
 public:
  // `cgroup`: below the root of cgroups; empty: that root, which is the container's own group where
  // the agent runs in one, and has no limit on a host.
  explicit CpuCheck(std::string cgroup = "");

  std::string target() const override { return cgroup_; }
  monitor::Task<monitor::CheckResult> run(monitor::RunContext& context) override;

 private:
  monitor::Task<std::expected<CpuLook, monitor::Outcome>> look(monitor::RunContext& context) const;

  std::string cgroup_;
  std::optional<CpuLook> previous_;
};

// The result of two looks; nullopt where they cannot be compared: the counters were set back, or no
// time passed. Pure.
std::optional<monitor::CheckResult> cpu_result(const CpuLook& before, const CpuLook& after,
                                               std::optional<double> pressure);

}  // namespace hale::checks
