#include "checks/kernel/event_window.h"

#include <gtest/gtest.h>

namespace hale::checks {
namespace {

using monitor::TimePoint;
using std::chrono::minutes;
using Names = std::vector<std::string>;
using Trouble = KernelTrouble;

const TimePoint kStart{std::chrono::hours(1)};

TEST(KernelEventWindowTest, CountsWhatWasLately) {
  KernelEventWindow window(minutes(10));
  window.add(Trouble::kOomKill, kStart, 2, "a", kStart);
  window.add(Trouble::kOomKill, kStart - minutes(10), 5, "too old", kStart);
  window.add(Trouble::kOomKill, kStart + minutes(5), 1, "b", kStart + minutes(5));
  window.add(Trouble::kLockup, kStart + minutes(5), 1, "CPU#1", kStart + minutes(5));
  EXPECT_EQ(window.count(Trouble::kOomKill), 3U);
  EXPECT_EQ(window.about(Trouble::kOomKill), (Names{"b", "a"}));
  EXPECT_EQ(window.count(Trouble::kFault), 0U);
  window.move_to(kStart + minutes(10));
  EXPECT_EQ(window.count(Trouble::kOomKill), 1U);
  EXPECT_EQ(window.about(Trouble::kOomKill), (Names{"b"}));
  window.move_to(kStart + minutes(15));
  EXPECT_EQ(window.count(Trouble::kOomKill), 0U);
}

TEST(KernelEventWindowTest, NamesAFewEachOnce) {
  KernelEventWindow window(minutes(10));
  for (const char* name : {"a", "b", "c", "d", "d", ""}) {
    window.add(Trouble::kHungTask, kStart, 1, name, kStart);
  }
  EXPECT_EQ(window.about(Trouble::kHungTask), (Names{"d", "c", "b"}));
}

TEST(KernelEventWindowTest, KeepsItsNumberInAStorm) {
  KernelEventWindow window(minutes(10));
  for (int i = 0; i < 5000; ++i) {
    window.add(Trouble::kInputOutput, kStart, 1, "sda", kStart);
  }
  EXPECT_EQ(window.count(Trouble::kInputOutput), 5000U);
}

}  // namespace
}  // namespace hale::checks
