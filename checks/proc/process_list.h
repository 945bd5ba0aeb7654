// The processes of this host, from proc(5). Reads many small files: belongs into a BlockingPool.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "checks/proc/read_file.h"
#include "monitor/time.h"

namespace hale::checks {

struct Process {
  pid_t pid = 0;
  pid_t parent = 0;
  std::string name;                  // comm, at most 15 bytes
  std::vector<std::string> command;  // its arguments; empty of a kernel thread and a zombie
  std::string executable;            // where it may be read; "" otherwise
  uid_t uid = 0;
  char state = '?';              // R, S, D, Z, ... of the main thread
  monitor::Duration age{};       // since its start
  monitor::Duration cpu_time{};  // user and system, since its start
  std::uint64_t resident_bytes = 0;
  std::uint64_t threads = 0;
  std::optional<std::uint64_t> open_files;  // absent where they may not be counted
  std::optional<std::uint64_t> most_open_files;
  std::string cgroup;     // "/system.slice/nginx.service"
  std::string unit;       // "nginx.service"; "" none
  std::string container;  // its id; "" none
};

}  // namespace hale::checks
