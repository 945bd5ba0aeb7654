#include "checks/sockets/socket_table.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "checks/os_error.h"
#include "checks/proc/read_file.h"
#include "checks/sockets/proc_net.h"
#include "checks/sockets/sock_diag.h"
#include "checks/sys/cgroup_owner.h"

namespace hale::checks {
namespace {

using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;

constexpr std::array<std::string_view, kDiagTableCount> kFiles = {"tcp", "tcp6", "udp", "udp6",
                                                                  "unix"};

// What a host with many connections may have of them; beyond that the kernel's text is a waste.
constexpr std::size_t kLargestFile = std::size_t{256} << 20U;

std::string_view file_of(DiagTable table) {
  return kFiles[static_cast<std::size_t>(table)];
}

// Whether the kernel lacks the table, or the agent may not ask for it: /proc may know it.
bool try_files(int error) {
  return error == ENOENT || error == EPERM || error == EACCES || error == EAFNOSUPPORT ||
         error == EPROTONOSUPPORT || error == EINVAL || error == EOPNOTSUPP || error == ENOSYS;
}

Outcome dump_failure(DiagTable table, int error) {
  const std::string what = "the kernel's table of " + std::string(file_of(table)) + " sockets";
  switch (error) {
    case EINTR:
      return Outcome::unknown(Reason::kAgent, Phase::kRun, what + " changed during every look");
    case ETIMEDOUT:
      return Outcome::unknown(Reason::kTimeout, Phase::kRun, what + " did not come in time");
    case EBADMSG:
      return Outcome::unknown(Reason::kInternal, Phase::kRun,
                              what + " is not in the form that is documented");
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
      return Outcome::unknown(Reason::kAgent, Phase::kRun,
                              "cannot read " + what + ": " + errno_text(error), errno_name(error));
    default:
      return Outcome::unknown(Reason::kInternal, Phase::kRun,
                              "cannot read " + what + ": " + errno_text(error), errno_name(error));
  }
}

}  // namespace

SocketTable::SocketTable(std::filesystem::path proc_root, const std::filesystem::path& sys_root)
    : proc_root_(std::move(proc_root)), groups_(sys_root) {}

std::expected<void, Outcome> SocketTable::read_file_of(DiagTable table,
                                                       std::vector<DiagSocket>& sockets) const {
  const std::string path = proc_root_ / "net" / file_of(table);
  const auto text = read_file(path, kLargestFile);
  if (!text) {
    const bool optional = table == DiagTable::kTcp6 || table == DiagTable::kUdp6;
    if (text.error().error == ENOENT && optional) {
      return {};  // a host without IPv6
    }
    return std::unexpected(could_not_read(text.error()));
  }
  const SocketProtocol protocol = table == DiagTable::kTcp4 || table == DiagTable::kTcp6
                                      ? SocketProtocol::kTcp
                                      : SocketProtocol::kUdp;
  std::vector<Listener> listeners;
  const auto parsed = table == DiagTable::kUnix ? parse_proc_net_unix(*text, listeners)
                                                : parse_proc_net_inet(protocol, *text, listeners);
  if (!parsed) {
    return std::unexpected(could_not_parse(path, parsed.error().line));
  }
  for (Listener& listener : listeners) {
    sockets.push_back({.listener = std::move(listener), .cgroup_id = std::nullopt});
  }
  return {};
}

std::expected<void, Outcome> SocketTable::read_table(int netlink, DiagTable table,
                                                     std::vector<DiagSocket>& sockets) const {
  if (netlink < 0) {
    return read_file_of(table, sockets);
  }
  auto dumped = dump_sockets(netlink, table);
  if (dumped) {
    std::ranges::move(*dumped, std::back_inserter(sockets));
    return {};
  }
  return try_files(dumped.error()) ? read_file_of(table, sockets)
                                   : std::unexpected(dump_failure(table, dumped.error()));
}

// After all tables were read, so that a group that is not in the tree now is gone.
std::vector<Listener> SocketTable::name_owners(std::vector<DiagSocket> sockets) {
  groups_.begin_look();
  std::vector<Listener> listeners;
  listeners.reserve(sockets.size());
  for (DiagSocket& socket : sockets) {
    if (socket.cgroup_id) {
      Listener& listener = socket.listener;
      listener.cgroup = groups_.path_of(*socket.cgroup_id);
      // What a manager of units has bound itself is for one of them, and its group does not say
      // for which: so it is where systemd may not use BPF, as in most containers.
      if (listener.cgroup.ends_with("/init.scope")) {
        listener.cgroup.clear();
      }
      CgroupOwner owner = cgroup_owner(listener.cgroup);
      listener.unit = std::move(owner.unit);
      listener.container = std::move(owner.container);
    }
    listeners.push_back(std::move(socket.listener));
  }
  return listeners;
}

std::expected<std::vector<Listener>, Outcome> SocketTable::read() {
  FileDescriptor netlink;
  if (!files_only_) {
    auto opened = open_sock_diag();
    if (!opened && !try_files(opened.error())) {
      return std::unexpected(dump_failure(DiagTable::kTcp4, opened.error()));
    }
    netlink = opened ? std::move(*opened) : FileDescriptor();
  }
  std::vector<DiagSocket> sockets;
  for (int i = 0; i < kDiagTableCount; ++i) {
    const auto done = read_table(netlink.get(), static_cast<DiagTable>(i), sockets);
    if (!done) {
      return std::unexpected(done.error());
    }
  }
  std::vector<Listener> listeners = name_owners(std::move(sockets));
  if (!netlink.is_open()) {
    settle_dual_stack(listeners);
  }
  std::ranges::sort(listeners, listed_before);
  return listeners;
}

}  // namespace hale::checks
