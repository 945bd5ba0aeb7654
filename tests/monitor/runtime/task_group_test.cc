#include "monitor/runtime/task_group.h"

#include <optional>
#include <stdexcept>
#include <string>

#include <asio/this_coro.hpp>
#include <gtest/gtest.h>

#include "tests/support/sim_clock.h"

namespace hale::testing {
namespace {

using namespace std::chrono_literals;
using monitor::Clock;
using monitor::Executor;
using monitor::Task;
using monitor::TaskGroup;

Task<int> answer_after(Executor executor, Clock& clock, monitor::Duration duration) {
  const monitor::TimePoint end = clock.now() + duration;
  const bool slept = co_await monitor::sleep_until(executor, clock, end);
  co_return slept ? 42 : -1;
}

Task<> fail_after(Executor executor, Clock& clock, monitor::Duration duration) {
  co_await answer_after(executor, clock, duration);
  throw std::runtime_error("boom");
}

Task<> join(TaskGroup& group, bool& joined) {
  co_await group.join();
  joined = true;
}

Task<> set_flag(bool& flag) {
  flag = true;
  co_return;
}

class TaskGroupTest : public ::testing::Test {
 protected:
  Task<int> answer(monitor::Duration duration) {
    return answer_after(loop_.get_executor(), clock_, duration);
  }

  asio::io_context loop_{1};
  SimClock clock_{loop_};
  TaskGroup group_{loop_.get_executor()};
};

TEST_F(TaskGroupTest, CountsWhatRunsAndHandsOverTheValue) {
  std::optional<int> value;
  const bool spawned = group_.spawn(answer(5s), [&](const std::exception_ptr& error, int answered) {
    EXPECT_FALSE(error);
    EXPECT_EQ(group_.active(), 0U) << "it has ended when it is reported";
    value = answered;
  });
  EXPECT_TRUE(spawned);
  EXPECT_EQ(group_.active(), 1U);
  clock_.run_for(4s);
  EXPECT_EQ(group_.active(), 1U);
  EXPECT_FALSE(value);
  clock_.run_for(1s);
  EXPECT_EQ(value, 42);
  EXPECT_EQ(group_.active(), 0U);
}

TEST_F(TaskGroupTest, HandsOverTheExceptionThatEscaped) {
  std::string message;
  group_.spawn(fail_after(loop_.get_executor(), clock_, 1s), [&](const std::exception_ptr& error) {
    try {
      std::rethrow_exception(error);
    } catch (const std::runtime_error& escaped) {
      message = escaped.what();
    }
  });
  clock_.run_for(1s);
  EXPECT_EQ(message, "boom");
}

TEST_F(TaskGroupTest, RefusesAfterCloseAndTheTaskNeverStarts) {
  bool started = false;
  bool reported = false;
  group_.close();
  EXPECT_TRUE(group_.closed());
  EXPECT_FALSE(
      group_.spawn(set_flag(started), [&](const std::exception_ptr&) { reported = true; }));
  clock_.settle();
  EXPECT_FALSE(started);
  EXPECT_FALSE(reported);
  EXPECT_EQ(group_.active(), 0U);
}

TEST_F(TaskGroupTest, ASignalOnItsSlotCancelsATask) {
  asio::cancellation_signal cancel;
  std::optional<int> value;
  group_.spawn(
      answer(24h), [&](const std::exception_ptr&, int answered) { value = answered; },
      cancel.slot());
  clock_.settle();
  cancel.emit(asio::cancellation_type::terminal);
  clock_.settle();
  EXPECT_EQ(value, -1);
}

TEST_F(TaskGroupTest, JoinEndsWhenTheLastTaskHasEnded) {
  TaskGroup outer(loop_.get_executor());
  bool joined = false;
  group_.spawn(answer(2s), [](const std::exception_ptr&, int) {});
  group_.spawn(answer(5s), [](const std::exception_ptr&, int) {});
  outer.spawn(join(group_, joined), [](const std::exception_ptr&) {});
  clock_.run_for(4s);
  EXPECT_FALSE(joined);
  clock_.run_for(1s);
  EXPECT_TRUE(joined);
  joined = false;
  outer.spawn(join(group_, joined), [](const std::exception_ptr&) {});
  clock_.settle();
  EXPECT_TRUE(joined) << "an empty group is joined at once";
}

TEST_F(TaskGroupTest, ACancelledJoinWaitsNoLonger) {
  TaskGroup outer(loop_.get_executor());
  asio::cancellation_signal cancel;
  bool ended = false;
  bool joined = false;
  group_.spawn(answer(5s), [](const std::exception_ptr&, int) {});
  outer.spawn(
      join(group_, joined), [&](const std::exception_ptr&) { ended = true; }, cancel.slot());
  clock_.settle();
  cancel.emit(asio::cancellation_type::terminal);
  clock_.settle();
  EXPECT_TRUE(ended);
  EXPECT_EQ(group_.active(), 1U);
  clock_.run_for(5s);
}

TEST_F(TaskGroupTest, AnAbandonedTaskCountsNoMoreButIsStillReportedIfItEnds) {
  std::optional<int> value;
  group_.spawn(answer(5s), [&](const std::exception_ptr&, int answered) { value = answered; });
  group_.abandon();
  EXPECT_EQ(group_.active(), 0U);
  EXPECT_TRUE(group_.closed());
  clock_.run_for(5s);
  EXPECT_EQ(value, 42);
}

TEST_F(TaskGroupTest, ATaskThatHangsUntilTheLoopIsDestroyedOutlivesAnAbandonedGroup) {
  auto loop = std::make_unique<asio::io_context>(1);
  SimClock clock(*loop);
  auto group = std::make_unique<TaskGroup>(loop->get_executor());
  bool reported = false;
  group->spawn(answer_after(loop->get_executor(), clock, 24h),
               [&](const std::exception_ptr&, int) { reported = true; });
  clock.settle();
  group->abandon();
  group.reset();
  loop.reset();
  EXPECT_FALSE(reported);
}

TEST(TaskGroupDeathTest, AGroupThatIsDestroyedWhileATaskRunsIsABug) {
  const auto destroy_with_a_task = [] {
    asio::io_context loop(1);
    SimClock clock(loop);
    TaskGroup group(loop.get_executor());
    group.spawn(answer_after(loop.get_executor(), clock, 1s),
                [](const std::exception_ptr&, int) {});
  };
  EXPECT_DEATH(destroy_with_a_task(), "active == 0");
}

}  // namespace
}  // namespace hale::testing
