// A check of the simulated world: does what Troubles says, and tells the oracle what it lives
// through. What it tells is all that the oracle knows of a run.
#pragma once

#include <vector>

#include "monitor/check.h"
#include "tests/sim/troubles.h"

namespace hale::sim {

class RunObserver {
 public:
  virtual ~RunObserver() = default;
  virtual void on_start(std::size_t check) = 0;
  virtual void on_cancelled(std::size_t check) = 0;
  virtual void on_answer(std::size_t check, const monitor::CheckResult& result) = 0;
  virtual void on_throw(std::size_t check) = 0;
  virtual void on_phase(std::size_t check, monitor::Phase phase) = 0;
};

// The runs that go on although they were cancelled: the world can let them go. Outlives the loop,
// in which such runs may stay until the very end.
class Hung {
 public:
  void add(monitor::WaitPoint& point) { points_.push_back(&point); }
  void remove(monitor::WaitPoint& point) { std::erase(points_, &point); }
  std::size_t count() const { return points_.size(); }
  void hold() { released_ = false; }
  bool released() const { return released_; }
  // Lets them go, and those that would go on later as well, until hold().
  void release() {
    released_ = true;
    for (monitor::WaitPoint* point : points_) {
      point->wake();
    }
  }

 private:
  bool released_ = false;
  std::vector<monitor::WaitPoint*> points_;  // in the order of time
};

class SimCheck final : public monitor::Check {
 public:
  SimCheck(std::size_t index, Troubles& troubles, RunObserver& observer, Hung& hung)
      : index_(index), troubles_(troubles), observer_(observer), hung_(hung) {}

  monitor::Task<monitor::CheckResult> run(monitor::RunContext& context) override;

 private:
  monitor::Task<monitor::CheckResult> look(monitor::RunContext& context, Behaviour behaviour);
  // Cancellation is off already.
  monitor::Task<> go_on(monitor::RunContext& context, monitor::Duration duration);

  std::size_t index_;
  Troubles& troubles_;
  RunObserver& observer_;
  Hung& hung_;
};

}  // namespace hale::sim
