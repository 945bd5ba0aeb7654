// What the kernel knows about its clock: adjtimex(2), which anybody may read.
#pragma once

#include <expected>
#include <optional>

#include "checks/clock/chrony_tracking.h"
#include "monitor/check_result.h"

namespace hale::checks {

struct KernelClock {
  bool synchronised = false;  // by whoever disciplines it: chronyd, ntpd, systemd-timesyncd, ptp
  double estimated_error_s = 0;
  double maximum_error_s = 0;  // the root distance; grows until it is told anew
  int leap = 0;                // 1: a second will be inserted, 2: one will be left out
};

std::expected<KernelClock, int> read_kernel_clock();

// The result of a host that asks no servers. `chrony` is absent where chronyd did not answer.
// Not synchronised is a warning: the clock may be right all the same. Pure.
monitor::CheckResult local_clock_result(const std::expected<KernelClock, int>& kernel,
                                        const std::optional<ChronyTracking>& chrony);

}  // namespace hale::checks
