#include "monitor/runtime/blocking_pool.h"

#include <atomic>
#include <latch>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <asio/executor_work_guard.hpp>
#include <gtest/gtest.h>

#include "monitor/runtime/task_group.h"
#include "tests/support/sim_clock.h"

namespace hale::testing {
namespace {

using namespace std::chrono_literals;
using monitor::BlockingPool;
using monitor::PoolFailure;
using monitor::TaskGroup;

using Value = std::expected<int, PoolFailure>;

// A call that blocks until it is let go. Shared with the pool's thread, which may outlive the test.
class Gate {
 public:
  std::function<int()> work(int value = 42) {
    return [state = state_, value] {
      state->entered.count_down();
      state->open.wait();
      return value;
    };
  }
  void wait_until_entered() { state_->entered.wait(); }
  void open() { state_->open.count_down(); }

 private:
  struct State {
    std::latch entered{1};
    std::latch open{1};
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

// Counts the threads on which it was used and that have not ended.
class Presence {
 public:
  static void show() { thread_local const Presence kHere; }
  static int count() { return present(); }

 private:
  Presence() { ++present(); }
  ~Presence() { --present(); }
  static std::atomic<int>& present() {
    static std::atomic<int> number = 0;
    return number;
  }
};

class BlockingPoolTest : public ::testing::Test {
 protected:
  void TearDown() override { group_.abandon(); }

  void make(int workers, int max_stuck = 4, int max_queued = 16) {
    pool_ = std::make_unique<BlockingPool>(
        loop_.get_executor(), clock_,
        BlockingPool::Options{
            .name = "files", .workers = workers, .max_stuck = max_stuck, .max_queued = max_queued});
  }

  // Calls, and keeps what came of it where the caller looks.
  std::shared_ptr<std::optional<Value>> call(const std::string& key, std::function<int()> work,
                                             monitor::Duration patience = 5s,
                                             asio::cancellation_slot slot = {}) {
    auto outcome = std::make_shared<std::optional<Value>>();
    group_.spawn(
        pool_->call<int>(key, clock_.now() + patience, std::move(work)),
        [outcome](const std::exception_ptr& error, const Value& value) {
          EXPECT_FALSE(error);
          *outcome = value;
        },
        slot);
    clock_.settle();
    return outcome;
  }

  // Runs the loop, without moving its clock, until `condition` holds.
  template <class Condition>
  void pump(Condition condition) {
    loop_.restart();
    while (!condition()) {
      ASSERT_GT(loop_.run_one_for(30s), 0U) << "what was waited for never came";
    }
  }

  asio::io_context loop_{1};
  asio::executor_work_guard<monitor::Executor> busy_{loop_.get_executor()};
  SimClock clock_{loop_};
  std::unique_ptr<BlockingPool> pool_;
  TaskGroup group_{loop_.get_executor()};
};

TEST_F(BlockingPoolTest, GivesWhatTheCallReturnedFromAThreadOfItsOwn) {
  make(2);
  const auto here = std::this_thread::get_id();
  const auto outcome = call("/", [here] { return std::this_thread::get_id() == here ? 1 : 2; });
  pump([&] { return outcome->has_value(); });
  EXPECT_EQ(**outcome, Value(2));
  EXPECT_EQ(clock_.armed(), 0U);
}

TEST_F(BlockingPoolTest, ACallThatThrowsIsFailedAndHarmsNothing) {
  make(1);
  const auto bad = call("/", []() -> int { throw std::runtime_error("boom"); });
  pump([&] { return bad->has_value(); });
  EXPECT_EQ(**bad, Value(std::unexpect, PoolFailure::kFailed));
  const auto good = call("/", [] { return 1; });
  pump([&] { return good->has_value(); });
  EXPECT_EQ(**good, Value(1));
}

TEST_F(BlockingPoolTest, AnOverdueCallIsATimeoutAndThenStuckUntilItComesBack) {
  make(1);
  Gate gate;
  const auto overdue = call("/mnt", gate.work(), 5s);
  gate.wait_until_entered();
  EXPECT_EQ(pool_->stats().running, 1U);
  clock_.run_for(5s);
  ASSERT_TRUE(overdue->has_value());
  EXPECT_EQ(**overdue, Value(std::unexpect, PoolFailure::kTimeout));
  EXPECT_EQ(pool_->stats().stuck, 1U);
  EXPECT_EQ(pool_->stats().running, 0U);
  EXPECT_EQ(pool_->stats().abandoned, 1U);

  const auto called = std::make_shared<std::atomic<bool>>(false);
  const auto second = call("/mnt", [called] {
    *called = true;
    return 1;
  });
  ASSERT_TRUE(second->has_value()) << "it is not waited for";
  EXPECT_EQ(**second, Value(std::unexpect, PoolFailure::kStuck));

  gate.open();
  pump([&] { return pool_->stats().stuck == 0; });
  EXPECT_FALSE(*called) << "no second call on the same thing";
  const auto third = call("/mnt", [] { return 3; });
  pump([&] { return third->has_value(); });
  EXPECT_EQ(**third, Value(3));
  EXPECT_EQ(pool_->stats().abandoned, 1U);
}

TEST_F(BlockingPoolTest, AFreshThreadTakesThePlaceOfAStuckOne) {
  make(1);
  Gate gates[3];
  for (Gate& gate : gates) {
    call("/dead" + std::to_string(&gate - gates), gate.work(), 1s);
    gate.wait_until_entered();
    clock_.run_for(1s);
  }
  EXPECT_EQ(pool_->stats().stuck, 3U);
  const auto outcome = call("/alive", [] { return 1; });
  pump([&] { return outcome->has_value(); });
  EXPECT_EQ(**outcome, Value(1));
  for (Gate& gate : gates) {
    gate.open();
  }
  pump([&] { return pool_->stats().stuck == 0; });
}

TEST_F(BlockingPoolTest, WhatIsQueuedBehindCallsThatTakeLongGetsThreadsSoon) {
  make(1);
  Gate gate;
  const auto hanging = call("/dead", gate.work(), 60s);
  gate.wait_until_entered();
  const auto first = call("/alive", [] { return 1; }, 60s);
  const auto second = call("/also-alive", [] { return 2; }, 60s);
  clock_.run_for(49ms);
  EXPECT_EQ(pool_->stats().queued, 2U);
  clock_.run_for(1ms);
  pump([&] { return first->has_value() && second->has_value(); });
  EXPECT_EQ(**first, Value(1));
  EXPECT_EQ(**second, Value(2));
  EXPECT_FALSE(hanging->has_value()) << "it has its time all the same";
  EXPECT_EQ(pool_->stats().stuck, 0U);
  const auto third = call("/alive-too", [] { return 3; }, 60s);
  pump([&] { return third->has_value(); });  // by the thread that is there now
  gate.open();
  pump([&] { return hanging->has_value(); });
  EXPECT_EQ(**hanging, Value(42));
}

TEST_F(BlockingPoolTest, AQueueThatMovesGetsNoMoreThreads) {
  make(1);
  Gate gates[2];
  call("/slow", gates[0].work(), 60s);
  gates[0].wait_until_entered();
  call("/slow-too", gates[1].work(), 60s);
  const auto third = call("/third", [] { return 3; }, 60s);
  clock_.run_for(30ms);
  gates[0].open();
  gates[1].wait_until_entered();
  pump([&] { return pool_->stats().running + pool_->stats().queued == 2; });
  clock_.run_for(20ms);
  EXPECT_EQ(pool_->stats().queued, 1U) << "one came back within the 50 ms";
  clock_.run_for(50ms);
  pump([&] { return third->has_value(); });
  EXPECT_EQ(**third, Value(3));
  gates[1].open();
  pump([&] { return group_.active() == 0; });
}

// More calls hang than there may be stuck ones before what is queued gets its threads.
TEST_F(BlockingPoolTest, ThereIsNoReliefBeyondTheBoundOfStuckThreads) {
  make(1, 1);
  Gate first;
  Gate second;
  const auto a = call("/a", first.work(), 60ms);
  first.wait_until_entered();
  clock_.run_for(20ms);
  const auto b = call("/b", second.work(), 45ms);  // queued: somebody looks again after 50 ms
  clock_.run_for(40ms);
  second.wait_until_entered();  // in the place of the first, which is stuck
  clock_.run_for(5ms);
  EXPECT_EQ(pool_->stats().stuck, 2U);
  const auto c = call("/c", [] { return 3; }, 60s);
  clock_.run_for(100ms);
  EXPECT_EQ(pool_->stats().queued, 1U);
  first.open();
  pump([&] { return c->has_value(); });
  EXPECT_EQ(**c, Value(3));
  second.open();
  pump([&] { return pool_->stats().stuck == 0; });
  const auto d = call("/d", [] { return 4; });
  pump([&] { return d->has_value(); });
  EXPECT_EQ(**d, Value(4));
}

TEST_F(BlockingPoolTest, BeyondTheBoundOfStuckThreadsCallsAreRefusedAtTheirDeadline) {
  make(1, 0);
  Gate gate;
  call("/dead", gate.work(), 1s);
  gate.wait_until_entered();
  clock_.run_for(1s);
  const auto called = std::make_shared<std::atomic<bool>>(false);
  const auto waiting = call(
      "/alive",
      [called] {
        *called = true;
        return 1;
      },
      2s);
  const auto joined = call("/alive", [] { return 2; }, 60s);
  EXPECT_EQ(pool_->stats().queued, 1U);
  clock_.run_for(2s);
  ASSERT_TRUE(waiting->has_value());
  EXPECT_EQ(**waiting, Value(std::unexpect, PoolFailure::kFull));
  ASSERT_TRUE(joined->has_value()) << "what will never run is not waited for";
  EXPECT_EQ(**joined, Value(std::unexpect, PoolFailure::kFull));
  EXPECT_EQ(pool_->stats().queued, 0U);
  EXPECT_EQ(pool_->stats().rejected, 1U);

  gate.open();
  const auto after = call("/other", [] { return 3; });
  pump([&] { return after->has_value(); });
  EXPECT_EQ(**after, Value(3));
  EXPECT_FALSE(*called);
}

TEST_F(BlockingPoolTest, AFullQueueIsARejectionAtOnce) {
  make(1, 4, 1);
  Gate gate;
  const auto first = call("/a", gate.work(1));
  gate.wait_until_entered();
  const auto second = call("/b", [] { return 2; });
  const auto third = call("/c", [] { return 3; });
  EXPECT_FALSE(second->has_value());
  ASSERT_TRUE(third->has_value());
  EXPECT_EQ(**third, Value(std::unexpect, PoolFailure::kFull));
  EXPECT_EQ(pool_->stats().rejected, 1U);
  gate.open();
  pump([&] { return first->has_value() && second->has_value(); });
  EXPECT_EQ(**first, Value(1));
  EXPECT_EQ(**second, Value(2));
}

TEST_F(BlockingPoolTest, CallersOfTheSameKeyShareOneCallAndItsValue) {
  make(2);
  Gate gate;
  const auto called_again = std::make_shared<std::atomic<bool>>(false);
  const auto again = [called_again] {
    *called_again = true;
    return 2;
  };
  const auto impatient = call("/", gate.work(1), 1s);
  gate.wait_until_entered();
  const auto second = call("/", again, 60s);
  const auto third = call("/", again, 60s);
  clock_.run_for(1s);
  ASSERT_TRUE(impatient->has_value());
  EXPECT_EQ(**impatient, Value(std::unexpect, PoolFailure::kTimeout));
  EXPECT_FALSE(second->has_value()) << "its own deadline is later";
  gate.open();
  pump([&] { return second->has_value() && third->has_value(); });
  EXPECT_EQ(**second, Value(1));
  EXPECT_EQ(**third, Value(1));
  EXPECT_FALSE(*called_again);
  EXPECT_EQ(pool_->stats().stuck, 0U);
}

TEST_F(BlockingPoolTest, ACancelledCallerLeavesTheCallToTheNextOne) {
  make(1);
  Gate gate;
  asio::cancellation_signal cancel;
  const auto cancelled = call("/", gate.work(1), 60s, cancel.slot());
  gate.wait_until_entered();
  cancel.emit(asio::cancellation_type::terminal);
  clock_.settle();
  ASSERT_TRUE(cancelled->has_value());
  EXPECT_EQ(**cancelled, Value(std::unexpect, PoolFailure::kCancelled));
  EXPECT_EQ(pool_->stats().stuck, 0U);
  EXPECT_EQ(pool_->stats().running, 1U);
  const auto next = call("/", [] { return 2; });
  gate.open();
  pump([&] { return next->has_value(); });
  EXPECT_EQ(**next, Value(1));
}

TEST_F(BlockingPoolTest, AThreadThatIsOneTooManySwallowsNoCallWhenItLeaves) {
  make(1);
  Gate dead;
  Gate alive;
  // The replacement of the stuck thread is idle first, then the stuck one comes back: one of the
  // two has to go, and whichever is woken for the next call must not take it along.
  call("/dead", dead.work(), 1s);
  dead.wait_until_entered();
  clock_.run_for(1s);
  const auto other = call("/alive", [] { return 1; });
  pump([&] { return other->has_value(); });
  dead.open();
  pump([&] { return pool_->stats().stuck == 0; });
  const auto next = call("/next", [] { return 2; });
  pump([&] { return next->has_value(); });
  EXPECT_EQ(**next, Value(2));
}

TEST_F(BlockingPoolTest, AThreadThatHasNothingToDoLeavesAndAnotherComesWhenItIsNeeded) {
  pool_ = std::make_unique<BlockingPool>(
      loop_.get_executor(), clock_,
      BlockingPool::Options{.name = "files", .workers = 4, .idle = std::chrono::milliseconds(1)});
  for (int round = 0; round < 20; ++round) {
    std::vector<std::shared_ptr<std::optional<Value>>> calls;
    std::vector<Gate> gates(4);
    for (std::size_t i = 0; i < gates.size(); ++i) {
      calls.push_back(call("/" + std::to_string(i), [work = gates[i].work()] {
        Presence::show();
        return work();
      }));
    }
    for (std::size_t i = 0; i < gates.size(); ++i) {
      gates[i].wait_until_entered();
      gates[i].open();
      pump([&] { return calls[i]->has_value(); });
      EXPECT_EQ(**calls[i], Value(42));
    }
    while (Presence::count() > 0) {
      std::this_thread::yield();  // a thread that stays is ended by the test's own deadline
    }
  }
}

TEST_F(BlockingPoolTest, DestructionLeavesAHangingCallBehindAndDropsWhatIsQueued) {
  make(1, 0);
  Gate gate;
  const auto called = std::make_shared<std::atomic<bool>>(false);
  const auto hanging = call("/dead", gate.work(), 1s);
  gate.wait_until_entered();
  const auto queued = call(
      "/queued",
      [called] {
        *called = true;
        return 1;
      },
      1s);
  clock_.run_for(1s);
  ASSERT_TRUE(hanging->has_value() && queued->has_value());
  pool_.reset();
  gate.open();
  clock_.settle();
  EXPECT_FALSE(*called);
  EXPECT_EQ(clock_.armed(), 0U);
}

TEST_F(BlockingPoolTest, ACallThatComesBackBetweenDestructionAndTheEndOfTheLoopIsDropped) {
  make(1);
  Gate gate;
  call("/", gate.work(), 1s);
  gate.wait_until_entered();
  clock_.run_for(1s);
  gate.open();
  pool_.reset();
  clock_.settle();
  EXPECT_EQ(group_.active(), 0U);
}

}  // namespace
}  // namespace hale::testing
