#include "monitor/runtime/first_of.h"

#include <optional>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "monitor/runtime/task_group.h"
#include "tests/support/sim_clock.h"

namespace hale::testing {
namespace {

using namespace std::chrono_literals;
using monitor::Clock;
using monitor::Executor;
using monitor::first_of;
using monitor::Task;
using monitor::TimePoint;
using monitor::with_deadline;

// What a task lived through: whether it was cancelled, and that it has ended.
struct Life {
  bool cancelled = false;
  bool ended = false;
};

template <class T>
Task<T> give_at(Executor executor, Clock& clock, TimePoint end, T value, Life& life) {
  life.cancelled = !co_await monitor::sleep_until(executor, clock, end);
  life.ended = true;
  co_return value;
}

Task<int> fail_at(Executor executor, Clock& clock, TimePoint end, Life& life) {
  co_await give_at<int>(executor, clock, end, 0, life);
  throw std::runtime_error("refused");
}

using Either = std::variant<int, std::string>;

class FirstOfTest : public ::testing::Test {
 protected:
  TimePoint in(monitor::Duration duration) { return clock_.now() + duration; }

  Task<int> number(monitor::Duration after) {
    return give_at<int>(executor_, clock_, in(after), 7, a_);
  }
  Task<std::string> word(monitor::Duration after) {
    return give_at<std::string>(executor_, clock_, in(after), "seven", b_);
  }

  template <class T>
  void spawn(Task<T> task, std::optional<T>& value) {
    group_.spawn(
        std::move(task),
        [this, &value](const std::exception_ptr& error, T given) {
          error_ = error;
          if (!error) {
            value = std::move(given);
          }
        },
        cancel_.slot());
  }

  std::string escaped() {
    try {
      if (error_) {
        std::rethrow_exception(error_);
      }
    } catch (const asio::system_error& error) {
      return error.code() == asio::error::operation_aborted ? "aborted" : error.what();
    } catch (const std::exception& error) {
      return error.what();
    }
    return "";
  }

  asio::io_context loop_{1};
  Executor executor_ = loop_.get_executor();
  SimClock clock_{loop_};
  Life a_;
  Life b_;
  asio::cancellation_signal cancel_;
  monitor::TaskGroup group_{executor_};
  std::exception_ptr error_;
};

TEST_F(FirstOfTest, TheFirstToEndWinsAndTheOtherIsCancelledAndAwaited) {
  std::optional<Either> either;
  spawn(first_of<int, std::string>(executor_, number(2s), word(5s)), either);
  clock_.run_for(2s);
  ASSERT_TRUE(either);
  EXPECT_EQ(std::get<0>(*either), 7);
  EXPECT_FALSE(a_.cancelled);
  EXPECT_TRUE(b_.cancelled && b_.ended);

  a_ = b_ = Life();
  spawn(first_of<int, std::string>(executor_, number(5s), word(2s)), either);
  clock_.run_for(2s);
  EXPECT_EQ(std::get<1>(*either), "seven");
  EXPECT_TRUE(a_.cancelled && a_.ended);
}

TEST_F(FirstOfTest, AnExceptionThatComesFirstWinsToo) {
  std::optional<Either> either;
  spawn(first_of<int, std::string>(executor_, fail_at(executor_, clock_, in(1s), a_), word(5s)),
        either);
  clock_.run_for(1s);
  EXPECT_FALSE(either);
  EXPECT_EQ(escaped(), "refused");
  EXPECT_TRUE(b_.cancelled && b_.ended);
}

TEST_F(FirstOfTest, AnExceptionOfTheLoserIsDropped) {
  std::optional<Either> either;
  spawn(first_of<int, std::string>(executor_, fail_at(executor_, clock_, in(5s), a_), word(1s)),
        either);
  clock_.run_for(1s);
  ASSERT_TRUE(either);
  EXPECT_EQ(std::get<1>(*either), "seven");
  EXPECT_EQ(escaped(), "");
  EXPECT_TRUE(a_.cancelled);
}

TEST_F(FirstOfTest, ACancelledWaiterCancelsBoth) {
  std::optional<Either> either;
  spawn(first_of<int, std::string>(executor_, number(2s), word(5s)), either);
  clock_.settle();
  cancel_.emit(asio::cancellation_type::terminal);
  clock_.settle();
  EXPECT_TRUE(a_.cancelled && a_.ended && b_.cancelled && b_.ended);
  EXPECT_EQ(escaped(), "aborted");
  EXPECT_EQ(clock_.armed(), 0U);
}

TEST_F(FirstOfTest, WithADeadlineATaskInTimeGivesItsValue) {
  std::optional<std::optional<int>> value;
  spawn(with_deadline<int>(executor_, clock_, in(3s), number(2s)), value);
  clock_.run_for(2s);
  ASSERT_TRUE(value);
  EXPECT_EQ(*value, 7);
  EXPECT_EQ(clock_.armed(), 0U) << "no alarm is left behind";
}

TEST_F(FirstOfTest, AtTheDeadlineTheTaskIsCancelledAndThereIsNoValue) {
  std::optional<std::optional<int>> value;
  spawn(with_deadline<int>(executor_, clock_, in(3s), number(5s)), value);
  clock_.run_for(3s);
  ASSERT_TRUE(value);
  EXPECT_EQ(*value, std::nullopt);
  EXPECT_TRUE(a_.cancelled && a_.ended);
}

TEST_F(FirstOfTest, WithADeadlineAFailureIsThatFailureAndNoTimeout) {
  std::optional<std::optional<int>> value;
  spawn(with_deadline<int>(executor_, clock_, in(3s), fail_at(executor_, clock_, in(1s), a_)),
        value);
  clock_.run_for(1s);
  EXPECT_FALSE(value);
  EXPECT_EQ(escaped(), "refused");
}

}  // namespace
}  // namespace hale::testing
