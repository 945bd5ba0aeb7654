// Commands in the states in which they are easily got wrong: after a stall, while a cancelled run
// has not ended, while a run hangs.
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "monitor/schedule/engine.h"
#include "tests/support/engine_world.h"

namespace hale::testing {
namespace {

using namespace std::chrono_literals;
using monitor::RunContext;
using monitor::SkipCause;
using monitor::Status;
using monitor::TimePoint;

constexpr auto kIgnore = [](const auto&) {};

std::uint64_t skipped(const monitor::CheckView& view) {
  std::uint64_t sum = 0;
  for (const std::uint64_t count : view.skipped) {
    sum += count;
  }
  return sum;
}

TEST(EngineCommandsTest, AResumeRunsTheCheckOnceTheRunThatThePauseCancelledHasEnded) {
  EngineWorld world;
  std::vector<TimePoint> starts;
  bool stubborn = false;
  world.add("web", [&](RunContext& context) {
    starts.push_back(context.clock().now());
    return stubborn ? hang_stubbornly(context, 30ms) : give(passing());
  });
  world.start();
  world.clock.run_for(12s);
  stubborn = true;
  world.engine.run_now("web", kIgnore);
  world.clock.run_for(10ms);
  stubborn = false;
  const std::size_t before = starts.size();
  world.engine.pause("web", {}, kIgnore);
  world.clock.run_for(10ms);
  world.engine.resume("web", kIgnore);
  world.clock.settle();
  EXPECT_EQ(starts.size(), before) << "one run at a time";
  world.clock.run_for(20ms);
  EXPECT_EQ(starts.size(), before + 1) << "and not only at the next tick";
  EXPECT_EQ(world.check("web")->status, Status::kHealthy);
}

TEST(EngineCommandsTest, AResumeOfACheckThatHangsRunsItAsSoonAsTheHungRunEnds) {
  EngineWorld world;
  int started = 0;
  auto settings = make_settings("web");
  settings->interval = settings->interval_unhealthy = 24h;
  settings->stale_after = 72h;
  world.add(settings, [&](RunContext& context) {
    return ++started == 1 ? hang_stubbornly(context, 60s) : give(passing());
  });
  world.start();
  world.clock.run_for(10s);
  ASSERT_TRUE(world.check("web")->stuck);
  world.engine.pause("web", {}, kIgnore);
  world.engine.resume("web", kIgnore);
  world.clock.run_for(45s);
  EXPECT_EQ(world.check("web")->status, Status::kPending);
  world.clock.run_for(10s);
  EXPECT_EQ(started, 2);
  EXPECT_EQ(world.check("web")->status, Status::kHealthy);
}

TEST(EngineCommandsTest, APauseForgetsTheRunThatAnEarlierResumeWanted) {
  EngineWorld world;
  int started = 0;
  world.add("web", [&](RunContext& context) {
    return ++started == 1 ? hang_stubbornly(context, 30s) : give(passing());
  });
  world.start();
  world.clock.run_for(10s);
  world.engine.pause("web", {}, kIgnore);
  world.engine.resume("web", kIgnore);
  world.engine.pause("web", {}, kIgnore);
  world.clock.run_for(60s);
  EXPECT_EQ(started, 1);
}

TEST(EngineCommandsTest, APauseRightAfterAStallCountsTheTicksThatHadPassed) {
  EngineWorld world;
  world.add("web", [](RunContext&) { return give(passing()); });
  world.start();
  world.clock.run_for(20s);
  const std::uint64_t before = skipped(*world.check("web"));
  world.clock.stall(60s);
  world.engine.pause("web", {}, kIgnore);
  EXPECT_EQ(skipped(*world.check("web")), before + 6);
}

TEST(EngineCommandsTest, AnIntervalThatChangesRightAfterAStallLosesNoTick) {
  EngineWorld world;
  std::vector<TimePoint> starts;
  auto settings = make_settings("web");
  settings->interval_unhealthy = 2s;
  bool slow = false;
  world.add(settings, [&](RunContext& context) {
    starts.push_back(context.clock().now());
    return slow ? give_after(context, 1s, failing()) : give(passing());
  });
  world.start();
  world.clock.run_for(25s);
  slow = true;
  const std::size_t before = starts.size();
  while (starts.size() == before) {
    world.clock.run_for(100ms);
  }
  slow = false;
  const std::uint64_t skipped_before = skipped(*world.check("web"));
  // The run fails a second after its start, and asks for the shorter interval, but that is seen
  // only now: when six ticks of the longer one have passed. One of them is run, late.
  const TimePoint tick = starts.back();
  world.clock.stall(tick + 62s - world.clock.now());
  world.clock.run_until(tick + 63s);
  EXPECT_EQ(starts.size(), before + 2);
  EXPECT_EQ(skipped(*world.check("web")), skipped_before + 5);
}

}  // namespace
}  // namespace hale::testing
