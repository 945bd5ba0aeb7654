#include "tests/support/engine_world.h"

#include <asio/this_coro.hpp>

#include "monitor/assert.h"

namespace hale::testing {

using namespace std::chrono_literals;
using monitor::CheckResult;
using monitor::Duration;
using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;
using monitor::RunContext;
using monitor::Task;

const monitor::CheckDescriptor& scripted_descriptor() {
  static const monitor::CheckDescriptor kDescriptor = [] {
    monitor::CheckDescriptor descriptor;
    descriptor.name = "scripted";
    descriptor.summary = "does what a test says";
    descriptor.item_label = "thing";
    descriptor.measurements = {{.name = "depth", .metric = "scripted_depth", .help = "Depth."}};
    return descriptor;
  }();
  return kDescriptor;
}

std::shared_ptr<monitor::CheckSettings> make_settings(std::string name) {
  auto settings = std::make_shared<monitor::CheckSettings>();
  settings->name = std::move(name);
  settings->type = &scripted_descriptor();
  settings->interval = 10s;
  settings->interval_unhealthy = 10s;
  settings->timeout = 2s;
  settings->stale_after = 32s;
  settings->fall = {.count = 3, .of = 3};
  settings->rise = {.count = 2, .of = 2};
  settings->max_unknown = 3;
  return settings;
}

Task<CheckResult> give(CheckResult result) {
  co_return result;
}

Task<CheckResult> give_after(RunContext& context, Duration duration, CheckResult result) {
  context.enter(Phase::kConnect);
  const monitor::TimePoint end = context.clock().now() + duration;
  co_await monitor::sleep_until(context.executor(), context.clock(), end);
  co_return result;
}

Task<CheckResult> hang(RunContext& context) {
  context.enter(Phase::kConnect);
  co_await monitor::sleep_until(context.executor(), context.clock(), monitor::TimePoint::max());
  co_return passing();
}

Task<CheckResult> hang_stubbornly(RunContext& context, Duration duration) {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  context.enter(Phase::kQuery);
  const monitor::TimePoint end = context.clock().now() + duration;
  co_await monitor::sleep_until(context.executor(), context.clock(), end);
  co_return passing();
}

CheckResult passing() {
  CheckResult result;
  result.outcome = Outcome::pass("fine");
  return result;
}

CheckResult failing(Reason reason) {
  CheckResult result;
  result.outcome = Outcome::fail(reason, Phase::kConnect, "broken", "EBROKEN");
  return result;
}

EngineWorld::EngineWorld()
    : resolver(loop.get_executor(), clock, {.name = "resolver"}),
      files(loop.get_executor(), clock, {.name = "files"}),
      services{.executor = loop.get_executor(),
               .clock = clock,
               .random = random,
               .resolver = resolver,
               .files = files},
      engine(services, board, options()) {}

EngineWorld::~EngineWorld() {
  stop();
}

monitor::EngineOptions EngineWorld::options() {
  monitor::EngineOptions options;
  options.agent.name = "test";
  options.agent.version = "0.0.0";
  options.on_event = [this](const monitor::Event& event) { events.push_back(event); };
  return options;
}

void EngineWorld::add(std::shared_ptr<const monitor::CheckSettings> settings,
                      ScriptedCheck::Script script) {
  monitor::ConfiguredCheck check;
  check.settings = std::move(settings);
  check.check = std::make_unique<ScriptedCheck>(std::move(script));
  engine.add(std::move(check));
}

void EngineWorld::add(const std::string& name, ScriptedCheck::Script script) {
  add(make_settings(name), std::move(script));
}

void EngineWorld::stop() {
  if (stopped_) {
    return;
  }
  stopped_ = true;
  bool done = false;
  engine.stop([&done] { done = true; });
  clock.settle();
  if (!done) {
    clock.run_for(monitor::Engine::kStopGrace + 10ms);
  }
  HALE_ASSERT(done);
}

std::shared_ptr<const monitor::BoardView> EngineWorld::view() {
  clock.run_for(monitor::Engine::kPublishInterval + 2ms);
  return board.view();
}

std::shared_ptr<const monitor::CheckView> EngineWorld::check(std::string_view name) {
  return view()->find(name);
}

}  // namespace hale::testing
