#include "checks/sys/cpu_heat.h"

#include <algorithm>

#include "checks/proc/text.h"
#include "checks/sys/attribute.h"

namespace hale::checks {
namespace {

std::optional<std::uint64_t> throttles_of(const std::filesystem::path& cpu) {
  const std::filesystem::path folder = cpu / "thermal_throttle";
  const auto core = read_integer(folder / "core_throttle_count");
  const auto package = read_integer(folder / "package_throttle_count");
  if (!core && !package) {
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, core.value_or(0))) +
         static_cast<std::uint64_t>(std::max<std::int64_t>(0, package.value_or(0)));
}

std::optional<double> frequency_limit_of(const std::filesystem::path& policy) {
  const auto allowed = read_integer(policy / "scaling_max_freq");
  const auto possible = read_integer(policy / "cpuinfo_max_freq");
  if (!allowed || !possible || *allowed <= 0 || *possible <= 0) {
    return std::nullopt;
  }
  return std::min(1.0, static_cast<double>(*allowed) / static_cast<double>(*possible));
}

bool is_cpu(const std::string& name) {
  return name.starts_with("cpu") && to_number<std::uint32_t>(std::string_view(name).substr(3));
}

}  // namespace

CpuHeat read_cpu_heat(const std::filesystem::path& cpu_root) {
  CpuHeat heat;
  for (const std::string& name : names_in(cpu_root)) {
    if (!is_cpu(name)) {
      continue;
    }
    const auto count = throttles_of(cpu_root / name);
    if (!count && heat.throttles.empty()) {
      break;  // the kernel counts for all of them or for none
    }
    if (count) {
      heat.throttles.emplace(name, *count);
    }
  }
  for (const std::string& name : names_in(cpu_root / "cpufreq")) {
    const auto limit = frequency_limit_of(cpu_root / "cpufreq" / name);
    if (limit) {
      heat.frequency_limit = std::min(*limit, heat.frequency_limit.value_or(1));
    }
  }
  return heat;
}

std::optional<double> throttled_share(const CpuHeat& before, const CpuHeat& after) {
  std::size_t compared = 0;
  std::size_t grown = 0;
  for (const auto& [cpu, count] : after.throttles) {
    const auto then = before.throttles.find(cpu);
    if (then == before.throttles.end()) {
      continue;
    }
    ++compared;
    grown += count > then->second ? 1 : 0;
  }
  if (compared == 0) {
    return std::nullopt;
  }
  return static_cast<double>(grown) / static_cast<double>(compared);
}

}  // namespace hale::checks
