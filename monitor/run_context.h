// All that a run of a check may see of the world: its deadline, the clock, the loop, and the
// bounded pools for what blocks. Made by the engine for each run; lives until the run's coroutine
// has ended. Engine thread only.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "monitor/check_result.h"
#include "monitor/runtime/clock.h"
#include "monitor/runtime/task.h"
#include "monitor/time.h"

namespace hale::monitor {

class BlockingPool;
class Random;

// What every check shares. The services outlive every run.
struct Services {
  Executor executor;
  Clock& clock;
  Random& random;
  BlockingPool& resolver;  // getaddrinfo, keyed by the name
  BlockingPool& files;     // file systems and mounts, keyed by the path
  std::filesystem::path proc_root = "/proc";
};

class RunContext {
 public:
  RunContext(Services& services, TimePoint started, TimePoint deadline);
  RunContext(const RunContext&) = delete;
  RunContext& operator=(const RunContext&) = delete;

  Services& services() { return services_; }
  const Executor& executor() const { return services_.executor; }
  Clock& clock() { return services_.clock; }
  TimePoint deadline() const { return deadline_; }

  // Ends the phase that the run was in and begins `phase`. A phase entered again adds up.
  void enter(Phase phase);
  Phase phase() const { return phase_; }

  // Whom the run talks to; kept even if the run never returns.
  void set_peer(std::string peer) { peer_ = std::move(peer); }
  const std::string& peer() const { return peer_; }

  // The engine's: closes the last phase at `now` and hands over the times.
  std::vector<PhaseTime> finish(TimePoint now);

 private:
  void close_phase(TimePoint now);

  Services& services_;
  TimePoint deadline_;
  TimePoint phase_since_;
  Phase phase_ = Phase::kNone;
  std::vector<PhaseTime> times_;
  std::string peer_;
};

}  // namespace hale::monitor
