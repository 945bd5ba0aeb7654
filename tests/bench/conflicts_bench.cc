// What a look for conflicts costs beside the looks at units and listeners that it is made of: what
// it keeps, learns and concludes of 1,000 units and 5,000 listeners on which nothing is wrong.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include "checks/conflicts_check.h"
#include "monitor/assert.h"
#include "monitor/state/state_store.h"
#include "tests/bench/markdown_reporter.h"

namespace hale::bench {
namespace {

constexpr int kUnits = 1000;
constexpr int kListeners = 5000;

const monitor::WallTime kNow{std::chrono::sys_days(std::chrono::November / 21 / 2026)};

checks::Units make_units() {
  checks::Units units;
  for (int i = 0; i < kUnits; ++i) {
    checks::Unit unit;
    unit.name = fmt::format("application-{}.service", i);
    unit.load_state = "loaded";
    unit.active_state = "active";
    unit.sub_state = "running";
    unit.file_state = "enabled";
    unit.fragment_path = "/etc/systemd/system/" + unit.name;
    unit.control_group = "/system.slice/" + unit.name;
    unit.active_since = kNow - std::chrono::hours(1);
    unit.service.emplace();
    unit.service->type = "notify";
    unit.service->result = "success";
    unit.service->main_pid = 1000 + i;
    unit.service->main_started = unit.active_since;
    unit.service->command = {"/usr/bin/application", fmt::format("--port={}", 1024 + i), "--config",
                             "/etc/application.conf"};
    units.emplace(unit.name, std::move(unit));
  }
  return units;
}

checks::Listeners make_listeners() {
  checks::Listeners listeners;
  for (int i = 0; i < kListeners; ++i) {
    const int unit = i % kUnits;
    checks::Listener listener;
    HALE_ASSERT(
        checks::parse_place(fmt::format("127.0.{}.1:{}", i / kUnits, 1024 + unit), listener));
    listener.inode = static_cast<std::uint64_t>(i) + 1;
    listener.unit = fmt::format("application-{}.service", unit);
    listener.cgroup = "/system.slice/" + listener.unit;
    listeners.push_back(std::move(listener));
  }
  std::sort(listeners.begin(), listeners.end(), checks::listed_before);
  return listeners;
}

void copy_units(benchmark::State& state) {
  const checks::Units units = make_units();
  for (auto _ : state) {
    checks::Units copy = units;
    benchmark::DoNotOptimize(copy);
  }
  state.SetItemsProcessed(state.iterations());
  state.SetLabel(fmt::format("{} units", units.size()));
}

void learn_and_judge(benchmark::State& state) {
  const checks::Units units = make_units();
  const checks::Listeners listeners = make_listeners();
  checks::PortHistory history;
  monitor::StateStore store;
  const std::vector<checks::UnitStart> none;
  checks::ConflictScene scene;
  scene.units = &units;
  scene.listeners = &listeners;
  scene.history = &history;
  scene.starts = [&none](const std::string&) -> const std::vector<checks::UnitStart>& {
    return none;
  };
  scene.now = kNow;
  for (auto _ : state) {
    scene.now += std::chrono::seconds(10);
    history.look(units, [](const std::string&) { return std::nullopt; }, listeners, {}, scene.now);
    history.save(store);
    const monitor::CheckResult result = checks::conflicts_result(scene, false);
    HALE_ASSERT(result.outcome.result == monitor::Result::kPass);
  }
  state.SetItemsProcessed(state.iterations());
  state.SetLabel(fmt::format("{} units, {} listeners, {} ports learned", units.size(),
                             listeners.size(), history.learned().size()));
}

}  // namespace
}  // namespace hale::bench

int main(int argc, char** argv) {
  benchmark::RegisterBenchmark("keep the picture", hale::bench::copy_units)
      ->Repetitions(3)
      ->MinTime(0.2);
  benchmark::RegisterBenchmark("learn and judge", hale::bench::learn_and_judge)
      ->Repetitions(3)
      ->MinTime(0.2);
  return hale::bench::run_benchmarks(argc, argv, "Conflicts");
}
