// Whether a Unix socket can be reached at its path. Looks at a file system: belongs into a
// BlockingPool.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <sys/types.h>

#include "checks/proc/process_list.h"
#include "monitor/check_result.h"
#include "monitor/time.h"

namespace hale::checks {

struct UnixReach {
  int file_error = 0;            // of looking at the file; of an abstract name always 0
  std::uint64_t file_inode = 0;  // 0 of an abstract name
  bool is_socket = true;
  monitor::WallTime bound;  // when the file was made
  int error = 0;            // of connecting; 0 also where nobody asked for it
  pid_t peer = 0;           // whoever called listen(2); 0 unknown
};

// `path` as a Listener has it: "@name" is abstract. Connects and hangs up at once.
UnixReach reach_unix(const std::string& path, bool connect);

// The process that listens, as the kernel tells everybody who connects; with executable, user and
// control group. Nothing where that process has ended, and its number may be another's: one that
// began after the file was made. Not for abstract names, which have no file.
std::optional<Process> unix_listener(const std::filesystem::path& proc_root,
                                     const std::string& path, monitor::WallTime now);

// What an error of connecting means: fail, or unknown where the agent was not let.
monitor::Outcome unix_failure(const std::string& path, int error);

}  // namespace hale::checks
