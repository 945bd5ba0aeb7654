// The later phases of a seed: recovery and the stop.
#include <algorithm>
#include <numeric>
#include <utility>

#include <asio/post.hpp>

#include "tests/sim/world.h"

namespace hale::sim {

using namespace std::chrono_literals;

// The faults end: what hangs is let go, what is paused is resumed. Within three intervals, and what
// the run in flight may still take, every check must be healthy.
void World::recover() {
  if (verdict_.broken()) {
    return;
  }
  troubles_.end();
  advance(clock_.now());  // what a stall has left over
  hung_.release();
  clock_.settle();
  turn_has_ended();
  for (std::size_t check = 0; check < plan_.checks.size() && !verdict_.broken(); ++check) {
    if (oracle_.check(check).paused()) {
      resume(check);
    }
  }
  const TimePoint ended = clock_.now();
  std::vector<std::size_t> order(plan_.checks.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto well_by = [&](std::size_t check) {
    const monitor::CheckSettings& settings = *plan_.checks[check].settings;
    return ended + settings.timeout + 3 * settings.interval + monitor::Engine::kPublishInterval +
           50ms;
  };
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return well_by(a) < well_by(b); });
  for (const std::size_t check : order) {
    advance(well_by(check));
    const auto view = board_.view()->find(oracle_.check(check).name());
    verdict_.demand(view->status == Status::kHealthy && !view->stuck, Rule::kLiveness, [&] {
      return oracle_.check(check).name() + " is " + std::string(monitor::to_string(view->status)) +
             (view->stuck ? " and stuck " : " ") +
             std::to_string(monitor::to_seconds(clock_.now() - ended)) +
             " s after the faults ended";
    });
  }
  demand_regularity();
}

// From now on every tick is a run, and every run is on a tick.
void World::demand_regularity() {
  Duration longest{};
  std::vector<std::uint64_t> skipped;
  std::vector<std::size_t> recorded;
  for (std::size_t check = 0; check < plan_.checks.size(); ++check) {
    longest = std::max(longest, plan_.checks[check].settings->interval);
    skipped.push_back(oracle_.check(check).skipped());
    recorded.push_back(oracle_.check(check).recorded().size());
  }
  const TimePoint begin = clock_.now();
  advance(begin + 2 * longest);
  for (std::size_t check = 0; check < plan_.checks.size(); ++check) {
    const CheckOracle& oracle = oracle_.check(check);
    const auto runs = static_cast<Duration::rep>(oracle.recorded().size() - recorded[check]);
    const Duration::rep ticks = 2 * longest / oracle.settings().interval;
    verdict_.demand(oracle.skipped() == skipped[check] && runs >= ticks - 1 && runs <= ticks + 1 &&
                        oracle.status() == Status::kHealthy,
                    Rule::kLiveness, [&] {
                      return oracle.name() + " is not regular: " + std::to_string(runs) +
                             " runs in " + std::to_string(ticks) + " intervals, " +
                             std::to_string(oracle.skipped() - skipped[check]) + " skipped";
                    });
  }
}

void World::hang_some() {
  hung_.hold();
  const std::size_t hanging = 1 + random_.below(4);
  for (std::size_t i = 0; i < hanging && !verdict_.broken(); ++i) {
    const std::size_t check = random_.below(plan_.checks.size());
    if (oracle_.check(check).in_flight()) {
      continue;
    }
    constexpr std::array<Mood, 4> kMoods = {Mood::kStubborn, Mood::kStubborn, Mood::kNever,
                                            Mood::kDrawnOut};
    troubles_.force(check, kMoods.at(i % kMoods.size()));
    run_now(check);
    // Some are past their deadline, or past their grace, when the stop comes.
    if (random_.chance(0.5)) {
      advance(clock_.now() + oracle_.check(check).settings().timeout +
              draw_duration(random_, 0s, 100ms));
    } else {
      advance(clock_.now() + draw_duration(random_, 0s, 100ms));
    }
  }
}

void World::stop_in_the_middle() {
  if (verdict_.broken()) {
    return;
  }
  hang_some();
  if (oracle_.any_in_flight()) {
    counts_.add(Fault::kStopInFlight);
  }
  oracle_.before_stop();
  stop_begun_ = true;
  asio::post(loop_, [this] { engine_->stop([this] { stopped_ = true; }); });
  clock_.settle();
  oracle_.after_command();
  demand_refusal();
  const TimePoint asked = clock_.now();
  while (!stopped_ && clock_.now() < asked + 2s && !verdict_.broken()) {
    const std::optional<TimePoint> next = clock_.next_alarm();
    if (!next || *next > asked + 2s || !clock_.step(*next)) {
      break;
    }
    if (!stopped_) {
      turn_has_ended();
    }
  }
  verdict_.demand(stopped_, Rule::kStop,
                  [] { return std::string("not stopped within two seconds"); });
  if (!stopped_) {
    return;
  }
  if (hung_.count() > 0) {
    counts_.add(Fault::kStopHung);
  }
  demand_refusal();
  verdict_.demand(engine_->in_flight() == 0, Rule::kStop,
                  [] { return std::string("tasks are left after the stop"); });
  verdict_.demand(clock_.armed() == hung_.count(), Rule::kStop, [&] {
    return std::to_string(clock_.armed() - hung_.count()) + " alarms are armed after the stop";
  });
  // The engine may be gone when what hung comes back; or it hangs until the loop is destroyed.
  if (random_.chance(0.5)) {
    control_.reset();
    engine_.reset();
  }
  if (random_.chance(0.5)) {
    hung_.release();
    clock_.settle();
    verdict_.demand(clock_.armed() == 0 && hung_.count() == 0, Rule::kStop,
                    [] { return std::string("something still hangs after the stop"); });
  }
}

// While the engine stops, and after that, every command is refused.
void World::demand_refusal() {
  int refused = 0;
  const auto expect_stopping = [&](const auto& reply) {
    refused += !reply && reply.error().kind == monitor::CommandErrorKind::kStopping ? 1 : 100;
  };
  const std::string name = oracle_.check(random_.below(plan_.checks.size())).name();
  control_->run(name, expect_stopping);
  control_->pause(name, {}, expect_stopping);
  control_->resume(name, expect_stopping);
  clock_.settle();
  verdict_.demand(refused == 3, Rule::kCommands,
                  [] { return std::string("a command is not refused by an engine that stops"); });
}

void World::abandon() {
  troubles_.end();
  hung_.release();
  if (!stop_begun_) {
    engine_->stop([this] { stopped_ = true; });
  }
  clock_.run_for(monitor::Engine::kStopGrace + 10ms);
  control_.reset();
  engine_.reset();
}

}  // namespace hale::sim
