// How the CPUs spent their time: /proc/stat as proc(5) describes it, and the difference of two
// looks at it. Pure.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>
#include <vector>

#include "checks/proc/kernel_stats.h"

namespace hale::checks {

// One line "cpuN", in the kernel's ticks (USER_HZ, mostly 10 ms) since boot. `user` and `nice`
// include what guests ran.
struct CpuTimes {
  std::uint32_t cpu = 0;
  std::uint64_t user = 0;
  std::uint64_t nice = 0;
  std::uint64_t system = 0;
  std::uint64_t idle = 0;
  std::uint64_t iowait = 0;  // 0 where the kernel is too old to tell, as all that follow
  std::uint64_t irq = 0;
  std::uint64_t softirq = 0;
  std::uint64_t steal = 0;

  std::uint64_t total() const {
    return user + nice + system + idle + iowait + irq + softirq + steal;
  }
};

// The CPUs online, by number. At least one.
std::expected<std::vector<CpuTimes>, ParseError> parse_cpu_times(std::string_view text);

// Shares (0..1) of the time between two looks.
struct CpuUsage {
  double busy = 0;     // neither idle nor waiting for a disk; what was stolen included
  double user = 0;     // with nice
  double system = 0;   // with interrupts
  double iowait = 0;   // idle, and a task on that CPU waits for a disk
  double steal = 0;    // had work, and the hypervisor gave the CPU to somebody else
  double busiest = 0;  // `busy` of the busiest CPU
  std::uint32_t busiest_cpu = 0;
  std::size_t cpus = 0;  // that were counted
};

// Of the CPUs that are in both looks. A field that went backwards (the kernel's idle and iowait
// may) counts as nothing; a CPU whose sum did is left out, it was set back. Nothing where no CPU is
// left that spent any time.
std::optional<CpuUsage> cpu_usage(const std::vector<CpuTimes>& before,
                                  const std::vector<CpuTimes>& after);

}  // namespace hale::checks
