#include "checks/sockets/socket_holders.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "checks/proc/text.h"

namespace hale::checks {
namespace {

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

// The number in "socket:[20413]".
std::optional<std::uint64_t> socket_at(int folder, const char* name) {
  std::array<char, 64> target{};
  const ssize_t size = ::readlinkat(folder, name, target.data(), target.size());
  std::string_view text(target.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  constexpr std::string_view kPrefix = "socket:[";
  if (!text.starts_with(kPrefix) || !text.ends_with(']')) {
    return std::nullopt;
  }
  text.remove_prefix(kPrefix.size());
  text.remove_suffix(1);
  return to_number<std::uint64_t>(text);
}

void scan_process(const std::filesystem::path& proc_root, pid_t pid, HolderScan& scan) {
  const Folder folder(::opendir((proc_root / std::to_string(pid) / "fd").c_str()));
  if (!folder) {
    scan.forbidden += errno == EACCES || errno == EPERM ? 1 : 0;
    return;
  }
  while (const dirent* entry = ::readdir(folder.get())) {
    const auto* name = static_cast<const char*>(entry->d_name);
    const auto inode = socket_at(::dirfd(folder.get()), name);
    if (!inode || !scan.asked.contains(*inode)) {
      continue;
    }
    std::vector<SocketHolder>& holders = scan.holders[*inode];
    if (holders.empty() || holders.back().pid != pid) {
      holders.push_back({.pid = pid, .descriptor = to_number<int>(name).value_or(-1)});
    }
  }
}

bool still_holds(const std::filesystem::path& proc_root, std::uint64_t inode,
                 const SocketHolder& holder) {
  const std::string path =
      proc_root / std::to_string(holder.pid) / "fd" / std::to_string(holder.descriptor);
  return socket_at(AT_FDCWD, path.c_str()) == inode;
}

}  // namespace

HolderScan scan_holders(const std::filesystem::path& proc_root,
                        std::unordered_set<std::uint64_t> inodes) {
  HolderScan scan;
  scan.asked = std::move(inodes);
  auto ids = process_ids(proc_root);
  if (!ids) {
    scan.forbidden = 1;
    return scan;
  }
  std::ranges::sort(*ids);
  for (const pid_t pid : *ids) {
    scan_process(proc_root, pid, scan);
  }
  if (processes_are_hidden(proc_root)) {
    ++scan.forbidden;
  }
  return scan;
}

std::vector<Process> read_holders(const std::filesystem::path& proc_root, std::uint64_t inode,
                                  const std::vector<SocketHolder>& holders) {
  constexpr unsigned kFields = kProcessExecutable | kProcessUser | kProcessCgroup;
  std::vector<Process> processes;
  const auto uptime = read_uptime(proc_root);
  for (const SocketHolder& holder : holders) {
    auto process =
        read_process(proc_root, holder.pid, kFields, uptime.value_or(monitor::Duration::zero()));
    // Looked at last: a process that holds it now is the one that was just read.
    if (process && still_holds(proc_root, inode, holder)) {
      processes.push_back(std::move(*process));
    }
  }
  return processes;
}

}  // namespace hale::checks
