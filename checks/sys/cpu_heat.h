// Whether the CPUs are slowed down: the counters of Intel's thermal_throttle, and the highest
// frequency that cpufreq allows at present. Blocks: call it in a BlockingPool.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace hale::checks {

struct CpuHeat {
  // How often each CPU was slowed down since boot, on its own account or its package's; empty where
  // the kernel does not count.
  std::map<std::string, std::uint64_t> throttles = {};
  // The lowest of all CPUs: what it may run at, as a share of what it can.
  std::optional<double> frequency_limit = std::nullopt;
};

// `cpu_root` is /sys/devices/system/cpu.
CpuHeat read_cpu_heat(const std::filesystem::path& cpu_root);

// Share of the CPUs whose counters grew; nothing where none can be compared. Pure.
std::optional<double> throttled_share(const CpuHeat& before, const CpuHeat& after);

}  // namespace hale::checks
