// What the kernel says about this process, for the customary process_* metrics. Any thread; reads
// /proc, which does not block.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace hale::exporters {

// What cannot be read is absent.
struct ProcessStats {
  std::optional<double> cpu_seconds;
  std::optional<std::uint64_t> resident_bytes;
  std::optional<std::uint64_t> open_fds;
  std::optional<std::uint64_t> max_fds;      // the soft limit; absent where there is none
  std::optional<double> start_time_seconds;  // Unix time
};

ProcessStats read_process_stats(const std::filesystem::path& proc_root = "/proc");

}  // namespace hale::exporters
