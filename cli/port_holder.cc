#include "cli/port_holder.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string_view>
#include <system_error>

namespace hale::cli {
namespace {

namespace fs = std::filesystem;

struct Tables {
  std::array<const char*, 2> files;
  std::string_view state;  // of a socket that listens
};

// For lines of these see proc_net_tcp.txt of the kernel's documentation; 0A is TCP_LISTEN, and 07,
// TCP_CLOSE, is that of a UDP socket that is bound and not connected.
Tables tables_of(monitor::Transport transport) {
  return transport == monitor::Transport::kStream
             ? Tables{.files = {"/proc/net/tcp", "/proc/net/tcp6"}, .state = "0A"}
             : Tables{.files = {"/proc/net/udp", "/proc/net/udp6"}, .state = "07"};
}

// The inodes of the sockets that listen on `port`.
std::set<std::string> listening_inodes(std::uint16_t port, const Tables& tables) {
  std::set<std::string> inodes;
  for (const char* table : tables.files) {
    std::ifstream file(table);
    std::string line;
    while (std::getline(file, line)) {
      std::istringstream fields(line);
      std::string slot, local, remote, state, queues, timer, retransmits, uid, timeout, inode;
      fields >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> uid >>
          timeout >> inode;
      const std::size_t colon = local.rfind(':');
      if (state != tables.state || colon == std::string::npos) {
        continue;
      }
      unsigned number = 0;
      std::from_chars(local.data() + colon + 1, local.data() + local.size(), number, 16);
      if (number == port) {
        inodes.insert(inode);
      }
    }
  }
  return inodes;
}

bool is_process(const std::string& name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool holds(const fs::path& process, const std::set<std::string>& inodes) {
  std::error_code error;
  for (fs::directory_iterator fd(process / "fd", error), end; !error && fd != end;
       fd.increment(error)) {
    std::error_code gone;
    const std::string target = fs::read_symlink(fd->path(), gone).string();
    constexpr std::string_view kPrefix = "socket:[";
    if (!gone && target.starts_with(kPrefix) &&
        inodes.contains(target.substr(kPrefix.size(), target.size() - kPrefix.size() - 1))) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::optional<std::string> port_holder(std::uint16_t port, monitor::Transport transport) {
  const std::set<std::string> inodes = listening_inodes(port, tables_of(transport));
  if (inodes.empty()) {
    return std::nullopt;
  }
  std::error_code error;
  for (fs::directory_iterator process("/proc", error), end; !error && process != end;
       process.increment(error)) {
    const std::string pid = process->path().filename().string();
    if (is_process(pid) && holds(process->path(), inodes)) {
      std::ifstream file(process->path() / "comm");
      std::string name;
      std::getline(file, name);
      return name + " (pid " + pid + ")";
    }
  }
  return std::nullopt;
}

}  // namespace hale::cli
