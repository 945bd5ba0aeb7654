// Takes the picture of this host: looks at systemd, at the sockets, at /proc and /sys, and asks
// what listens. What it cannot look at is named in the picture, and nothing is concluded from it.
#pragma once

#include <vector>

#include "discovery/picture.h"
#include "monitor/check_registry.h"
#include "monitor/run_context.h"
#include "monitor/runtime/task.h"

namespace hale::discovery {

// So many ports are asked at most; the others are named.
inline constexpr std::size_t kMostEndpoints = 512;

// Ends before the run's deadline. Throws operation_aborted when the run is cancelled. Loop thread
// only; `registry` outlives it.
monitor::Task<Picture> survey(monitor::RunContext& context, const monitor::CheckRegistry& registry);

// A socket, and what holds it.
struct HeldListener {
  checks::Listener listener;
  Program program;
};

// The sockets put together: one endpoint for each port of an owner. Sorted. Pure.
std::vector<Endpoint> to_endpoints(const std::vector<HeldListener>& held);

}  // namespace hale::discovery
