#include "monitor/runtime/clock.h"

#include <optional>
#include <vector>

#include <asio/system_error.hpp>
#include <gtest/gtest.h>

#include "monitor/runtime/task_group.h"
#include "tests/support/sim_clock.h"

namespace hale::testing {
namespace {

using namespace std::chrono_literals;
using monitor::Clock;
using monitor::Executor;
using monitor::RealClock;
using monitor::Task;
using monitor::TaskGroup;
using monitor::TimePoint;
using monitor::WaitPoint;

constexpr TimePoint kLongAgo{1s};

class RealClockTest : public ::testing::Test {
 protected:
  void run() {
    loop_.restart();
    loop_.poll();
  }

  asio::io_context loop_{1};
  RealClock clock_{loop_};
};

TEST_F(RealClockTest, MonotonicTimeNeverGoesBack) {
  TimePoint last = clock_.now();
  for (int i = 0; i < 1000; ++i) {
    const TimePoint now = clock_.now();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST_F(RealClockTest, AnAlarmGoesOffOnceOnTheLoopWhenItsTimeHasCome) {
  int rung = 0;
  const auto alarm = clock_.make_alarm([&] { ++rung; });
  alarm->arm(kLongAgo);
  EXPECT_EQ(rung, 0) << "not before the loop runs";
  run();
  EXPECT_EQ(rung, 1);
  run();
  EXPECT_EQ(rung, 1);
  alarm->arm(clock_.now() + 24h);
  run();
  EXPECT_EQ(rung, 1);
}

TEST_F(RealClockTest, ADisarmedAlarmStaysSilentEvenIfItsTimeHadCome) {
  int rung = 0;
  const auto alarm = clock_.make_alarm([&] { ++rung; });
  auto other = clock_.make_alarm([&] { ++rung; });
  alarm->arm(kLongAgo);
  other->arm(kLongAgo);
  alarm->disarm();
  other.reset();
  run();
  EXPECT_EQ(rung, 0);
}

TEST_F(RealClockTest, AnAlarmThatIsDisarmedOrMovedByOneOfTheSameInstantStaysSilent) {
  std::vector<int> rung;
  std::unique_ptr<monitor::Alarm> second;
  std::unique_ptr<monitor::Alarm> third;
  const auto first = clock_.make_alarm([&] {
    rung.push_back(1);
    second->disarm();
    third->arm(clock_.now() + 24h);
  });
  second = clock_.make_alarm([&] { rung.push_back(2); });
  third = clock_.make_alarm([&] { rung.push_back(3); });
  first->arm(kLongAgo);
  second->arm(kLongAgo + 1s);
  third->arm(kLongAgo + 2s);
  run();
  EXPECT_EQ(rung, std::vector<int>{1});
}

TEST_F(RealClockTest, ArmingAgainReplacesTheEarlierTime) {
  int rung = 0;
  const auto alarm = clock_.make_alarm([&] { ++rung; });
  alarm->arm(kLongAgo);
  alarm->arm(kLongAgo + 1s);
  run();
  EXPECT_EQ(rung, 1);
}

TEST_F(RealClockTest, AHandlerMayArmItsOwnAlarmAgainOrDestroyIt) {
  int rung = 0;
  std::unique_ptr<monitor::Alarm> alarm;
  alarm = clock_.make_alarm([&] {
    if (++rung < 3) {
      alarm->arm(kLongAgo);
    } else {
      alarm.reset();
    }
  });
  alarm->arm(kLongAgo);
  run();
  EXPECT_EQ(rung, 3);
  EXPECT_EQ(alarm, nullptr);
}

class WaitPointTest : public ::testing::Test {
 protected:
  static Task<> wait(WaitPoint& point, TimePoint deadline, std::optional<WaitPoint::Ended>& ended) {
    ended = co_await point.wait_until(deadline);
  }

  static Task<> sleep(Executor executor, Clock& clock, TimePoint deadline,
                      std::optional<bool>& outcome) {
    outcome = co_await monitor::sleep_until(executor, clock, deadline);
  }

  void spawn(Task<> task) {
    group_.spawn(
        std::move(task), [](const std::exception_ptr& error) { ASSERT_FALSE(error); },
        cancel_.slot());
  }

  asio::io_context loop_{1};
  SimClock clock_{loop_};
  WaitPoint point_{loop_.get_executor(), clock_};
  asio::cancellation_signal cancel_;
  TaskGroup group_{loop_.get_executor()};
  std::optional<WaitPoint::Ended> ended_;
};

TEST_F(WaitPointTest, EndsAtItsTime) {
  const TimePoint begin = clock_.now();
  spawn(wait(point_, begin + 5s, ended_));
  clock_.run_until(begin + 5s - 1ns);
  EXPECT_FALSE(ended_);
  clock_.run_until(begin + 5s);
  EXPECT_EQ(ended_, WaitPoint::Ended::kTime);
}

TEST_F(WaitPointTest, EndsWhenItIsWoken) {
  spawn(wait(point_, clock_.now() + 5s, ended_));
  clock_.settle();
  point_.wake();
  clock_.settle();
  EXPECT_EQ(ended_, WaitPoint::Ended::kWoken);
  EXPECT_EQ(clock_.armed(), 0U);
}

TEST_F(WaitPointTest, AWakeBeforeTheWaitIsNotLost) {
  point_.wake();
  spawn(wait(point_, TimePoint::max(), ended_));
  clock_.settle();
  EXPECT_EQ(ended_, WaitPoint::Ended::kWoken);
}

TEST_F(WaitPointTest, AWakeEndsOneWaitAndNotTheNext) {
  point_.wake();
  spawn(wait(point_, TimePoint::max(), ended_));
  clock_.settle();
  ended_.reset();
  spawn(wait(point_, clock_.now() + 5s, ended_));
  clock_.settle();
  EXPECT_FALSE(ended_);
  clock_.run_for(5s);
  EXPECT_EQ(ended_, WaitPoint::Ended::kTime);
}

TEST_F(WaitPointTest, EndsWhenTheWaitingTaskIsCancelled) {
  spawn(wait(point_, clock_.now() + 5s, ended_));
  clock_.settle();
  cancel_.emit(asio::cancellation_type::terminal);
  clock_.settle();
  EXPECT_EQ(ended_, WaitPoint::Ended::kCancelled);
  EXPECT_EQ(clock_.armed(), 0U);
}

TEST_F(WaitPointTest, AWakeAndTheTimeInTheSameInstantIsAWake) {
  spawn(wait(point_, clock_.now() + 5s, ended_));
  const auto first = clock_.make_alarm([&] { point_.wake(); });
  first->arm(clock_.now() + 5s);
  clock_.run_for(5s);
  EXPECT_EQ(ended_, WaitPoint::Ended::kWoken);
}

TEST_F(WaitPointTest, SleepSaysWhetherItsTimeHasComeOrItWasCancelled) {
  std::optional<bool> slept;
  spawn(sleep(loop_.get_executor(), clock_, clock_.now() + 5s, slept));
  clock_.run_for(5s);
  EXPECT_EQ(slept, true);
  slept.reset();
  spawn(sleep(loop_.get_executor(), clock_, clock_.now() + 5s, slept));
  clock_.settle();
  cancel_.emit(asio::cancellation_type::terminal);
  clock_.settle();
  EXPECT_EQ(slept, false);
}

}  // namespace
}  // namespace hale::testing
