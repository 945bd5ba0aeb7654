// What the kernel says about itself in /proc: counters and the room that is left. Files of /proc do
// not block and are read on the loop.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "checks/proc/read_file.h"
#include "monitor/time.h"

namespace hale::checks {

// What this kernel does not have is absent.
struct KernelFacts {
  monitor::Duration uptime{};
  std::string release;
  std::optional<std::uint64_t> oom_kills;  // since boot
  std::optional<std::uint64_t> threads;    // of all processes
  std::optional<std::uint64_t> most_threads;
  std::optional<std::uint64_t> open_files;
  std::optional<std::uint64_t> most_open_files;
  std::optional<std::uint64_t> entropy;  // bits
  std::optional<std::uint64_t> taint;    // bits, as Documentation/admin-guide/tainted-kernels.rst
};

// Only /proc/uptime must be there.
std::expected<KernelFacts, ReadError> read_kernel_facts(const std::filesystem::path& proc_root);

// The parsers, each nullopt where the text is not what the kernel writes.
std::optional<monitor::Duration> parse_uptime(std::string_view text);
std::optional<std::uint64_t> parse_vmstat(std::string_view text, std::string_view name);
std::optional<std::uint64_t> parse_thread_count(std::string_view loadavg);
struct FileNumbers {
  std::uint64_t open = 0;
  std::uint64_t most = 0;
};
std::optional<FileNumbers> parse_file_numbers(std::string_view text);  // sys/fs/file-nr

// "P O E": the letters of the bits, as an oops prints them; a bit that has none by its number.
std::string taint_letters(std::uint64_t taint);

}  // namespace hale::checks
