// Datagrams sent to a port of this host as fast as its owner reads them, and what that costs him.
// Used on one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "monitor/time.h"

namespace hale::bench {

// A UDP port that nobody has.
std::uint16_t free_udp_port();

// How the kernel sees the socket that is bound to a port.
struct UdpQueue {
  std::uint64_t waiting_bytes = 0;
  std::uint64_t dropped = 0;
};
std::optional<UdpQueue> udp_queue(std::uint16_t port);  // absent: nobody is bound to it

// CPU time of a process, all its threads, as the scheduler counts it.
monitor::Duration cpu_time(pid_t pid);

struct UdpLoad {
  std::uint64_t datagrams = 0;
  std::uint64_t dropped = 0;
  monitor::Duration cpu{};  // of the receiver
};

// Sends the datagrams over and over for `duration`, and waits wherever the receiver's queue is long
// enough. Returns when the last one has been read.
UdpLoad send_for(monitor::Duration duration, const std::vector<std::string>& datagrams,
                 std::uint16_t port, pid_t receiver);

}  // namespace hale::bench
