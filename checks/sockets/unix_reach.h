// Whether a Unix socket can be reached at its path. Looks at a file system: belongs into a
// BlockingPool.
#pragma once

#include <cstdint>
#include <string>

#include "monitor/check_result.h"

namespace hale::checks {

struct UnixReach {
  int file_error = 0;            // of looking at the file; of an abstract name always 0
  std::uint64_t file_inode = 0;  // 0 of an abstract name
  bool is_socket = true;
  int error = 0;  // of connecting; 0 also where nobody asked for it
};

// `path` as a Listener has it: "@name" is abstract. Connects and hangs up at once.
UnixReach reach_unix(const std::string& path, bool connect);

// What an error of connecting means: fail, or unknown where the agent was not let.
monitor::Outcome unix_failure(const std::string& path, int error);

}  // namespace hale::checks
