// Check type `load`: how many tasks want a CPU, for each CPU there is.
#pragma once

#include <optional>

#include "checks/proc/kernel_stats.h"
#include "monitor/check.h"

namespace hale::checks {

const monitor::CheckDescriptor& load_descriptor();

class LoadCheck final : public monitor::Check {
 public:
  monitor::Task<monitor::CheckResult> run(monitor::RunContext& context) override;
};

// The result of these figures; pure. `cpus` are those online, at least 1; `pressure` is absent
// where the kernel does not keep it.
monitor::CheckResult load_result(const LoadStats& stats, int cpus, std::optional<double> pressure);

}  // namespace hale::checks
