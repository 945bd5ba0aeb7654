#include "tests/sim/judge.h"

#include <optional>

namespace hale::sim {

using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;
using monitor::Result;

namespace {

struct Verdicted {
  Result result;
  Reason reason;
  Phase phase;
};

// "Of several items the worst counts: fail, unknown, warn, pass."
bool worse(Result a, Result b) {
  const auto rank = [](Result result) {
    switch (result) {
      case Result::kFail:
        return 3;
      case Result::kUnknown:
        return 2;
      case Result::kWarn:
        return 1;
      case Result::kPass:
        break;
    }
    return 0;
  };
  return rank(a) > rank(b);
}

// True when the limit made it worse.
template <class Value>
bool hold_against(const std::optional<Value>& warn, const std::optional<Value>& fail, Value value,
                  Verdicted& verdicted) {
  std::optional<Result> breach;
  if (fail && value >= *fail) {
    breach = Result::kFail;
  } else if (warn && value >= *warn) {
    breach = Result::kWarn;
  }
  const bool seen = verdicted.result == Result::kPass || verdicted.result == Result::kWarn;
  if (!breach || !seen || !worse(*breach, verdicted.result)) {
    return false;
  }
  verdicted = {.result = *breach, .reason = Reason::kThreshold, .phase = Phase::kEvaluate};
  return true;
}

Verdicted judge_one(const Outcome& outcome, const std::vector<monitor::Measurement>& measurements,
                    const Bounds& bounds, FaultCounts& counts) {
  Verdicted verdicted{.result = outcome.result, .reason = outcome.reason, .phase = outcome.phase};
  for (const monitor::Measurement& measurement : measurements) {
    if (hold_against(bounds.warn_depth, bounds.fail_depth, measurement.value, verdicted)) {
      counts.add(Fault::kBreaksALimit);
    }
  }
  return verdicted;
}

}  // namespace

Judged judge(const CheckPlan& plan, const monitor::CheckResult& result, monitor::Duration duration,
             FaultCounts& counts) {
  Judged judged;
  judged.listed = result.outcome.result == Result::kPass;
  Verdicted look = judge_one(result.outcome, result.measurements, plan.bounds, counts);
  if (hold_against(plan.bounds.warn_duration, plan.bounds.fail_duration, duration, look)) {
    counts.add(Fault::kBreaksTheDurationLimit);
  }
  judged.look = look.result;
  Verdicted worst = look;
  for (const monitor::ItemResult& item : result.items) {
    const auto own = plan.item_bounds.find(item.name);
    const Bounds& bounds = own == plan.item_bounds.end() ? plan.bounds : own->second;
    const Verdicted verdicted = judge_one(item.outcome, item.measurements, bounds, counts);
    judged.items.emplace_back(item.name, verdicted.result);
    if (worse(verdicted.result, worst.result)) {
      worst = verdicted;
      judged.item = item.name;
    }
  }
  judged.result = worst.result;
  judged.reason = worst.reason;
  judged.phase = worst.phase;
  return judged;
}

Judged timed_out(Phase phase) {
  Judged judged;
  judged.listed = false;
  judged.look = judged.result = Result::kFail;
  judged.reason = Reason::kTimeout;
  judged.phase = phase;
  return judged;
}

Judged threw(Phase phase) {
  Judged judged = timed_out(phase);
  judged.look = judged.result = Result::kUnknown;
  judged.reason = Reason::kInternal;
  return judged;
}

}  // namespace hale::sim
