#include "checks/proc/process_list.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "checks/file_descriptor.h"
#include "checks/proc/process_text.h"
#include "checks/proc/text.h"
#include "checks/sys/cgroup_owner.h"

namespace hale::checks {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestFile = 65536;
constexpr std::size_t kMostCommand = 65536;
constexpr std::uint64_t kKernelThread = 0x00200000;  // PF_KTHREAD

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

monitor::Duration from_ticks(std::uint64_t ticks) {
  static const auto kPerSecond = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  constexpr std::uint64_t kMostSeconds = 1'000'000'000;
  const std::uint64_t seconds = std::min(ticks / kPerSecond, kMostSeconds);
  const std::uint64_t rest = (ticks % kPerSecond) * 1'000'000'000 / kPerSecond;
  return std::chrono::seconds(seconds) + std::chrono::nanoseconds(rest);
}

std::optional<ProcessStat> read_stat(const fs::path& folder) {
  const auto text = read_file(folder / "stat", kLargestFile);
  return text ? parse_process_stat(*text) : std::nullopt;
}

// The head of it: arguments may take megabytes.
std::vector<std::string> read_command(const fs::path& folder) {
  const FileDescriptor file(::open((folder / "cmdline").c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  std::array<char, 4096> chunk{};
  while (file.is_open() && text.size() < kMostCommand) {
    const ssize_t got = ::read(file.get(), chunk.data(), chunk.size());
    if (got <= 0) {
      break;
    }
    text.append(chunk.data(), static_cast<std::size_t>(got));
  }
  return parse_command_line(text);
}

std::string read_executable(const fs::path& folder) {
  std::array<char, PATH_MAX> target{};
  const ssize_t size = ::readlink((folder / "exe").c_str(), target.data(), target.size());
  return size > 0 ? std::string(target.data(), static_cast<std::size_t>(size)) : "";
}

// Linux tells the number as the directory's size since 6.2; before, its entries are counted.
std::optional<std::uint64_t> count_files(const fs::path& folder) {
  const std::string path = folder / "fd";
  const Folder open(::opendir(path.c_str()));
  if (!open) {
    return std::nullopt;
  }
  struct stat status{};
  if (::fstat(::dirfd(open.get()), &status) == 0 && status.st_size > 0) {
    return static_cast<std::uint64_t>(status.st_size);
  }
  std::uint64_t count = 0;
  while (const dirent* entry = ::readdir(open.get())) {
    count += entry->d_name[0] != '.' ? 1 : 0;
  }
  return count;
}

void read_files(const fs::path& folder, Process& process) {
  process.open_files = count_files(folder);
  if (const auto limits = read_file(folder / "limits", kLargestFile)) {
    process.most_open_files = parse_open_files_limit(*limits);
  }
}

void read_cgroup(const fs::path& folder, Process& process) {
  const auto text = read_file(folder / "cgroup", kLargestFile);
  if (text) {
    process.cgroup = parse_process_cgroup(*text);
    CgroupOwner owner = cgroup_owner(process.cgroup);
    process.unit = std::move(owner.unit);
    process.container = std::move(owner.container);
  }
}

bool read_status(const fs::path& folder, Process& process) {
  const auto text = read_file(folder / "status", kLargestFile);
  const auto status = text ? parse_process_status(*text) : std::nullopt;
  if (!status) {
    return false;
  }
  process.uid = status->uid;
  process.switches = status->switches;
  return true;
}

bool add_fields(const fs::path& folder, unsigned fields, Process& process) {
  if ((fields & (kProcessUser | kProcessSwitches)) != 0 && !read_status(folder, process)) {
    return false;
  }
  if ((fields & kProcessCommand) != 0) {
    process.command = read_command(folder);
  }
  if ((fields & kProcessExecutable) != 0) {
    process.executable = read_executable(folder);
  }
  if ((fields & kProcessCgroup) != 0) {
    read_cgroup(folder, process);
  }
  if ((fields & kProcessFiles) != 0) {
    read_files(folder, process);
  }
  return true;
}

}  // namespace

std::expected<std::vector<pid_t>, ReadError> process_ids(const fs::path& proc_root) {
  const Folder folder(::opendir(proc_root.c_str()));
  if (!folder) {
    return std::unexpected(ReadError{errno, proc_root});
  }
  std::vector<pid_t> ids;
  while (const dirent* entry = ::readdir(folder.get())) {
    if (const auto pid = to_number<pid_t>(static_cast<const char*>(entry->d_name));
        pid && *pid > 0) {
      ids.push_back(*pid);
    }
  }
  return ids;
}

// "350735.47 234388.90"
std::expected<monitor::Duration, ReadError> read_uptime(const fs::path& proc_root) {
  const std::string path = proc_root / "uptime";
  const auto text = read_file(path, kLargestFile);
  if (!text) {
    return std::unexpected(text.error());
  }
  std::string_view line = *text;
  const auto seconds = to_number<double>(next_word(line));
  constexpr double kMostSeconds = 1e9;
  if (!seconds || !(*seconds >= 0) || *seconds > kMostSeconds) {
    return std::unexpected(ReadError{EBADMSG, path});
  }
  return std::chrono::duration_cast<monitor::Duration>(std::chrono::duration<double>(*seconds));
}

std::optional<Process> read_process(const fs::path& proc_root, pid_t pid, unsigned fields,
                                    monitor::Duration uptime) {
  static const auto kPageSize = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const fs::path folder = proc_root / std::to_string(pid);
  auto stat = read_stat(folder);
  if (!stat || stat->pid != pid) {
    return std::nullopt;
  }
  Process process;
  process.pid = pid;
  process.parent = stat->parent;
  process.name = std::move(stat->name);
  process.state = stat->state;
  process.start_ticks = stat->start_ticks;
  process.age = std::max(uptime - from_ticks(stat->start_ticks), monitor::Duration::zero());
  process.cpu_time = from_ticks(stat->user_ticks) + from_ticks(stat->system_ticks);
  process.resident_bytes = stat->resident_pages * kPageSize;
  process.threads = stat->threads;
  process.kernel_thread = (stat->flags & kKernelThread) != 0;
  return add_fields(folder, fields, process) ? std::optional(std::move(process)) : std::nullopt;
}

bool read_more(const fs::path& proc_root, unsigned fields, Process& process) {
  const fs::path folder = proc_root / std::to_string(process.pid);
  if (!add_fields(folder, fields, process)) {
    return false;
  }
  const auto stat = read_stat(folder);
  return stat && stat->start_ticks == process.start_ticks;
}

bool processes_are_hidden(const fs::path& proc_root) {
  struct stat status{};
  return ::access((proc_root / "1/stat").c_str(), R_OK) != 0 &&
         ::stat((proc_root / "self/stat").c_str(), &status) == 0;
}

}  // namespace hale::checks
