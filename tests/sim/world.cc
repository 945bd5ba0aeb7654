#include "tests/sim/world.h"

#include <algorithm>
#include <utility>

namespace hale::sim {

using namespace std::chrono_literals;
using What = Trace::What;

SeedReport run_seed(std::uint64_t seed) {
  World world(seed);
  return world.run();
}

World::World(std::uint64_t seed)
    : random_(seed),
      plan_(draw_plan(random_)),
      resolver_(loop_.get_executor(), clock_, {.name = "resolver"}),
      files_(loop_.get_executor(), clock_, {.name = "files"}),
      services_{.executor = loop_.get_executor(),
                .clock = clock_,
                .random = random_,
                .resolver = resolver_,
                .files = files_},
      troubles_(plan_, random_, counts_),
      oracle_(plan_, kAgent, clock_, board_, verdict_, counts_, trace_),
      began_(clock_.now()) {
  monitor::EngineOptions options;
  options.agent.name = kAgent;
  options.groups = plan_.groups;
  options.on_event = [this](const monitor::Event& event) { oracle_.on_event(event); };
  engine_ = std::make_unique<monitor::Engine>(services_, board_, std::move(options));
  control_ = std::make_unique<monitor::Control>(loop_.get_executor(), *engine_);
  for (std::size_t index = 0; index < plan_.checks.size(); ++index) {
    monitor::ConfiguredCheck check;
    check.settings = plan_.checks[index].settings;
    check.check = std::make_unique<SimCheck>(index, troubles_, oracle_, hung_);
    engine_->add(std::move(check));
  }
}

World::~World() {
  if (!stopped_) {
    abandon();
  }
}

SeedReport World::run() {
  oracle_.begin();
  engine_->start();
  clock_.settle();
  turn_has_ended();
  make_trouble();
  recover();
  stop_in_the_middle();
  oracle_.at_the_end();

  SeedReport report;
  report.violation = verdict_.first();
  trace_.add(clock_.now(), What::kNow);
  report.last_lines = trace_.last_lines();
  report.trace_hash = trace_.hash();
  report.last_random = random_.next();
  report.counts = counts_;
  report.simulated = clock_.now() - began_;
  for (std::size_t check = 0; check < plan_.checks.size(); ++check) {
    report.runs += oracle_.check(check).recorded().size();
  }
  return report;
}

// --- time ---

void World::advance(TimePoint end) {
  while (!verdict_.broken()) {
    const std::optional<TimePoint> next = clock_.next_alarm();
    const bool waits = next && *next > clock_.now();  // else time stands still until all is done
    const Duration late = waits && plan_.lateness > 0s ? draw_duration(random_, 0s, plan_.lateness)
                                                       : Duration::zero();
    const TimePoint until = std::max(end, clock_.now());
    const bool fired = plan_.bursts ? clock_.burst(until, late) : clock_.step(until, late);
    if (!fired) {
      break;
    }
    turn_has_ended();
  }
  if (clock_.now() < end && !verdict_.broken()) {
    clock_.stall(end - clock_.now());  // nothing is due until then
  }
}

void World::turn_has_ended() {
  const std::optional<TimePoint> next = clock_.next_alarm();
  if (!verdict_.broken() && (!next || *next > clock_.now())) {
    oracle_.end_of_turn();
  }
}

// --- trouble ---

void World::make_trouble() {
  const TimePoint end = clock_.now() + plan_.length;
  while (clock_.now() < end && !verdict_.broken()) {
    advance(clock_.now() + draw_duration(random_, 0s, 2 * plan_.act_every));
    act(static_cast<Act>(draw_weighted(random_, plan_.acts)));
  }
}

void World::act(Act what) {
  switch (what) {
    case Act::kNothing:
      return;
    case Act::kStall:
      return stall();
    case Act::kWallStep:
      return step_wall();
    case Act::kPause:
    case Act::kResume:
    case Act::kRun:
      do {
        command(what);
      } while (random_.chance(0.2));
      return;
  }
}

void World::stall() {
  const Duration duration = draw_duration(
      random_, 1ms,
      random_.chance(0.5) ? std::min<Duration>(plan_.longest_stall, 2s) : plan_.longest_stall);
  trace_.add(clock_.now(), What::kStall, 0, duration / 1ms);
  counts_.add(Fault::kStall);
  if (std::any_of(plan_.checks.begin(), plan_.checks.end(), [&](const CheckPlan& check) {
        return duration >= 2 * check.settings->interval;
      })) {
    counts_.add(Fault::kStallOverIntervals);
  }
  clock_.stall(duration);
  oracle_.after_stall();
  // A command may be the first thing that the loop comes to.
  if (random_.chance(0.3)) {
    const auto what = static_cast<Act>(draw_weighted(random_, plan_.acts));
    if (what == Act::kPause || what == Act::kResume || what == Act::kRun) {
      command(what);
    }
  }
}

void World::step_wall() {
  const Duration by = draw_duration(random_, -2h, 2h);
  trace_.add(clock_.now(), What::kWallStep, 0, by / 1ms);
  counts_.add(by < 0s ? Fault::kWallClockBack : Fault::kWallClockForth);
  clock_.step_wall(by);
}

// A check at random, most often one in a state that makes the command interesting.
std::size_t World::choose(Act what) {
  std::vector<std::size_t> interesting;
  for (std::size_t check = 0; check < plan_.checks.size(); ++check) {
    const CheckOracle& oracle = oracle_.check(check);
    if (what == Act::kResume ? oracle.paused() : oracle.in_flight() || oracle.paused()) {
      // Those whose cancelled run goes on three times, since there are few of them.
      interesting.insert(interesting.end(), oracle.cancelled() ? 3 : 1, check);
    }
  }
  if (!interesting.empty() && random_.chance(0.7)) {
    return interesting[random_.below(interesting.size())];
  }
  return random_.below(plan_.checks.size());
}

void World::command(Act what) {
  const std::size_t check = choose(what);
  if (!oracle_.check(check).begun()) {
    return;  // the oracle does not know when its first run is due
  }
  if (what == Act::kRun) {
    run_now(check);
  } else if (what == Act::kResume) {
    resume(check);
  } else if (random_.chance(0.5)) {
    pause(check, std::nullopt);
  } else {
    pause(check, draw_duration(random_, 1ms, random_.chance(0.5) ? 5s : 300s));
  }
  // Somebody changes their mind while the run that the pause cancelled has not ended.
  if (what == Act::kPause && oracle_.check(check).cancelled() && random_.chance(0.5)) {
    resume(check);
  }
}

void World::run_now(std::size_t check) {
  control_->run(oracle_.check(check).name(), oracle_.before_run(check));
  clock_.settle();
  oracle_.after_command();
  turn_has_ended();
}

void World::pause(std::size_t check, std::optional<Duration> duration) {
  monitor::PauseRequest request;
  request.duration = duration;
  control_->pause(oracle_.check(check).name(), request, oracle_.before_pause(check, duration));
  clock_.settle();
  oracle_.after_command();
  turn_has_ended();
}

void World::resume(std::size_t check) {
  control_->resume(oracle_.check(check).name(), oracle_.before_resume(check));
  clock_.settle();
  oracle_.after_command();
  turn_has_ended();
}

}  // namespace hale::sim
