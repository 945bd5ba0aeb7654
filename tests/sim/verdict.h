// The rules of SURFACE.md and of the engine's contract, and the first one that did not hold. Not
// thrown: it is noticed inside the engine, in callbacks and in coroutines, where an exception would
// be taken for a check's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace hale::sim {

enum class Rule : std::uint8_t {
  kOneRunAtATime,  // never two runs of a check in flight
  kDeadline,       // no run outlives its deadline, nor is it cancelled before
  kOnTheGrid,      // scheduled runs start on ticks of the grid, at most a turn late; each is served
  kNoCatchUp,      // a tick that was missed is not run later
  kSkipsCounted,   // runs on ticks + skips = ticks, by cause
  kFirstRun,       // within min(interval, 2 s)
  kResult,         // what is recorded is what came out of the run
  kStatus,         // fall, rise, unknown, stale, pause
  kEvents,         // every change is one event; numbers without gaps
  kOverall,        // overall status, score, groups
  kFreshBoard,     // at most 100 ms and a turn old
  kCommands,       // answered once, after the effect can be read
  kStop,           // within 2 s, nothing left behind
  kLiveness,       // all is well again within three intervals
};
std::string_view to_string(Rule rule);

struct Violation {
  Rule rule = Rule::kStatus;
  std::string what;
};

class Verdict {
 public:
  // `what` makes the text: only called when the rule is broken.
  template <class What>
  void demand(bool holds, Rule rule, What what) {
    if (!holds && !first_) {
      first_ = Violation{.rule = rule, .what = what()};
    }
  }
  bool broken() const { return first_.has_value(); }
  const std::optional<Violation>& first() const { return first_; }

 private:
  std::optional<Violation> first_;
};

}  // namespace hale::sim
