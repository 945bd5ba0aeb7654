#include "monitor/run_context.h"

#include <gtest/gtest.h>

#include "tests/support/engine_world.h"

namespace hale::testing {
namespace {

using namespace std::chrono_literals;
using monitor::Phase;
using monitor::RunContext;

TEST(RunContextTest, MeasuresEachPhaseAndAddsUpOneThatIsEnteredAgain) {
  EngineWorld world;
  const monitor::TimePoint begin = world.clock.now();
  RunContext context(world.services, begin, begin + 2s);
  EXPECT_EQ(context.phase(), Phase::kNone);
  world.clock.stall(5ms);
  context.enter(Phase::kConnect);
  EXPECT_EQ(context.phase(), Phase::kConnect);
  world.clock.stall(10ms);
  context.enter(Phase::kSend);
  world.clock.stall(20ms);
  context.enter(Phase::kConnect);
  world.clock.stall(40ms);
  const auto times = context.finish(world.clock.now());
  ASSERT_EQ(times.size(), 2U) << "the time before the first phase belongs to none";
  EXPECT_EQ(times[0].phase, Phase::kConnect);
  EXPECT_EQ(times[0].duration, 50ms);
  EXPECT_EQ(times[1].phase, Phase::kSend);
  EXPECT_EQ(times[1].duration, 20ms);
}

TEST(RunContextTest, ARunWithoutPhasesHasNone) {
  EngineWorld world;
  RunContext context(world.services, world.clock.now(), world.clock.now() + 2s);
  world.clock.stall(1s);
  EXPECT_TRUE(context.finish(world.clock.now()).empty());
}

TEST(RunContextTest, KnowsItsDeadlineItsServicesAndWhomItTalksTo) {
  EngineWorld world;
  RunContext context(world.services, world.clock.now(), world.clock.now() + 2s);
  EXPECT_EQ(context.deadline(), world.clock.now() + 2s);
  EXPECT_EQ(&context.services(), &world.services);
  EXPECT_EQ(&context.clock(), &world.clock);
  EXPECT_EQ(context.executor(), world.loop.get_executor());
  EXPECT_EQ(context.peer(), "");
  context.set_peer("127.0.0.1:80");
  EXPECT_EQ(context.peer(), "127.0.0.1:80");
}

TEST(RunContextTest, AStrandHasItsOwnPhasesAndTellsTheWholeStory) {
  EngineWorld world;
  RunContext whole(world.services, world.clock.now(), world.clock.now() + 2s);
  monitor::Story story;
  whole.set_story(&story);
  whole.enter(Phase::kQuery);
  RunContext strand(whole, "ns1");
  EXPECT_TRUE(strand.verbose());
  EXPECT_EQ(strand.deadline(), whole.deadline());
  strand.enter(Phase::kConnect);
  strand.set_peer("127.0.0.1:53");
  world.clock.stall(10ms);
  strand.tell("connected");
  EXPECT_EQ(whole.phase(), Phase::kQuery);
  EXPECT_EQ(whole.peer(), "");
  ASSERT_EQ(story.size(), 1U);
  EXPECT_EQ(story[0].text, "ns1: connected");
  EXPECT_EQ(story[0].phase, Phase::kConnect);
  EXPECT_EQ(story[0].since_start, 10ms);
  EXPECT_EQ(strand.finish(world.clock.now()).size(), 1U);
}

}  // namespace
}  // namespace hale::testing
