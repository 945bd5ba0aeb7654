// Which of a host's listeners a check is about: those that would get what is sent to the address
// that it names, and those that get in the way. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <asio/ip/address.hpp>

#include "checks/sockets/listener.h"

namespace hale::checks {

struct ListenerQuestion {
  SocketProtocol protocol = SocketProtocol::kTcp;
  std::uint16_t port = 0;
  std::optional<asio::ip::address> address;  // absent: wherever it listens
  bool both_wildcards = false;               // "*": everywhere, by IPv4 and by IPv6
  std::string path;                          // of a Unix socket
};

// "127.0.0.1:9100", "*:9100", "port 9100", "UDP port 53", "/run/x.sock"
std::string to_string(const ListenerQuestion& question);

struct ListenerSelection {
  // Get what is sent to the address: those that are bound to it, else those to a wildcard that
  // includes it. Of a port without an address: all.
  std::vector<Listener> takers;
  // Bound to a single address where a wildcard was asked for, and so get what is sent to it.
  std::vector<Listener> shadows;
  // The same port at other addresses.
  std::vector<Listener> elsewhere;
  std::string missing_family;  // "IPv4", "IPv6": which of both wildcards nobody has
};

ListenerSelection select_listeners(const ListenerQuestion& question,
                                   const std::vector<Listener>& listeners);

// What a connection goes to that is to reach this listener; nothing where none can from this host:
// it is bound to an interface.
std::optional<asio::ip::address> way_to(const Listener& listener);

}  // namespace hale::checks
