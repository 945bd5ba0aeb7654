// The sockets that wait for peers in this network namespace, through sock_diag(7), with the control
// group that made each: no root, no scan of /proc. Shared by all checks:
// services().shared<ListenerWatch>(). Engine thread only; the looking is done in the pool `files`.
#pragma once

#include <expected>
#include <memory>
#include <vector>

#include "checks/sockets/listener.h"
#include "monitor/check_result.h"
#include "monitor/run_context.h"
#include "monitor/runtime/task.h"

namespace hale::checks {

using Listeners = std::vector<Listener>;  // by protocol, port, address, inode

class ListenerWatch {
 public:
  explicit ListenerWatch(monitor::Services& services);
  ~ListenerWatch();
  ListenerWatch(const ListenerWatch&) = delete;
  ListenerWatch& operator=(const ListenerWatch&) = delete;

  // Everything that listens now: TCP, bound UDP, Unix sockets. Looks of several checks at once are
  // one look. The error is an outcome for the whole look. Throws operation_aborted when the run is
  // cancelled.
  monitor::Task<std::expected<std::shared_ptr<const Listeners>, monitor::Outcome>> look(
      monitor::RunContext& context);

  // The processes that hold the socket, by pid, with executable, user and control group; empty
  // where none is seen: the kernel's own, or those of another host's view. Kept for the socket's
  // life, so that /proc is searched once for all of them. Needs to see foreign processes'
  // descriptors (root or CAP_SYS_PTRACE): unknown, `permission`, where some that could not be
  // looked at may be it.
  monitor::Task<std::expected<std::vector<Process>, monitor::Outcome>> holders(
      monitor::RunContext& context, Listener listener);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hale::checks
