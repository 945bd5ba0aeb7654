// The kernel's counters of interfaces, routes and TCP: /proc/net/dev, route, ipv6_route, snmp and
// netstat, as proc(5) and Documentation/networking describe them. Pure.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "checks/proc/kernel_stats.h"

namespace hale::checks {

struct TrafficCounters {
  std::uint64_t bytes = 0;
  std::uint64_t packets = 0;
  std::uint64_t errors = 0;
  std::uint64_t dropped = 0;
};

struct InterfaceCounters {
  TrafficCounters received;
  TrafficCounters sent;
};
using InterfaceTable = std::map<std::string, InterfaceCounters>;

// /proc/net/dev, by the interface's name.
std::expected<InterfaceTable, ParseError> parse_net_dev(std::string_view text);

// Which interfaces routes lead through. Local, link-local, multicast and rejecting routes do not
// count: every interface has those.
enum class Routed {
  kDirectly,  // to a network that is attached
  kGateway,   // to others, by a gateway or by default
};
using RouteTable = std::map<std::string, Routed>;

// Adds what /proc/net/route (IPv4) and /proc/net/ipv6_route say. Lines that look otherwise than
// documented are left out; the last may have been cut off.
void add_ipv4_routes(std::string_view text, RouteTable& routes);
void add_ipv6_routes(std::string_view text, RouteTable& routes);

// One value of /proc/net/snmp or netstat, where a line "Tcp: RtoMin RetransSegs" names what the
// next "Tcp: 200 22749" holds. `protocol` without the colon.
std::optional<std::uint64_t> snmp_value(std::string_view text, std::string_view protocol,
                                        std::string_view name);

}  // namespace hale::checks
