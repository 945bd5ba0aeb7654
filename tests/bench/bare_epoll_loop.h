// What a TCP check is measured against: the same connects made by a plain epoll loop, as a careful
// C programmer would write it. What it costs is the kernel's price. Used on one thread.
#pragma once

#include <cstdint>

#include "tests/bench/tcp_targets.h"

namespace hale::bench {

struct BareLoopCounts {
  std::uint64_t connected = 0;
  std::uint64_t failed = 0;     // SO_ERROR, or no socket
  std::uint64_t timed_out = 0;  // by the loop's own deadline
  std::uint64_t ended() const { return connected + failed + timed_out; }
};

// Connects to each target once an interval, evenly spread over it, for `duration`; then closes what
// is still in flight.
//
// Nothing is allocated for a connect: a check is a slot in an array made before. A connect is four
// system calls (socket, connect, epoll_ctl, close), the question for SO_ERROR, and its share of
// epoll_wait. Since all checks share one timeout, those in flight form a list in the order of their
// deadlines, and only its head has to be looked at.
BareLoopCounts run_bare_epoll_loop(const TcpTargets& targets, monitor::Duration duration);

}  // namespace hale::bench
