#include "checks/proc/process_selection.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "checks/excerpt.h"
#include "checks/file_descriptor.h"
#include "checks/os_error.h"
#include "checks/proc/kernel_stats.h"
#include "checks/proc/process_text.h"
#include "checks/sys/attribute.h"
#include "monitor/format.h"

namespace hale::checks {
namespace {

using monitor::Outcome;
using monitor::WallTime;

constexpr std::size_t kLongestName = 15;  // TASK_COMM_LEN, without its zero byte

std::string joined(const std::vector<std::string>& arguments) {
  std::string text;
  for (const std::string& argument : arguments) {
    text += (text.empty() ? "" : " ") + argument;
  }
  return text;
}

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

// The kernel keeps 15 bytes; of a longer name the command tells the rest.
bool has_name(const Process& process, std::string_view name) {
  if (name.size() <= kLongestName) {
    return process.name == name;
  }
  return process.name == name.substr(0, kLongestName) && !process.command.empty() &&
         base_name(process.command.front()) == name;
}

bool is_within(std::string_view cgroup, std::string_view wanted) {
  return cgroup == wanted || (cgroup.size() > wanted.size() && cgroup.starts_with(wanted) &&
                              (wanted.ends_with('/') || cgroup[wanted.size()] == '/'));
}

// Something that tells one program from another.
bool tells_program(const ProcessSelector& selector) {
  return !selector.name.empty() || selector.command || !selector.unit.empty() ||
         !selector.cgroup.empty();
}

ReadError error_of(const std::string& path) {
  return {.error = errno, .path = path};
}

std::optional<std::uint64_t> host_memory(const std::filesystem::path& proc_root) {
  constexpr std::size_t kLargest = 65536;
  const auto text = read_file(proc_root / "meminfo", kLargest);
  const auto stats = text ? parse_meminfo(*text) : std::unexpected(ParseError{});
  return stats && stats->total > 0 ? std::optional(stats->total) : std::nullopt;
}

// Where there is a pid file, at most the one that it names.
std::expected<std::vector<pid_t>, Outcome> candidates(const std::filesystem::path& proc_root,
                                                      const ProcessSelector& selector,
                                                      PidFile& file, ProcessLook& look) {
  if (!selector.pid_file.empty()) {
    file = read_pid_file(selector.pid_file);
    if (file.unread) {
      return std::unexpected(*file.unread);
    }
    look.why_none = file.why;
    return file.pid ? std::vector<pid_t>{*file.pid} : std::vector<pid_t>();
  }
  auto ids = process_ids(proc_root);
  if (!ids) {
    return std::unexpected(could_not_read(ids.error()));
  }
  std::ranges::sort(*ids);
  return std::move(*ids);
}

}  // namespace

std::string to_string(const ProcessSelector& selector) {
  std::string text;
  const auto add = [&text](std::string_view word, const std::string& value) {
    if (!value.empty()) {
      text += (text.empty() ? "" : ", ") + std::string(word) + plain_name(value);
    }
  };
  add("named ", selector.name);
  if (selector.command) {
    text += std::string(text.empty() ? "" : ", ") + "whose command matches " +
            in_quotes(selector.command->text());
  }
  add("of unit ", selector.unit);
  add("of user ", selector.user);
  add("in ", selector.cgroup);
  add("in ", selector.pid_file);
  return text;
}

unsigned fields_for(const ProcessSelector& selector) {
  unsigned fields = 0;
  fields |= selector.command || selector.name.size() > kLongestName ? kProcessCommand : 0;
  fields |= selector.user.empty() ? 0 : kProcessUser;
  fields |= selector.cgroup.empty() && selector.unit.empty() ? 0 : kProcessCgroup;
  return fields;
}

bool is_selected(const ProcessSelector& selector, const Process& process, pid_t agent) {
  const bool by_name = !selector.name.empty() || !selector.pid_file.empty() ||
                       !selector.unit.empty() || !selector.cgroup.empty();
  if ((process.kernel_thread && !selector.kernel_threads) ||
      (!by_name && (process.pid == agent || process.parent == agent))) {
    return false;
  }
  return (selector.name.empty() || has_name(process, selector.name)) &&
         (!selector.command ||
          (!process.command.empty() && selector.command->match_end(joined(process.command)))) &&
         (selector.user.empty() || (selector.uid && process.uid == *selector.uid)) &&
         (selector.unit.empty() || process.unit == selector.unit) &&
         (selector.cgroup.empty() || is_within(process.cgroup, selector.cgroup));
}

PidFile read_pid_file(const std::string& path) {
  PidFile result;
  const std::string name = plain_name(path);
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.is_open()) {
    if (errno == ENOENT || errno == ENOTDIR) {
      result.why = name + " does not exist";
    } else {
      result.unread = could_not_read(error_of(path));
    }
    return result;
  }
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) {
    result.unread = could_not_read(error_of(path));
    return result;
  }
  if (!S_ISREG(status.st_mode)) {
    result.why = name + " is not a file";
    return result;
  }
  std::array<char, 4096> head{};
  const ssize_t got = ::read(file.get(), head.data(), head.size());
  if (got < 0) {
    result.unread = could_not_read(error_of(path));
    return result;
  }
  result.written = WallTime(std::chrono::duration_cast<WallTime::duration>(
      std::chrono::seconds(status.st_mtim.tv_sec) +
      std::chrono::nanoseconds(status.st_mtim.tv_nsec)));
  result.pid = parse_pid_file({head.data(), static_cast<std::size_t>(got)});
  if (!result.pid) {
    result.why = name + (got == 0 ? " is empty" : " does not begin with a pid");
  }
  return result;
}

std::string stale_pid(const PidFile& file, const Process& process, WallTime now, bool by_name) {
  // The kernel tells starts in steps of 10 ms, and clocks are set by seconds.
  constexpr monitor::Duration kTolerance = std::chrono::seconds(2);
  const auto late =
      std::chrono::duration_cast<monitor::Duration>((now - file.written)) - process.age;
  if (by_name || late <= kTolerance) {
    return "";
  }
  return "started " + monitor::format_duration(late) + " after the file was written";
}

std::expected<ProcessLook, Outcome> look_at_processes(const std::filesystem::path& proc_root,
                                                      const ProcessSelector& selector,
                                                      WallTime now) {
  ProcessLook look;
  const auto uptime = read_uptime(proc_root);
  if (!uptime) {
    return std::unexpected(could_not_read(uptime.error()));
  }
  look.uptime = *uptime;
  look.hidden = processes_are_hidden(proc_root);
  look.memory = host_memory(proc_root);
  PidFile file;
  const auto ids = candidates(proc_root, selector, file, look);
  if (!ids) {
    return std::unexpected(ids.error());
  }
  const pid_t agent = ::getpid();
  const unsigned fields = fields_for(selector);
  for (const pid_t pid : *ids) {
    auto process = read_process(proc_root, pid, fields, look.uptime);
    const std::string of_file =
        plain_name(selector.pid_file) + " names pid " + std::to_string(pid) + ", ";
    if (!process) {
      look.why_none = file.pid ? of_file + "which does not run" : "";
      continue;
    }
    if (!is_selected(selector, *process, agent)) {
      look.why_none = file.pid ? of_file + "which is " + plain_name(process->name) : "";
      continue;
    }
    if (file.pid) {
      const std::string stale = stale_pid(file, *process, now, tells_program(selector));
      if (!stale.empty()) {
        look.why_none = of_file + plain_name(process->name) + ", which " + stale;
        continue;
      }
    }
    const unsigned more = kProcessFiles | (process->state == 'D' ? kProcessSwitches : 0U);
    if (read_more(proc_root, more, *process)) {
      look.processes.push_back(std::move(*process));
    }
  }
  return look;
}

}  // namespace hale::checks
