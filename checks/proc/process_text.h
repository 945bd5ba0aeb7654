// The files of /proc/PID as proc(5) describes them. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace hale::checks {

// /proc/PID/stat, in the kernel's units.
struct ProcessStat {
  pid_t pid = 0;
  std::string name;  // may hold blanks, brackets and line breaks
  char state = '?';
  pid_t parent = 0;
  std::uint64_t flags = 0;
  std::uint64_t user_ticks = 0;
  std::uint64_t system_ticks = 0;
  std::uint64_t threads = 0;
  std::uint64_t start_ticks = 0;  // since boot
  std::uint64_t resident_pages = 0;
};
std::optional<ProcessStat> parse_process_stat(std::string_view text);

// /proc/PID/status
struct ProcessStatus {
  uid_t uid = 0;  // the effective one
  std::uint64_t switches = 0;
};
std::optional<ProcessStatus> parse_process_status(std::string_view text);

// /proc/PID/cmdline: arguments that end in zero bytes. A process may have written what it likes
// there, with blanks in their place: it is one argument then.
std::vector<std::string> parse_command_line(std::string_view text);

// The soft limit of open files in /proc/PID/limits; nothing where it is unlimited or not there.
std::optional<std::uint64_t> parse_open_files_limit(std::string_view text);

// The first number of a file like /run/nginx.pid; nothing where there is none.
std::optional<pid_t> parse_pid_file(std::string_view text);

}  // namespace hale::checks
