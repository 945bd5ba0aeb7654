// The kernel's tables of sockets as text: /proc/net/tcp, tcp6, udp, udp6 and unix, as proc(5) and
// Documentation/networking/proc_net_tcp.rst describe them. For kernels that have no sock_diag; they
// tell neither control groups nor how long a queue may be. Pure.
#pragma once

#include <expected>
#include <string_view>
#include <vector>

#include "checks/proc/kernel_stats.h"
#include "checks/sockets/listener.h"

namespace hale::checks {

// Appends what waits for peers. An IPv6 wildcard counts as taking IPv4 as well, as most do: the
// table does not tell, but where somebody else has the same port of the IPv4 wildcard.
std::expected<void, ParseError> parse_proc_net_inet(SocketProtocol protocol, std::string_view text,
                                                    std::vector<Listener>& listeners);
std::expected<void, ParseError> parse_proc_net_unix(std::string_view text,
                                                    std::vector<Listener>& listeners);

// A wildcard of IPv6 beside one of IPv4 on the same port can only be one that takes IPv6 alone.
void settle_dual_stack(std::vector<Listener>& listeners);

}  // namespace hale::checks
