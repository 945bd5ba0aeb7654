// Which processes hold which sockets, by the links in /proc/PID/fd. Reads a link for each open file
// of the host: belongs into a BlockingPool.
#pragma once

#include <cstdint>
#include <filesystem>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <sys/types.h>

#include "checks/proc/process_list.h"

namespace hale::checks {

struct SocketHolder {
  pid_t pid = 0;
  int descriptor = -1;
};

struct HolderScan {
  std::unordered_map<std::uint64_t, std::vector<SocketHolder>> holders;  // by inode; by pid
  std::unordered_set<std::uint64_t> asked;
  std::size_t forbidden = 0;  // processes whose descriptors may not be seen
};

// One pass over all processes, for these sockets. One descriptor of a process for each.
HolderScan scan_holders(const std::filesystem::path& proc_root,
                        std::unordered_set<std::uint64_t> inodes);

// Those that still hold the socket, as processes.
std::vector<Process> read_holders(const std::filesystem::path& proc_root, std::uint64_t inode,
                                  const std::vector<SocketHolder>& holders);

}  // namespace hale::checks
