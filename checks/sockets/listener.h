// A socket that waits for peers, and whose it is. Values only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <asio/ip/address.hpp>
#include <sys/types.h>

#include "checks/proc/process_list.h"

namespace hale::checks {

enum class SocketProtocol : std::uint8_t { kTcp, kUdp, kUnix };
std::string_view to_string(SocketProtocol protocol);  // "tcp", "udp", "unix"

struct Listener {
  SocketProtocol protocol = SocketProtocol::kTcp;
  asio::ip::address address;  // of TCP and UDP
  std::uint16_t port = 0;
  bool dual_stack = false;  // an IPv6 wildcard that takes IPv4 as well
  std::string path;         // of a Unix socket: "/run/x.sock", "@abstract"
  std::uint64_t inode = 0;  // names the socket for as long as it exists
  uid_t uid = 0;
  std::uint32_t queued = 0;   // connections that wait to be accepted; of TCP
  std::uint32_t backlog = 0;  // how many may
  std::string cgroup;         // "/system.slice/nginx.service" of who made it; "" unknown
  std::string unit;           // "nginx.service", "sshd.socket"; "" none or unknown
  std::string container;      // its id; "" none
};

// "127.0.0.1:9100", "[::]:80", "*:80" for both wildcards at once, "/run/x.sock"
std::string to_string(const Listener& listener);

// Whether both cannot be bound at once, but for SO_REUSEPORT: the same protocol and port, and the
// same address, or a wildcard that includes the other's.
bool overlap(const Listener& a, const Listener& b);

}  // namespace hale::checks
