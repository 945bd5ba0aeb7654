// Statistics on their way from a run to the board.
#include <gtest/gtest.h>

#include "monitor/schedule/engine.h"
#include "tests/support/engine_world.h"

namespace hale::testing {
namespace {

using namespace std::chrono_literals;
using monitor::CheckResult;
using monitor::Reason;
using monitor::RunContext;
using monitor::Window;
using monitor::WindowView;

const WindowView& window(const monitor::CheckView& check, Window window) {
  return check.stats->windows[static_cast<std::size_t>(window)];
}

TEST(EngineStatsTest, TellWhatRunsTookAndHowManyWereGood) {
  EngineWorld world;
  int run = 0;
  world.add("web", [&](RunContext& context) {
    ++run;
    return give_after(context, run * 1ms, run % 10 == 0 ? failing(Reason::kRefused) : passing());
  });
  world.start();
  world.clock.run_for(61s);
  while (run < 100) {
    world.clock.run_for(10s);
  }
  const auto check = world.check("web");
  const WindowView& hour = window(*check, Window::kHour);
  EXPECT_EQ(hour.total, 100U);
  EXPECT_EQ(hour.good, 90U);
  EXPECT_EQ(hour.samples, 90U) << "a refusal is no latency";
  EXPECT_NEAR(hour.p50, 0.050, 0.0021);
  EXPECT_NEAR(hour.max, 0.099, 0.0011);
  EXPECT_EQ(window(*check, Window::kMinute).total, 6U);
  EXPECT_EQ(check->stats->latencies->count(), 90U);
  EXPECT_EQ(check->stats->failures->count(), 10U);
}

TEST(EngineStatsTest, ATimeoutIsALatency) {
  EngineWorld world;
  world.add("web", [](RunContext& context) { return hang(context); });
  world.start();
  world.clock.run_for(15s);
  const auto check = world.check("web");
  const WindowView& hour = window(*check, Window::kHour);
  EXPECT_GE(hour.samples, 1U);
  EXPECT_EQ(hour.good, 0U);
  EXPECT_NEAR(hour.p50, 2.0, 0.01) << "the whole timeout";
}

TEST(EngineStatsTest, WhatCouldNotBeLookedAtIsNotCounted) {
  EngineWorld world;
  world.add("web", [](RunContext&) {
    CheckResult result;
    result.outcome =
        monitor::Outcome::unknown(Reason::kPermission, monitor::Phase::kRun, "may not");
    return give(result);
  });
  world.start();
  world.clock.run_for(60s);
  EXPECT_EQ(window(*world.check("web"), Window::kHour).total, 0U);
  EXPECT_EQ(window(*world.check("web"), Window::kHour).success_ratio(), std::nullopt);
}

TEST(EngineStatsTest, WindowsEmptyWhileNothingRuns) {
  EngineWorld world;
  for (const monitor::Duration interval : {monitor::Duration(1s), monitor::Duration(10s)}) {
    auto settings = make_settings(interval == 1s ? "fast" : "slow");
    settings->interval = settings->interval_unhealthy = interval;
    world.add(settings, [](RunContext&) { return give(passing()); });
  }
  world.start();
  world.clock.run_for(10min);
  for (const char* name : {"fast", "slow"}) {
    world.engine.pause(name, {}, [](const auto&) {});
  }
  const auto totals = [&](Window which) {
    return window(*world.check("fast"), which).total + window(*world.check("slow"), which).total;
  };
  EXPECT_GT(totals(Window::kMinute), 60U);
  // A slot more than the window, and kRefreshAfter until somebody looks.
  world.clock.run_for(1min + 5s + 16s);
  EXPECT_EQ(totals(Window::kMinute), 0U);
  EXPECT_GT(totals(Window::kFiveMinutes), 0U);
  world.clock.run_for(4min + 10s);
  EXPECT_EQ(totals(Window::kFiveMinutes), 0U);
  EXPECT_GT(totals(Window::kHour), 600U);
  world.clock.run_for(55min + 5min);
  EXPECT_EQ(totals(Window::kHour), 0U);
}

}  // namespace
}  // namespace hale::testing
