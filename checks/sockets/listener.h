// A socket that waits for peers, and whose it is. Values only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <asio/ip/address.hpp>
#include <sys/types.h>

#include "checks/proc/process_list.h"

namespace hale::checks {

enum class SocketProtocol : std::uint8_t { kTcp, kUdp, kUnix };
std::string_view to_string(SocketProtocol protocol);  // "tcp", "udp", "unix"

inline constexpr uid_t kUnknownUser = static_cast<uid_t>(-1);

struct Listener {
  SocketProtocol protocol = SocketProtocol::kTcp;
  asio::ip::address address;  // of TCP and UDP
  std::uint16_t port = 0;
  std::uint32_t interface = 0;   // its index, where the socket is bound to one; 0 to none
  bool dual_stack = false;       // an IPv6 wildcard that takes IPv4 as well
  std::string path;              // of a Unix socket: "/run/x.sock", "@abstract"
  bool datagram = false;         // of a Unix socket: takes datagrams instead of connections
  std::uint64_t file_inode = 0;  // of a Unix socket: the file it is bound to; 0 none or unknown
  std::uint64_t inode = 0;       // names the socket for as long as it exists
  uid_t uid = kUnknownUser;      // of who made it
  std::uint32_t queued = 0;      // connections that wait to be accepted; of TCP and Unix streams
  std::uint32_t backlog = 0;     // how many may; 0 unknown
  std::string cgroup;            // "/system.slice/nginx.service" of who made it; "" unknown
  std::string unit;              // "nginx.service", "sshd.socket"; "" none or unknown
  std::string container;         // its id; "" none
};

// "127.0.0.1:9100", "[::]:80", "*:80" for both wildcards at once, "/run/x.sock"
std::string to_string(const Listener& listener);

// Whether both cannot be bound at once, but for SO_REUSEPORT: the same protocol and port, and the
// same address, or a wildcard that includes the other's. Not where they are bound to different
// interfaces. Unix sockets overlap by their path.
bool overlap(const Listener& a, const Listener& b);

// By protocol, port, address, path, inode.
bool listed_before(const Listener& a, const Listener& b);

}  // namespace hale::checks
