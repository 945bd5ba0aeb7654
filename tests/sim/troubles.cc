#include "tests/sim/troubles.h"

#include <algorithm>

namespace hale::sim {
namespace {

using namespace std::chrono_literals;
using monitor::CheckResult;
using monitor::Duration;
using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;
using monitor::Result;

Outcome outcome_of(Result result) {
  switch (result) {
    case Result::kWarn:
      return Outcome::warn(Reason::kStatus, Phase::kQuery, "so so");
    case Result::kFail:
      return Outcome::fail(Reason::kRefused, Phase::kConnect, "broken");
    case Result::kUnknown:
      return Outcome::unknown(Reason::kPermission, Phase::kRun, "may not look");
    case Result::kPass:
      break;
  }
  return Outcome::pass("fine");
}

}  // namespace

Troubles::Troubles(const Plan& plan, monitor::Random& random, FaultCounts& counts)
    : plan_(plan), random_(random), counts_(counts), checks_(plan.checks.size()) {
  for (std::size_t check = 0; check < checks_.size(); ++check) {
    if (plan_.checks[check].items) {
      checks_[check].items = {{"a", Result::kPass}, {"b", Result::kPass}};
    }
  }
}

Mood Troubles::draw_mood(std::size_t check) {
  State& state = checks_[check];
  if (state.forced) {
    const Mood forced = *state.forced;
    state.forced.reset();
    return forced;
  }
  if (over_) {
    return Mood::kWell;
  }
  if (state.runs_left == 0) {
    state.mood = state.mood == Mood::kWell && random_.chance(plan_.checks[check].trouble)
                     ? static_cast<Mood>(draw_weighted(random_, plan_.moods))
                     : Mood::kWell;
    state.runs_left = 1 + random_.below(state.mood == Mood::kWell ? 4 : 12);
  }
  --state.runs_left;
  return state.mood;
}

void Troubles::churn(std::size_t check) {
  State& state = checks_[check];
  if (over_) {
    for (auto& [name, result] : state.items) {
      result = Result::kPass;
    }
    return;
  }
  if (!random_.chance(plan_.item_churn)) {
    return;
  }
  const std::string name(1, static_cast<char>('a' + random_.below(6)));
  const auto found = state.items.find(name);
  if (found == state.items.end()) {
    state.items[name] = random_.chance(0.7) ? Result::kPass : Result::kFail;
    counts_.add(Fault::kItemAppears);
  } else if (random_.chance(0.3)) {
    state.items.erase(found);
    counts_.add(Fault::kItemVanishes);
  } else {
    const bool was_well = found->second == Result::kPass;
    found->second = was_well ? static_cast<Result>(1 + random_.below(3)) : Result::kPass;
    if (was_well) {
      counts_.add(Fault::kItemGoesBad);
    }
  }
}

// Either within the engine's grace, or clearly beyond it.
Duration Troubles::draw_stubborn(const monitor::CheckSettings& settings) {
  switch (random_.below(4)) {
    case 0:
      return draw_duration(random_, 1ms, 44ms);
    case 1:
      return draw_duration(random_, 60ms, 5s);
    case 2:
      return draw_duration(random_, 5s, 2 * settings.interval + 10s);
    default:
      return draw_duration(random_, settings.stale_after, 3 * settings.stale_after);
  }
}

void Troubles::list_items(std::size_t check, CheckResult& result) {
  for (const auto& [name, item_result] : checks_[check].items) {
    monitor::ItemResult item;
    item.name = name;
    item.outcome = outcome_of(item_result);
    if (item_result != Result::kUnknown) {
      item.measurements = {{.name = "depth", .value = 1}};
    }
    result.items.push_back(std::move(item));
  }
}

CheckResult Troubles::well(std::size_t check) {
  CheckResult result;
  result.outcome = outcome_of(Result::kPass);
  result.measurements = {{.name = "depth", .value = 1}};
  list_items(check, result);
  return result;
}

CheckResult Troubles::look_blindly(std::size_t check) {
  CheckResult result;
  result.outcome = outcome_of(random_.chance(0.5) ? Result::kFail : Result::kUnknown);
  list_items(check, result);
  std::erase_if(result.items, [this](const auto&) { return random_.chance(0.5); });
  return result;
}

Behaviour Troubles::next(std::size_t check) {
  const monitor::CheckSettings& settings = *plan_.checks[check].settings;
  churn(check);
  const Mood mood = draw_mood(check);
  Behaviour run;
  run.result = well(check);
  const Duration quick = std::min<Duration>(20ms, settings.timeout / 20);
  if (random_.chance(0.5)) {
    run.delay = draw_duration(random_, 1us, quick);
  }
  switch (mood) {
    case Mood::kWell:
      break;
    case Mood::kFails:
    case Mood::kWarns:
    case Mood::kUnknown:
      run.result.outcome = outcome_of(mood == Mood::kFails   ? Result::kFail
                                      : mood == Mood::kWarns ? Result::kWarn
                                                             : Result::kUnknown);
      if (random_.chance(0.5)) {
        run.result.items.clear();  // it did not come that far
      }
      break;
    case Mood::kSlow:
      run.delay = draw_duration(random_, settings.timeout / 10, settings.timeout / 5);
      break;
    case Mood::kNever:
      run.never = true;
      run.throws_when_cancelled = random_.chance(0.5);
      break;
    case Mood::kStubborn:
      run.never = true;
      run.stubborn = draw_stubborn(settings);
      run.throws_when_cancelled = random_.chance(0.3);
      run.result.items.clear();
      break;
    case Mood::kThrowsAtOnce:
      run.delay = {};
      run.end = random_.chance(0.5) ? Behaviour::End::kThrows : Behaviour::End::kIsNoCoroutine;
      break;
    case Mood::kThrowsLater:
      run.delay = draw_duration(random_, 1us, settings.timeout / 2);
      run.end = Behaviour::End::kThrows;
      break;
    case Mood::kAtDeadline:
      run.until_deadline = true;
      break;
    case Mood::kDeep:
      for (monitor::Measurement& measurement : run.result.measurements) {
        measurement.value = static_cast<double>(10 + random_.below(15));
      }
      for (monitor::ItemResult& item : run.result.items) {
        for (monitor::Measurement& measurement : item.measurements) {
          measurement.value = static_cast<double>(random_.below(40));
        }
      }
      break;
    case Mood::kDrawnOut:
      run.delay = draw_duration(random_, settings.timeout / 4, settings.timeout * 9 / 10);
      break;
    case Mood::kBlind:
      run.result = look_blindly(check);
      break;
  }
  return run;
}

}  // namespace hale::sim
