#include "monitor/control.h"

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/engine_world.h"

namespace hale::testing {
namespace {

using namespace std::chrono_literals;
using monitor::CommandErrorKind;
using monitor::CommandReply;
using monitor::Control;
using monitor::Status;

using Answer = std::expected<CommandReply, monitor::CommandError>;

class ControlTest : public ::testing::Test {
 protected:
  ControlTest() {
    world_.add("web", [](monitor::RunContext&) { return give(passing()); });
    world_.start();
    world_.clock.run_for(3s);
  }

  monitor::ReplyHandler keep(std::optional<Answer>& answer) {
    return [&answer](Answer given) {
      ASSERT_FALSE(answer.has_value()) << "a command is answered once";
      answer = std::move(given);
    };
  }

  EngineWorld world_;
  Control control_{world_.loop.get_executor(), world_.engine};
};

TEST_F(ControlTest, AnswersOnTheLoopAfterTheEffectIsOnTheBoard) {
  std::optional<Answer> paused;
  control_.pause("web", {}, keep(paused));
  EXPECT_FALSE(paused) << "only the loop answers";
  world_.clock.settle();
  ASSERT_TRUE(paused && *paused);
  EXPECT_EQ((*paused)->check, world_.board.view()->find("web"));
  EXPECT_EQ((*paused)->check->status, Status::kPaused);
  EXPECT_EQ((*paused)->run, nullptr);

  std::optional<Answer> ran;
  control_.run("web", keep(ran));
  world_.clock.settle();
  ASSERT_TRUE(ran && *ran);
  ASSERT_NE((*ran)->run, nullptr);
  EXPECT_EQ((*ran)->run, world_.board.view()->find("web")->last);

  std::optional<Answer> resumed;
  control_.resume("web", keep(resumed));
  world_.clock.settle();
  ASSERT_TRUE(resumed && *resumed);
  EXPECT_NE((*resumed)->check->status, Status::kPaused);
}

TEST_F(ControlTest, SaysWhichCheckItDoesNotKnow) {
  std::optional<Answer> answers[3];
  control_.run("wbe", keep(answers[0]));
  control_.pause("wbe", {}, keep(answers[1]));
  control_.resume("wbe", keep(answers[2]));
  world_.clock.settle();
  for (const auto& answer : answers) {
    ASSERT_TRUE(answer && !*answer);
    EXPECT_EQ(answer->error().kind, CommandErrorKind::kNotFound);
    EXPECT_EQ(answer->error().message, "no check named \"wbe\"");
  }
}

TEST_F(ControlTest, RefusesMoreThanItsBoundAndTakesCommandsAgainOnceAnswered) {
  int answered = 0;
  int overloaded = 0;
  const auto count = [&](const Answer& answer) {
    ++answered;
    overloaded += !answer && answer.error().kind == CommandErrorKind::kOverloaded ? 1 : 0;
  };
  for (int i = 0; i < Control::kMaxOutstanding + 3; ++i) {
    control_.resume("web", count);
  }
  EXPECT_EQ(answered, 3);
  EXPECT_EQ(overloaded, 3);
  EXPECT_EQ(control_.rejected(), 3U);
  world_.clock.settle();
  EXPECT_EQ(answered, Control::kMaxOutstanding + 3);
  control_.resume("web", count);
  world_.clock.settle();
  EXPECT_EQ(overloaded, 3);
}

TEST_F(ControlTest, AnswersEveryCommandOfManyThreadsExactlyOnce) {
  constexpr int kThreads = 4;
  constexpr int kCommands = 300;
  std::atomic<int> answered{0};
  const auto count = [&answered](const Answer&) { ++answered; };
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kCommands; ++i) {
        switch ((i + thread) % 3) {
          case 0:
            control_.pause("web", {}, count);
            break;
          case 1:
            control_.resume("web", count);
            break;
          default:
            control_.run("web", count);
        }
      }
    });
  }
  world_.loop.restart();
  while (answered < kThreads * kCommands / 2) {
    world_.loop.poll();
    world_.loop.restart();
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  world_.clock.settle();
  EXPECT_EQ(answered, kThreads * kCommands);
}

TEST_F(ControlTest, AnAgentThatStopsOrHasStoppedRefusesEveryCommand) {
  bool stopped = false;
  world_.engine.stop([&] { stopped = true; });
  world_.forget_stop();
  world_.clock.settle();
  ASSERT_TRUE(stopped);
  std::optional<Answer> answers[3];
  control_.run("web", keep(answers[0]));
  monitor::PauseRequest request;
  request.duration = 1s;
  control_.pause("web", request, keep(answers[1]));
  control_.resume("web", keep(answers[2]));
  world_.clock.settle();
  for (const auto& answer : answers) {
    ASSERT_TRUE(answer && !*answer);
    EXPECT_EQ(answer->error().kind, CommandErrorKind::kStopping);
  }
  EXPECT_EQ(world_.clock.armed(), 0U);
  EXPECT_EQ(world_.engine.in_flight(), 0U);
}

}  // namespace
}  // namespace hale::testing
