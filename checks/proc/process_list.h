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
  std::string cgroup;             // "/system.slice/nginx.service"
  std::string unit;               // "nginx.service"; "" none
  std::string container;          // its id; "" none
  std::uint64_t start_ticks = 0;  // since boot: with the pid, it tells a process from its successor
  bool kernel_thread = false;
  std::uint64_t switches = 0;  // how often it was given a CPU; unchanged while it is stuck
};

// What costs more than the one file that every look reads, and is read where it is asked for.
inline constexpr unsigned kProcessCommand = 1;     // may wait for a process that waits for a disk
inline constexpr unsigned kProcessExecutable = 2;  // takes the right to look at foreign processes
inline constexpr unsigned kProcessUser = 4;        // uid: the one whose rights it has
inline constexpr unsigned kProcessCgroup = 8;      // with unit and container
inline constexpr unsigned kProcessFiles = 16;  // open_files and most_open_files; reads a directory
inline constexpr unsigned kProcessSwitches = 32;  // switches

// Their pids, in no order. The error is that of /proc itself.
std::expected<std::vector<pid_t>, ReadError> process_ids(const std::filesystem::path& proc_root);

// Since boot; what ages are measured by. Read once for all processes of a look.
std::expected<monitor::Duration, ReadError> read_uptime(const std::filesystem::path& proc_root);

// Nothing where it has ended or may not be seen.
std::optional<Process> read_process(const std::filesystem::path& proc_root, pid_t pid,
                                    unsigned fields, monitor::Duration uptime);

// Adds fields to what was read a moment ago. False where it is not the same process any more.
bool read_more(const std::filesystem::path& proc_root, unsigned fields, Process& process);

// Whether foreign processes are hidden from the agent (hidepid=, ProtectProc=): what it does not
// find may be there.
bool processes_are_hidden(const std::filesystem::path& proc_root);

}  // namespace hale::checks
