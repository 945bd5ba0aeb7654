#include "monitor/board.h"

#include <atomic>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace hale::monitor {
namespace {

using namespace std::chrono_literals;

std::shared_ptr<const BoardView> version(std::uint64_t number) {
  auto view = std::make_shared<BoardView>();
  view->version = number;
  return view;
}

TEST(BoardTest, HasNoViewBeforeTheFirstPublicationAndThenTheLatest) {
  Board board;
  EXPECT_EQ(board.view(), nullptr);
  board.publish(version(1));
  const auto first = board.view();
  board.publish(version(2));
  EXPECT_EQ(board.view()->version, 2U);
  EXPECT_EQ(first->version, 1U) << "a reader keeps what it took";
}

TEST(BoardTest, ReadersOnOtherThreadsSeeWholeViewsInOrder) {
  constexpr std::uint64_t kViews = 2000;
  constexpr int kReaders = 3;
  Board board;
  board.publish(version(1));
  std::latch ready(kReaders + 1);
  std::atomic<int> out_of_order{0};
  std::vector<std::thread> readers;
  readers.reserve(kReaders);
  for (int i = 0; i < kReaders; ++i) {
    readers.emplace_back([&] {
      ready.arrive_and_wait();
      std::uint64_t last = 0;
      while (last < kViews) {
        const auto view = board.view();
        if (view->version < last) {
          ++out_of_order;
        }
        last = view->version;
        board.alive(TimePoint(1s));
      }
    });
  }
  ready.arrive_and_wait();
  for (std::uint64_t i = 2; i <= kViews; ++i) {
    board.beat(TimePoint(Duration(static_cast<Duration::rep>(i))));
    board.publish(version(i));
  }
  for (std::thread& reader : readers) {
    reader.join();
  }
  EXPECT_EQ(out_of_order, 0);
}

TEST(BoardTest, IsAliveWhileTheLastBeatIsAtMostFiveSecondsOld) {
  Board board;
  const TimePoint now(100s);
  EXPECT_FALSE(board.alive(now)) << "the scheduler has not begun";
  board.beat(now);
  EXPECT_TRUE(board.alive(now));
  EXPECT_TRUE(board.alive(now + 5s));
  EXPECT_FALSE(board.alive(now + 5s + 1ns));
  board.beat(now + 10s);
  EXPECT_TRUE(board.alive(now + 10s));
}

TEST(BoardTest, FindsAChecksViewByItsName) {
  BoardView view;
  for (const char* name : {"api", "db", "llm.local", "web"}) {
    auto settings = std::make_shared<CheckSettings>();
    settings->name = name;
    auto check = std::make_shared<CheckView>();
    check->settings = settings;
    view.checks.push_back(std::move(check));
  }
  for (const auto& check : view.checks) {
    EXPECT_EQ(view.find(check->settings->name), check);
  }
  for (const char* unknown : {"", "a", "dbx", "llm", "x"}) {
    EXPECT_EQ(view.find(unknown), nullptr) << unknown;
  }
  EXPECT_EQ(BoardView().find("web"), nullptr);
}

TEST(BoardTest, NamesItsSkipCausesAsUsersSeeThem) {
  EXPECT_EQ(to_string(SkipCause::kLate), "late");
  EXPECT_EQ(to_string(SkipCause::kRunning), "running");
  EXPECT_EQ(to_string(SkipCause::kStuck), "stuck");
}

}  // namespace
}  // namespace hale::monitor
