// Decides what every run of every check will be like: well, or in an episode of trouble that lasts
// for some runs, so that statuses have time to turn. Owned by the world; loop thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "monitor/check_result.h"
#include "monitor/runtime/random.h"
#include "tests/sim/faults.h"
#include "tests/sim/plan.h"

namespace hale::sim {

// The script of one run.
struct Behaviour {
  enum class End : std::uint8_t { kAnswers, kThrows, kIsNoCoroutine };  // the last throws at once
  End end = End::kAnswers;
  monitor::Duration delay{};     // before it ends; zero: it does not suspend
  bool until_deadline = false;   // instead of `delay`: answers in that very instant
  bool never = false;            // waits for its cancellation
  monitor::Duration stubborn{};  // how long it goes on after its cancellation
  bool throws_when_cancelled = false;
  monitor::CheckResult result;
};

class Troubles {
 public:
  Troubles(const Plan& plan, monitor::Random& random, FaultCounts& counts);

  Behaviour next(std::size_t check);

  // From now on every run is well.
  void end() { over_ = true; }

  // The next run of the check is like this, whatever else is going on.
  void force(std::size_t check, Mood mood) { checks_[check].forced = mood; }

 private:
  struct State {
    Mood mood = Mood::kWell;
    std::uint64_t runs_left = 0;
    std::optional<Mood> forced;
    std::map<std::string, monitor::Result> items;  // what there is to see, and how it is
  };

  Mood draw_mood(std::size_t check);
  void churn(std::size_t check);
  monitor::Duration draw_stubborn(const monitor::CheckSettings& settings);
  monitor::CheckResult well(std::size_t check);
  monitor::CheckResult look_blindly(std::size_t check);
  void list_items(std::size_t check, monitor::CheckResult& result);

  const Plan& plan_;
  monitor::Random& random_;
  FaultCounts& counts_;
  std::vector<State> checks_;
  bool over_ = false;
};

}  // namespace hale::sim
