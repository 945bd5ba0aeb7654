#include "monitor/schedule/engine.h"

#include <stdexcept>

#include <gtest/gtest.h>

#include "tests/support/engine_world.h"

namespace hale::testing {
namespace {

using namespace std::chrono_literals;
using monitor::CheckResult;
using monitor::CommandErrorKind;
using monitor::CommandReply;
using monitor::Reason;
using monitor::Result;
using monitor::RunContext;
using monitor::SkipCause;
using monitor::Status;
using monitor::Task;

std::uint64_t skipped(const monitor::CheckView& view, SkipCause cause) {
  return view.skipped[static_cast<std::size_t>(cause)];
}
std::uint64_t runs(const monitor::CheckView& view, Result result) {
  return view.runs[static_cast<std::size_t>(result)];
}

TEST(EngineTest, RunsEveryCheckWithinTwoSecondsAndThenOnItsGrid) {
  EngineWorld world;
  std::vector<monitor::TimePoint> starts;
  world.add("web", [&](RunContext& context) {
    starts.push_back(context.clock().now());
    return give(passing());
  });
  const monitor::TimePoint begin = world.clock.now();
  world.start();
  world.clock.run_for(2s);
  ASSERT_FALSE(starts.empty());
  EXPECT_LE(starts.front() - begin, 2s + 1ms);
  EXPECT_EQ(world.check("web")->status, Status::kHealthy);

  world.clock.run_for(60s);
  ASSERT_GE(starts.size(), 6U);
  for (std::size_t i = 2; i < starts.size(); ++i) {
    EXPECT_EQ(starts[i] - starts[i - 1], 10s);
  }
}

TEST(EngineTest, EndsARunAtItsDeadlineAsATimeoutInThePhaseItWasIn) {
  EngineWorld world;
  world.add("web", [](RunContext& context) { return hang(context); });
  world.start();
  world.clock.run_for(5s);
  const auto view = world.check("web");
  ASSERT_NE(view->last, nullptr);
  EXPECT_EQ(view->last->outcome.result, Result::kFail);
  EXPECT_EQ(view->last->outcome.reason, Reason::kTimeout);
  EXPECT_EQ(view->last->outcome.phase, monitor::Phase::kConnect);
  EXPECT_EQ(view->last->outcome.message, "timed out after 2 s (connect)");
  EXPECT_LE(*view->last->duration, 2s + 1ms);
  EXPECT_EQ(view->status, Status::kUnhealthy);
  EXPECT_FALSE(view->stuck);
}

TEST(EngineTest, SkipsTicksWhileARunIgnoresItsCancellationAndRecoversAfterwards) {
  EngineWorld world;
  int started = 0;
  world.add("web", [&](RunContext& context) {
    return ++started == 1 ? hang_stubbornly(context, 35s) : give(passing());
  });
  world.start();
  world.clock.run_for(25s);
  auto view = world.check("web");
  EXPECT_TRUE(view->stuck);
  EXPECT_EQ(started, 1);
  EXPECT_EQ(runs(*view, Result::kFail), 1U);
  EXPECT_EQ(view->last->outcome.reason, Reason::kTimeout);
  EXPECT_GE(skipped(*view, SkipCause::kStuck), 2U);

  world.clock.run_for(25s);
  view = world.check("web");
  EXPECT_FALSE(view->stuck);
  EXPECT_GE(started, 2);
  EXPECT_EQ(runs(*view, Result::kFail), 1U);
  EXPECT_GE(runs(*view, Result::kPass), 1U);
}

TEST(EngineTest, CountsTicksThatPassWhileTheLoopIsStalledAndDoesNotCatchUp) {
  EngineWorld world;
  int started = 0;
  world.add("web", [&](RunContext&) {
    ++started;
    return give(passing());
  });
  world.start();
  world.clock.run_for(20s);
  const int before = started;
  world.clock.stall(65s);
  world.clock.run_for(1ms);
  EXPECT_EQ(started, before + 1);
  EXPECT_GE(skipped(*world.check("web"), SkipCause::kLate), 5U);
}

TEST(EngineTest, ReportsACheckThatThrowsAsInternalAndGoesOn) {
  EngineWorld world;
  world.add("bad", [](RunContext&) -> Task<CheckResult> { throw std::runtime_error("boom"); });
  world.add("good", [](RunContext&) { return give(passing()); });
  world.start();
  world.clock.run_for(15s);
  const auto bad = world.check("bad");
  EXPECT_EQ(bad->last->outcome.result, Result::kUnknown);
  EXPECT_EQ(bad->last->outcome.reason, Reason::kInternal);
  EXPECT_EQ(bad->last->outcome.message, "the check threw: boom");
  EXPECT_EQ(world.check("good")->status, Status::kHealthy);
}

TEST(EngineTest, ARunOnDemandJoinsTheRunInFlightAndLeavesTheGridAlone) {
  EngineWorld world;
  std::vector<monitor::TimePoint> starts;
  world.add("web", [&](RunContext& context) {
    starts.push_back(context.clock().now());
    return give_after(context, 500ms, passing());
  });
  world.start();
  world.clock.run_for(30s);
  const auto grid = world.check("web")->next_run;
  const std::size_t before = starts.size();
  int answers = 0;
  const auto count = [&](const std::expected<CommandReply, monitor::CommandError>& reply) {
    ASSERT_TRUE(reply.has_value());
    ASSERT_NE(reply->run, nullptr);
    EXPECT_EQ(reply->run->outcome.result, Result::kPass);
    ++answers;
  };
  world.engine.run_now("web", count);
  world.engine.run_now("web", count);
  world.clock.run_for(600ms);
  EXPECT_EQ(starts.size(), before + 1);
  EXPECT_EQ(answers, 2);
  EXPECT_EQ(world.check("web")->next_run, grid);
}

TEST(EngineTest, APauseCancelsTheRunInFlightAndAResumeMakesItPendingAndRunsIt) {
  EngineWorld world;
  int started = 0;
  world.add("web", [&](RunContext& context) {
    ++started;
    return give_after(context, 1s, passing());
  });
  world.start();
  world.clock.run_for(30s);
  std::optional<CommandErrorKind> refused;
  world.engine.run_now("web", [&](auto reply) { refused = reply.error().kind; });
  monitor::PauseRequest request;
  request.duration = 1h;
  request.reason = "works";
  bool answered = false;
  world.engine.pause("web", request, [&](auto reply) {
    answered = true;
    EXPECT_EQ(reply->check->status, Status::kPaused);
  });
  world.clock.run_for(100ms);
  EXPECT_TRUE(answered);
  EXPECT_EQ(refused, CommandErrorKind::kCancelled);
  const int before = started;
  world.clock.run_for(59min);
  EXPECT_EQ(started, before);
  EXPECT_EQ(world.check("web")->status, Status::kPaused);
  EXPECT_EQ(world.check("web")->last_known, Status::kHealthy);

  world.engine.resume("web", [](auto reply) { EXPECT_EQ(reply->check->status, Status::kPending); });
  world.clock.run_for(1100ms);
  EXPECT_EQ(started, before + 1);
  EXPECT_EQ(world.check("web")->status, Status::kHealthy);
}

TEST(EngineTest, APauseEndsByItself) {
  EngineWorld world;
  world.add("web", [](RunContext&) { return give(passing()); });
  world.start();
  world.clock.run_for(5s);
  monitor::PauseRequest request;
  request.duration = 60s;
  world.engine.pause("web", request, [](auto) {});
  world.clock.run_for(59s);
  EXPECT_EQ(world.check("web")->status, Status::kPaused);
  world.clock.run_for(2s);
  EXPECT_EQ(world.check("web")->status, Status::kHealthy);
}

TEST(EngineTest, ReadsUnknownWhenNoRunCompletesForTooLong) {
  EngineWorld world;
  bool stuck = false;
  world.add("web", [&](RunContext& context) {
    return stuck ? hang_stubbornly(context, 24h) : give(passing());
  });
  world.start();
  world.clock.run_for(20s);
  EXPECT_EQ(world.check("web")->status, Status::kHealthy);
  stuck = true;
  world.clock.run_for(60s);
  const auto view = world.check("web");
  EXPECT_EQ(view->status, Status::kUnknown);
  EXPECT_EQ(view->last_known, Status::kHealthy);
  EXPECT_EQ(world.events.back().to, "unknown");
}

TEST(EngineTest, StopsWithinItsGraceEvenWithRunsThatHang) {
  EngineWorld world;
  world.add("hung", [](RunContext& context) { return hang_stubbornly(context, 24h); });
  world.add("slow", [](RunContext& context) { return hang(context); });
  world.start();
  world.clock.run_for(2s);
  const monitor::TimePoint asked = world.clock.now();
  bool done = false;
  monitor::TimePoint when;
  world.engine.stop([&] {
    done = true;
    when = world.clock.now();
  });
  world.clock.run_for(3s);
  ASSERT_TRUE(done);
  EXPECT_LE(when - asked, 2s);
  // The world's destructor would stop it again.
  world.forget_stop();
}

TEST(EngineTest, RunsMoreOftenWhileAChangeIsBeingConfirmed) {
  EngineWorld world;
  auto settings = make_settings("web");
  settings->interval_unhealthy = 2s;
  bool broken = false;
  int started = 0;
  world.add(settings, [&](RunContext&) {
    ++started;
    return give(broken ? failing() : passing());
  });
  world.start();
  world.clock.run_for(30s);
  broken = true;
  world.clock.run_for(10s);
  started = 0;
  world.clock.run_for(20s);
  EXPECT_GE(started, 9);
  broken = false;
  world.clock.run_for(10s);
  started = 0;
  world.clock.run_for(40s);
  EXPECT_EQ(started, 4);
}

TEST(EngineTest, PublishesABoardWhoseChecksStandInTheOrderOfTheirNames) {
  EngineWorld world;
  for (const char* name : {"web", "db", "api"}) {
    world.add(name, [](RunContext&) { return give(passing()); });
  }
  world.start();
  world.clock.run_for(3s);
  const auto view = world.view();
  ASSERT_EQ(view->checks.size(), 3U);
  EXPECT_EQ(view->checks[0]->settings->name, "api");
  EXPECT_EQ(view->checks[2]->settings->name, "web");
  EXPECT_EQ(view->find("db"), view->checks[1]);
  EXPECT_EQ(view->find("x"), nullptr);
  EXPECT_EQ(view->rollup.overall(), Status::kHealthy);
  EXPECT_TRUE(world.board.alive(world.clock.now()));
  world.clock.stall(6s);
  EXPECT_FALSE(world.board.alive(world.clock.now()));
}

}  // namespace
}  // namespace hale::testing
