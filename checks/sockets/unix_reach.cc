#include "checks/sockets/unix_reach.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "checks/file_descriptor.h"
#include "checks/os_error.h"
#include "checks/sys/attribute.h"

namespace hale::checks {
namespace {

using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;

int connect_as(int type, const std::string& path, pid_t& peer) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return ENAMETOOLONG;
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  std::size_t size = offsetof(sockaddr_un, sun_path) + path.size();
  if (path.starts_with('@')) {
    address.sun_path[0] = '\0';
  } else {
    ++size;
  }
  const FileDescriptor socket(::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.is_open()) {
    return errno;
  }
  const int result = ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address),
                               static_cast<socklen_t>(size));
  if (result != 0) {
    return errno;
  }
  ucred credentials{};
  socklen_t length = sizeof(credentials);
  if (type != SOCK_DGRAM &&
      ::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0) {
    peer = credentials.pid;
  }
  return 0;
}

}  // namespace

UnixReach reach_unix(const std::string& path, bool connect) {
  UnixReach reach;
  if (!path.starts_with('@')) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) {
      reach.file_error = errno;
    } else {
      reach.file_inode = status.st_ino;
      reach.is_socket = S_ISSOCK(status.st_mode);
      reach.bound = monitor::WallTime(std::chrono::seconds(status.st_mtim.tv_sec) +
                                      std::chrono::nanoseconds(status.st_mtim.tv_nsec));
    }
  }
  if (connect) {
    // A path does not tell the type of its socket, and each type has abstract names of its own.
    for (const int type : {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM}) {
      reach.error = connect_as(type, path, reach.peer);
      if (reach.error != EPROTOTYPE && !(path.starts_with('@') && reach.error == ECONNREFUSED)) {
        break;
      }
    }
  }
  return reach;
}

std::optional<Process> unix_listener(const std::filesystem::path& proc_root,
                                     const std::string& path, monitor::WallTime now) {
  constexpr monitor::Duration kTolerance = std::chrono::seconds(2);  // of clocks and ticks
  const UnixReach reach = reach_unix(path, true);
  const auto uptime = read_uptime(proc_root);
  if (reach.error != 0 || reach.peer <= 0 || reach.file_inode == 0 || !uptime) {
    return std::nullopt;
  }
  auto process = read_process(proc_root, reach.peer,
                              kProcessExecutable | kProcessUser | kProcessCgroup, *uptime);
  if (process && now - process->age > reach.bound + kTolerance) {
    process.reset();
  }
  return process;
}

Outcome unix_failure(const std::string& path, int error) {
  const std::string where = plain_name(path) + ": ";
  std::string code = errno_name(error);
  switch (error) {
    case EAGAIN:
      return Outcome::fail(Reason::kOverloaded, Phase::kConnect,
                           where + "its queue of connections is full", std::move(code));
    case ECONNREFUSED:
      return Outcome::fail(Reason::kRefused, Phase::kConnect, where + "connection refused",
                           std::move(code));
    case ENOENT:
      return Outcome::fail(Reason::kMissing, Phase::kConnect, where + "there is no such file",
                           std::move(code));
    case EACCES:
    case EPERM:
      return Outcome::unknown(Reason::kPermission, Phase::kConnect,
                              where + "the agent may not connect", std::move(code));
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
      return Outcome::unknown(Reason::kAgent, Phase::kConnect, where + errno_text(error),
                              std::move(code));
    default:
      return Outcome::fail(Reason::kUnreachable, Phase::kConnect, where + errno_text(error),
                           std::move(code));
  }
}

}  // namespace hale::checks
