// Several checks at the same time in one world, each with a deadline of its own. Used on one
// thread; the world outlives it.
#pragma once

#include <deque>
#include <exception>
#include <memory>
#include <utility>

#include "monitor/check.h"
#include "monitor/run_context.h"
#include "monitor/runtime/clock.h"
#include "monitor/runtime/task_group.h"
#include "tests/support/probe_world.h"

namespace hale::test {

struct ConcurrentRun {
  std::unique_ptr<monitor::Check> check;
  std::unique_ptr<monitor::RunContext> context;
  monitor::CheckResult result;
  monitor::Duration took{};
  bool ended = false;
};

class ConcurrentRuns {
 public:
  explicit ConcurrentRuns(ProbeWorld& world) : world_(world), group_(world.services().executor) {}

  // Stays where it is.
  ConcurrentRun& start(std::unique_ptr<monitor::Check> check, monitor::Duration timeout) {
    ConcurrentRun& run = runs_.emplace_back();
    run.check = std::move(check);
    const monitor::TimePoint now = world_.services().clock.now();
    run.context = std::make_unique<monitor::RunContext>(world_.services(), now, now + timeout);
    group_.spawn(run.check->run(*run.context),
                 [this, &run, now](const std::exception_ptr&, monitor::CheckResult result) {
                   run.result = std::move(result);
                   run.took = world_.services().clock.now() - now;
                   run.ended = true;
                 });
    return run;
  }
  // False when that took longer than `patience`.
  bool wait_for(const ConcurrentRun& run, monitor::Duration patience) {
    return world_.wait_for([&run] { return run.ended; }, patience);
  }
  bool wait_for_all(monitor::Duration patience) {
    return world_.wait_for([this] { return group_.active() == 0; }, patience);
  }
  std::size_t active() const { return group_.active(); }

 private:
  ProbeWorld& world_;
  std::deque<ConcurrentRun> runs_;
  monitor::TaskGroup group_;
};

}  // namespace hale::test
