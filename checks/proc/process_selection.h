// Which processes a check is about, and what a look at them says. Reads /proc: belongs into a
// BlockingPool.
#pragma once

#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checks/pattern.h"
#include "checks/proc/process_list.h"
#include "monitor/check_result.h"
#include "monitor/time.h"

namespace hale::checks {

// All that is given has to hold; at least one.
struct ProcessSelector {
  std::string name;                // as the kernel knows it: comm
  std::optional<Pattern> command;  // of the arguments, with blanks between
  std::string pid_file;
  std::string user;
  std::optional<uid_t> uid;  // of that user
  std::string cgroup;        // "/system.slice/x.service", and what is below
  std::string unit;
  bool kernel_threads = false;
};

// "named nginx, of unit web.service"
std::string to_string(const ProcessSelector& selector);

// Which fields of a Process it takes to tell.
unsigned fields_for(const ProcessSelector& selector);

// Whether the process is meant, as far as it is not up to the pid file. `agent`, this process, and
// what it has started are not meant by a command or a user alone. Pure.
bool is_selected(const ProcessSelector& selector, const Process& process, pid_t agent);

// What a pid file says. Nothing, with `why`, where it leads to no process.
struct PidFile {
  std::optional<pid_t> pid;
  monitor::WallTime written;
  std::string why;                         // "/run/x.pid does not exist"
  std::optional<monitor::Outcome> unread;  // the agent could not look
};
PidFile read_pid_file(const std::string& path);

// Why the process cannot be the one that the file was written for; "" where it can. A process that
// began after the file was written got the number of one that is gone. `by_name`: something else
// already tells that it is the right one. Pure.
std::string stale_pid(const PidFile& file, const Process& process, monitor::WallTime now,
                      bool by_name);

struct ProcessLook {
  std::vector<Process> processes;       // those that are meant, by pid, with kProcessFiles
  std::string why_none;                 // where that is not just that none matches
  bool hidden = false;                  // foreign processes cannot be seen
  monitor::Duration uptime{};           // when it was
  std::optional<std::uint64_t> memory;  // of the host
};

std::expected<ProcessLook, monitor::Outcome> look_at_processes(
    const std::filesystem::path& proc_root, const ProcessSelector& selector, monitor::WallTime now);

}  // namespace hale::checks
