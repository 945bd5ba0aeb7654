// All that a run of a check may see of the world: its deadline, the clock, the loop, and the
// bounded pools for what blocks. Made by the engine for each run; lives until the run's coroutine
// has ended. Engine thread only.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <typeindex>
#include <typeinfo>
#include <unordered_map>
#include <vector>

#include "monitor/check_result.h"
#include "monitor/runtime/clock.h"
#include "monitor/runtime/task.h"
#include "monitor/state/state_store.h"
#include "monitor/time.h"

namespace hale::monitor {

class BlockingPool;
class Random;
struct Services;

// What the checks of a kind share, such as the connections of a client library: one object of each
// type, made from the services when it is first asked for.
class SharedObjects {
 public:
  template <class T>
  T& get(Services& services) {
    std::shared_ptr<void>& object = objects_[typeid(T)];
    if (!object) {
      object = std::make_shared<T>(services);
    }
    return *static_cast<T*>(object.get());
  }

 private:
  std::unordered_map<std::type_index, std::shared_ptr<void>> objects_;
};

// What every check shares. The services outlive every run.
struct Services {
  Executor executor;
  Clock& clock;
  Random& random;
  BlockingPool& resolver;  // getaddrinfo, keyed by the name
  BlockingPool& files;     // file systems and mounts, keyed by the path
  std::filesystem::path proc_root = "/proc";
  std::filesystem::path sys_root = "/sys";
  // systemd's bus: "system", "user", or an address, "unix:path=/run/user/0/systemd/private".
  std::string systemd_bus = "system";
  StateStore state = {};
  SharedObjects objects = {};

  // Belongs to the engine's thread as all the rest does; made at first use, gone with the services.
  template <class T>
  T& shared() {
    return objects.get<T>(*this);
  }
};

struct StoryLine {
  Duration since_start{};
  Phase phase = Phase::kNone;
  std::string text;
};
using Story = std::vector<StoryLine>;

class RunContext {
 public:
  RunContext(Services& services, TimePoint started, TimePoint deadline);
  // One of several strands of a run, which go on at the same time: with phases and a peer of its
  // own, while what it tells goes into the whole run's story, `name` first. `whole` outlives it.
  RunContext(const RunContext& whole, const std::string& name);
  RunContext(const RunContext&) = delete;
  RunContext& operator=(const RunContext&) = delete;

  Services& services() { return services_; }
  const Executor& executor() const { return services_.executor; }
  Clock& clock() { return services_.clock; }
  TimePoint started() const { return started_; }
  TimePoint deadline() const { return deadline_; }

  // Ends the phase that the run was in and begins `phase`. A phase entered again adds up.
  void enter(Phase phase);
  Phase phase() const { return phase_; }

  // Whom the run talks to; kept even if the run never returns.
  void set_peer(std::string peer) { peer_ = std::move(peer); }
  const std::string& peer() const { return peer_; }

  // The story of the run, for `hale check NAME --verbose`: what would help somebody to understand
  // it, a line at a time, never a secret. Nobody listens to most runs: ask verbose() before you
  // build a text.
  bool verbose() const { return story_ != nullptr; }
  void tell(std::string line);
  void set_story(Story* story) { story_ = story; }  // the engine's

  // The engine's: closes the last phase at `now` and hands over the times.
  std::vector<PhaseTime> finish(TimePoint now);

 private:
  void close_phase(TimePoint now);

  Services& services_;
  TimePoint started_;
  TimePoint deadline_;
  TimePoint phase_since_;
  Phase phase_ = Phase::kNone;
  std::vector<PhaseTime> times_;
  std::string peer_;
  Story* story_ = nullptr;
  std::string prefix_;  // of what is told
};

}  // namespace hale::monitor
