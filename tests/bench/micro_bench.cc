// The parts by themselves: what a tick, a result, a limit, a publication and a line of output cost.
// Google Benchmark measures; the table is ours.
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include "exporters/json/documents.h"
#include "exporters/prometheus/metrics.h"
#include "monitor/assert.h"
#include "monitor/health/limits.h"
#include "monitor/health/status.h"
#include "monitor/runtime/random.h"
#include "monitor/schedule/scheduler.h"
#include "tests/bench/check_engine.h"
#include "tests/bench/markdown_reporter.h"
#include "tests/support/engine_world.h"

namespace hale::bench {
namespace {

using namespace std::chrono_literals;
using monitor::BoardView;
using monitor::Result;
using monitor::TimePoint;

constexpr std::size_t kManyChecks = 10'000;
constexpr std::size_t kAgentChecks = 1'000;

void scheduler_collect(benchmark::State& state) {
  monitor::Scheduler scheduler;
  TimePoint now(1h);
  for (std::size_t i = 0; i < kManyChecks; ++i) {
    scheduler.add(monitor::stable_hash(std::to_string(i)), 1s, now);
  }
  std::vector<monitor::Scheduler::Due> due;
  std::int64_t ticks = 0;
  for (auto _ : state) {
    now += 1ms;
    due.clear();
    scheduler.collect(now, due);
    ticks += static_cast<std::int64_t>(due.size());
  }
  state.SetItemsProcessed(ticks);
  state.SetLabel("a tick, 10,000 checks at 1 s");
}

void status_apply(benchmark::State& state) {
  const auto settings = testing::make_settings("status");
  monitor::Random random(1);
  std::vector<Result> results(4096);
  for (Result& result : results) {
    result = random.chance(0.9) ? Result::kPass : static_cast<Result>(random.below(4));
  }
  monitor::StatusTracker tracker;
  for (auto _ : state) {
    for (const Result result : results) {
      tracker.apply(result, *settings);
    }
    benchmark::DoNotOptimize(tracker);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(results.size()));
  state.SetLabel("a result, one in ten not a pass");
}

// A disk's two shares of which none, or one, is broken.
void limits(benchmark::State& state, double free) {
  const monitor::MeasurementDescriptor descriptor{.name = "free",
                                                  .metric = "disk_free_bytes",
                                                  .unit = monitor::Unit::kBytes,
                                                  .bad = monitor::Bad::kLow,
                                                  .has_total = true,
                                                  .help = "Free."};
  const auto limit = [&descriptor](Result severity, double share) {
    return monitor::Limit{.measurement = &descriptor,
                          .comparison = monitor::Comparison::kLess,
                          .value = share,
                          .share = true,
                          .severity = severity};
  };
  const std::vector<monitor::Limit> limits = {limit(Result::kWarn, 0.1),
                                              limit(Result::kFail, 0.05)};
  const std::vector<monitor::Measurement> measurements = {
      {.name = "used", .value = 1e12, .total = 2e12},
      {.name = "free", .value = free, .total = 2e12},
      {.name = "inodes_free", .value = 1e6, .total = 2e6}};
  for (auto _ : state) {
    monitor::Outcome outcome;
    monitor::apply_limits(limits, measurements, outcome);
    benchmark::DoNotOptimize(outcome);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(limits.size()));
}

void limits_kept(benchmark::State& state) {
  limits(state, 1e12);
  state.SetLabel("a limit that is kept, two on three measurements");
}

void limits_broken(benchmark::State& state) {
  limits(state, 1.5e11);
  state.SetLabel("a limit that is looked at while one of two is broken, and the message");
}

// A simulated world of TCP checks that all pass: everything is real but the clock and the network.
std::unique_ptr<testing::EngineWorld> make_world(std::size_t checks, monitor::Duration interval) {
  auto world = std::make_unique<testing::EngineWorld>();
  Targets targets;
  targets.interval = interval;
  monitor::CheckResult result;
  result.outcome = monitor::Outcome::pass("connected in 0.12 ms");
  for (std::size_t i = 0; i < checks; ++i) {
    auto settings = tcp_settings("tcp-" + std::to_string(i), targets);
    settings->target = "127.0.0." + std::to_string(i % 250 + 1) + ":5432";
    world->add(std::move(settings), [result](monitor::RunContext& context) {
      context.enter(monitor::Phase::kConnect);
      return testing::give(result);
    });
  }
  world->start();
  return world;
}

// A run on demand publishes before it is answered: with the runs of the last 100 ms, unpublished
// until then, that is one publication of 10,000 checks of which about 1,000 changed.
void publication(benchmark::State& state) {
  static const auto kWorld = make_world(kManyChecks, 1s);
  static std::uint64_t published = 0;
  if (published == 0) {
    kWorld->clock.run_for(103s);  // every history is full
  }
  for (auto _ : state) {
    while (kWorld->board.view()->version == published) {
      kWorld->clock.run_for(1ms);
    }
    published = kWorld->board.view()->version;
    const auto before = kWorld->board.view();
    kWorld->clock.run_for(99ms);
    bool answered = false;
    const auto began = std::chrono::steady_clock::now();
    kWorld->engine.run_now("tcp-0",
                           [&answered](const auto& reply) { answered = reply.has_value(); });
    kWorld->clock.settle();
    const auto took = std::chrono::steady_clock::now() - began;
    HALE_ASSERT(answered);
    state.SetIterationTime(std::chrono::duration<double>(took).count());
    const auto after = kWorld->board.view();
    HALE_ASSERT(after->version == published + 1);
    published = after->version;
    std::size_t changed = 0;
    for (std::size_t i = 0; i < kManyChecks; ++i) {
      changed += after->checks[i] != before->checks[i] ? 1 : 0;
    }
    HALE_ASSERT(changed > 900 && changed < 1100);
  }
  state.SetItemsProcessed(state.iterations());
  state.SetLabel("10,000 checks of which about 1,000 changed, histories full");
}

void engine_run(benchmark::State& state) {
  static const auto kWorld = [] {
    auto made = make_world(kAgentChecks, 100ms);
    made->clock.run_for(11s);  // every history is full
    return made;
  }();
  for (auto _ : state) {
    kWorld->clock.run_for(100ms);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kAgentChecks));
  state.SetLabel("a run that returns at once, with its part of a publication");
}

std::shared_ptr<const BoardView> make_view(std::size_t checks) {
  const auto world = make_world(checks, 1s);
  world->clock.run_for(105s);
  return world->view();
}

std::shared_ptr<const BoardView> agent_view() {
  static const std::shared_ptr<const BoardView> kView = make_view(kAgentChecks);
  return kView;
}

// A whole scrape, and what it costs a sample.
void exposition(benchmark::State& state, const BoardView& view,
                const monitor::MetricsSettings& settings) {
  exporters::MetricsInput input;
  input.settings = settings;
  std::string text;
  for (auto _ : state) {
    text = exporters::render_metrics(view, input);
    benchmark::DoNotOptimize(text);
  }
  std::int64_t samples = 0;
  bool first_of_line = true;
  for (const char c : text) {
    samples += first_of_line && c != '#' ? 1 : 0;
    first_of_line = c == '\n';
  }
  state.SetItemsProcessed(state.iterations());
  const auto a_check = [&view](auto sum) {
    return static_cast<double>(sum) / static_cast<double>(view.checks.size());
  };
  state.SetLabel(fmt::format("{} samples, {:.2f} MB; {:.1f} and {:.2f} kB a check", samples,
                             static_cast<double>(text.size()) / 1e6, a_check(samples),
                             a_check(text.size()) / 1e3));
}

monitor::MetricsSettings leanest() {
  monitor::MetricsSettings settings;
  settings.histograms = monitor::HistogramKind::kOff;
  settings.windows.emplace();
  settings.percentiles = false;
  return settings;
}

void scrape(benchmark::State& state) {
  exposition(state, *agent_view(), {});
}

void lean_scrape(benchmark::State& state) {
  exposition(state, *agent_view(), leanest());
}

const BoardView& large_view() {
  static const std::shared_ptr<const BoardView> kView = make_view(kManyChecks);
  return *kView;
}

void large_scrape(benchmark::State& state) {
  exposition(state, large_view(), {});
}

void lean_large_scrape(benchmark::State& state) {
  exposition(state, large_view(), leanest());
}

void status_document(benchmark::State& state) {
  const auto view = agent_view();
  std::string text;
  for (auto _ : state) {
    text = exporters::status_json(*view);
    benchmark::DoNotOptimize(text);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kAgentChecks));
  state.SetLabel(fmt::format("a check; {} B", text.size() / kAgentChecks));
}

void register_all() {
  const auto add = [](const char* name, void (*function)(benchmark::State&)) {
    return benchmark::RegisterBenchmark(name, function)->Repetitions(3)->MinTime(0.2);
  };
  add("`Scheduler::collect`", scheduler_collect);
  add("`StatusTracker::apply`", status_apply);
  add("`apply_limits`", limits_kept);
  add("`apply_limits`, broken", limits_broken);
  add("engine, no network", engine_run);
  benchmark::RegisterBenchmark("publication", publication)
      ->Repetitions(3)
      ->Iterations(20)
      ->UseManualTime();
  add("`/metrics`, 1,000 checks", scrape);
  add("`/metrics`, 1,000 checks, `[metrics]` at its leanest", lean_scrape);
  add("`/metrics`, 10,000 checks", large_scrape);
  add("`/metrics`, 10,000 checks, `[metrics]` at its leanest", lean_large_scrape);
  add("`/api/v1/status`, 1,000 checks", status_document);
}

}  // namespace
}  // namespace hale::bench

int main(int argc, char** argv) {
  hale::bench::register_all();
  return hale::bench::run_benchmarks(argc, argv, "Parts");
}
