// Check type `memory`: what is left of the host's memory, and whether tasks stall for want of it.
#pragma once

#include <optional>
#include <string>

#include "checks/proc/kernel_stats.h"
#include "monitor/check.h"

namespace hale::checks {

const monitor::CheckDescriptor& memory_descriptor();

class MemoryCheck final : public monitor::Check {
 public:
  monitor::Task<monitor::CheckResult> run(monitor::RunContext& context) override;
};

// The result of these figures; pure. `pressure` is absent where the kernel does not keep it.
monitor::CheckResult memory_result(const MemoryStats& stats, std::optional<double> pressure);

}  // namespace hale::checks
