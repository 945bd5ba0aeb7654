#include "cli/port_holder.h"

#include <algorithm>

#include "checks/sockets/listener_owner.h"
#include "checks/sockets/socket_holders.h"
#include "checks/sockets/socket_table.h"

namespace hale::cli {

std::optional<std::string> port_holder(const asio::ip::tcp::endpoint& endpoint,
                                       monitor::Transport transport) {
  checks::Listener wanted;
  wanted.protocol = transport == monitor::Transport::kStream ? checks::SocketProtocol::kTcp
                                                             : checks::SocketProtocol::kUdp;
  wanted.address = endpoint.address();
  wanted.port = endpoint.port();
  wanted.dual_stack = wanted.address.is_v6() && wanted.address.is_unspecified();
  checks::SocketTable table("/proc", "/sys");
  const auto listeners = table.read();
  if (!listeners) {
    return std::nullopt;
  }
  const auto found = std::ranges::find_if(*listeners, [&](const checks::Listener& listener) {
    return checks::overlap(listener, wanted);
  });
  if (found == listeners->end()) {
    return std::nullopt;
  }
  checks::OwnedListener owned;
  owned.listener = *found;
  const checks::HolderScan scan = checks::scan_holders("/proc", {found->inode});
  if (const auto holders = scan.holders.find(found->inode); holders != scan.holders.end()) {
    owned.processes = checks::read_holders("/proc", found->inode, holders->second);
  }
  return checks::owner_text(owned);
}

}  // namespace hale::cli
