#include "tests/sim/plan.h"

#include <algorithm>

#include "tests/sim/sim_length.h"
#include "tests/support/engine_world.h"

namespace hale::sim {
namespace {

using namespace std::chrono_literals;
using monitor::CheckSettings;
using monitor::Duration;
using monitor::Limit;
using monitor::Random;
using monitor::Result;
using monitor::Threshold;

int draw_int(Random& random, int low, int high) {
  return low + static_cast<int>(random.below(static_cast<std::uint64_t>(high - low + 1)));
}

// Short intervals are rare: one check of a second costs as much as a hundred of two minutes.
Duration draw_interval(Random& random) {
  const std::uint64_t kind = random.below(20);
  const Duration drawn = kind == 0  ? draw_duration(random, 1s, 4s)
                         : kind < 8 ? draw_duration(random, 4s, 30s)
                                    : draw_duration(random, 30s, kLongestInterval);
  // A whole second, a whole millisecond, or neither.
  switch (random.below(3)) {
    case 0:
      return std::chrono::round<std::chrono::seconds>(drawn);
    case 1:
      return std::chrono::round<std::chrono::milliseconds>(drawn);
    default:
      return drawn;
  }
}

Threshold draw_fall(Random& random) {
  if (random.chance(0.3)) {
    const int of = draw_int(random, 2, 8);
    return {.count = draw_int(random, 1, of), .of = of};
  }
  const int count = draw_int(random, 1, 5);
  return {.count = count, .of = count};
}

// At most three: whoever has to be well again within three intervals cannot ask for more.
Threshold draw_rise(Random& random) {
  const int count = draw_int(random, 1, 3);
  return {.count = count, .of = random.chance(0.3) ? draw_int(random, count, 6) : count};
}

Limit limit(const monitor::MeasurementDescriptor& measurement, double value, Result severity) {
  Limit limit;
  limit.measurement = &measurement;
  limit.value = value;
  limit.severity = severity;
  return limit;
}

std::vector<Limit> limits(const Bounds& bounds) {
  const auto& depth = *testing::scripted_descriptor().measurement("depth");
  const auto& duration = monitor::duration_measurement();
  std::vector<Limit> limits;
  if (bounds.warn_depth) {
    limits.push_back(limit(depth, *bounds.warn_depth, Result::kWarn));
  }
  if (bounds.fail_depth) {
    limits.push_back(limit(depth, *bounds.fail_depth, Result::kFail));
  }
  if (bounds.warn_duration) {
    limits.push_back(limit(duration, monitor::to_seconds(*bounds.warn_duration), Result::kWarn));
  }
  if (bounds.fail_duration) {
    limits.push_back(limit(duration, monitor::to_seconds(*bounds.fail_duration), Result::kFail));
  }
  return limits;
}

void draw_bounds(Random& random, Duration timeout, CheckPlan& check) {
  if (random.chance(0.5)) {
    check.bounds.warn_depth = 10;
  }
  if (random.chance(0.5)) {
    check.bounds.fail_depth = 20;
  }
  // Above what a healthy run takes, below what a slow one may.
  if (random.chance(0.3)) {
    check.bounds.warn_duration = timeout / 4;
  }
  if (random.chance(0.3)) {
    check.bounds.fail_duration = timeout / 2;
  }
  if (check.items && random.chance(0.5)) {
    check.item_bounds["b"] = Bounds{.warn_depth = 30,
                                    .fail_depth = std::nullopt,
                                    .warn_duration = std::nullopt,
                                    .fail_duration = std::nullopt};
  }
}

// Objectives that the oracle counts along; they change no status.
std::shared_ptr<const monitor::SloSettings> objectives(Duration timeout) {
  auto slo = std::make_shared<monitor::SloSettings>();
  slo->objectives = {{.name = "success", .share = 0.9, .latency = std::nullopt},
                     {.name = "latency_p50", .share = 0.5, .latency = timeout / 8}};
  slo->window = 10min;
  return slo;
}

CheckPlan draw_check(Random& random, std::size_t index, const Plan& plan) {
  auto settings = std::make_shared<CheckSettings>();
  CheckPlan check;
  settings->name = "c" + std::to_string(index);
  settings->type = &testing::scripted_descriptor();
  settings->critical = random.chance(0.3);
  settings->interval = draw_interval(random);
  settings->interval_unhealthy = settings->interval;
  if (random.chance(0.5)) {
    settings->interval_unhealthy =
        std::max<Duration>(1s, settings->interval / draw_int(random, 2, 5));
  }
  // In whole milliseconds, so that deadlines fall into the very instant of a turn of the loop; now
  // and then as long as the interval, so that they fall onto the next tick.
  settings->timeout = std::chrono::floor<std::chrono::milliseconds>(
      random.chance(0.2)
          ? settings->interval
          : std::min<Duration>(draw_duration(random, 500ms, 10s), settings->interval * 4 / 5));
  // With an odd rest, so that going stale never falls into the instant of a deadline by design.
  settings->stale_after =
      settings->interval * draw_int(random, 2, 4) + settings->timeout + 137'017us;
  settings->fall = draw_fall(random);
  settings->rise = draw_rise(random);
  settings->max_unknown = draw_int(random, 1, 5);
  if (!plan.groups.empty() && random.chance(0.6)) {
    settings->group = plan.groups[random.below(plan.groups.size())].name;
  }
  check.items = random.chance(0.4);
  draw_bounds(random, settings->timeout, check);
  settings->limits.check = limits(check.bounds);
  for (const auto& [item, bounds] : check.item_bounds) {
    settings->limits.items[item] = limits(bounds);
  }
  if (index % 2 == 0) {
    settings->slo = objectives(settings->timeout);
  }
  check.trouble = random.chance(0.2) ? 0.5 : 0.05 + 0.01 * draw_int(random, 0, 15);
  check.settings = std::move(settings);
  return check;
}

}  // namespace

Duration draw_duration(Random& random, Duration low, Duration high) {
  return low + Duration(static_cast<Duration::rep>(
                   random.below(static_cast<std::uint64_t>((high - low).count()) + 1)));
}

Plan draw_plan(Random& random) {
  Plan plan;
  for (int i = draw_int(random, 0, 3); i > 0; --i) {
    monitor::GroupInfo group;
    group.name = "g" + std::to_string(i);
    group.order = i;
    plan.groups.insert(plan.groups.begin(), group);
  }
  const int checks = draw_int(random, 5, kMostChecks);
  for (int i = 0; i < checks; ++i) {
    plan.checks.push_back(draw_check(random, static_cast<std::size_t>(i), plan));
  }
  for (std::size_t mood = 1; mood < plan.moods.size(); ++mood) {
    plan.moods[mood] = random.chance(0.3) ? 0 : 1 + random.below(10);
  }
  if (std::all_of(plan.moods.begin(), plan.moods.end(), [](auto weight) { return weight == 0; })) {
    plan.moods[static_cast<std::size_t>(Mood::kFails)] = 1;
  }
  for (std::uint64_t& act : plan.acts) {
    act = random.chance(0.3) ? 0 : 1 + random.below(10);
  }
  plan.acts[static_cast<std::size_t>(Act::kNothing)] = 1;
  plan.item_churn = random.chance(0.3) ? 0 : 0.02 * draw_int(random, 1, 10);
  plan.act_every = draw_duration(random, 5s, 90s);
  plan.longest_stall = random.chance(0.5) ? 5s : 400s;
  plan.lateness = random.chance(0.5) ? Duration(0) : draw_duration(random, 1us, 400us);
  plan.bursts = random.chance(0.3);
  plan.length = draw_duration(random, kShortest, kLongest);
  return plan;
}

}  // namespace hale::sim
