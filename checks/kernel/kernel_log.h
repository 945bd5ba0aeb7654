// Records of the kernel's log as /dev/kmsg hands them out (Documentation/ABI/testing/dev-kmsg), and
// what of them means trouble. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "monitor/time.h"

namespace hale::checks {

struct KernelRecord {
  bool from_kernel = false;        // any program may write the others
  monitor::Duration since_boot{};  // as the kernel's own clock has it
  std::string text;                // its first line
};

// "4,1234,5678901,-;text". nullopt where the text is none.
std::optional<KernelRecord> parse_kernel_record(std::string_view record);

enum class KernelTrouble : std::uint8_t {
  kOomKill,
  kHungTask,
  kLockup,
  kFault,
  kHardware,
  kInputOutput,
};
inline constexpr int kKernelTroubleCount = 6;

struct KernelFinding {
  KernelTrouble trouble = KernelTrouble::kOomKill;
  std::string about;  // the process, CPU or device, where the record names one
};

// Nothing where the record is no trouble, or its text did not come from the kernel.
std::optional<KernelFinding> classify(const KernelRecord& record);

}  // namespace hale::checks
