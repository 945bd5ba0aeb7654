#include "monitor/runtime/all_of.h"

#include <exception>
#include <expected>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>
#include <gtest/gtest.h>

#include "monitor/runtime/clock.h"
#include "tests/support/sim_clock.h"

namespace hale::testing {
namespace {

using namespace std::chrono_literals;
using monitor::Executor;
using monitor::Task;
using Ends = std::vector<std::expected<int, std::exception_ptr>>;

class AllOfTest : public ::testing::Test {
 protected:
  // Ends after so many seconds by `value`; a negative one is thrown. Cancelled, it takes a second
  // more.
  Task<int> after(int seconds, int value) {
    const bool slept = co_await monitor::sleep_until(executor_, clock_,
                                                     clock_.now() + std::chrono::seconds(seconds));
    if (!slept) {
      co_await asio::this_coro::reset_cancellation_state();
      co_await monitor::sleep_until(executor_, clock_, clock_.now() + 1s);
    }
    ++ended_;
    if (value < 0) {
      throw std::runtime_error("negative");
    }
    co_return value;
  }

  void start(std::vector<Task<int>> tasks) {
    group_.spawn(
        monitor::all_of<int>(executor_, std::move(tasks)),
        [this](const std::exception_ptr& error, Ends ends) {
          error_ = error;
          ends_ = std::move(ends);
        },
        signal_.slot());
    clock_.settle();
  }

  asio::io_context loop_{1};
  Executor executor_{loop_.get_executor()};
  SimClock clock_{loop_};
  asio::cancellation_signal signal_;
  monitor::TaskGroup group_{executor_};
  int ended_ = 0;
  std::exception_ptr error_;
  std::optional<Ends> ends_;
};

TEST_F(AllOfTest, GivesEachValueInTheOrderOfTheTasks) {
  std::vector<Task<int>> tasks;
  tasks.push_back(after(2, 20));
  tasks.push_back(after(1, -1));
  tasks.push_back(after(3, 30));
  start(std::move(tasks));
  clock_.run_for(2s);
  EXPECT_FALSE(ends_.has_value()) << "side by side, and the last has not ended";
  clock_.run_for(1s);
  ASSERT_TRUE(ends_ && ends_->size() == 3);
  EXPECT_EQ((*ends_)[0].value_or(0), 20);
  EXPECT_FALSE((*ends_)[1].has_value());
  EXPECT_EQ((*ends_)[2].value_or(0), 30);
}

TEST_F(AllOfTest, EndsAtOnceWithoutTasks) {
  start({});
  ASSERT_TRUE(ends_.has_value());
  EXPECT_TRUE(ends_->empty());
}

TEST_F(AllOfTest, CancelledItWaitsForAllEndsAndThrows) {
  std::vector<Task<int>> tasks;
  tasks.push_back(after(60, 1));
  tasks.push_back(after(60, 2));
  start(std::move(tasks));
  signal_.emit(asio::cancellation_type::terminal);
  clock_.settle();
  EXPECT_FALSE(ends_.has_value());
  clock_.run_for(1s);
  EXPECT_EQ(ended_, 2);
  ASSERT_TRUE(error_ != nullptr);
  EXPECT_THROW(std::rethrow_exception(error_), asio::system_error);
}

}  // namespace
}  // namespace hale::testing
