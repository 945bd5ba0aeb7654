#include "monitor/health/check_health.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace hale::monitor {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kNow{1000s};

class CheckHealthTest : public testing::Test {
 protected:
  CheckHealthTest() {
    settings_.fall = {3, 3};
    settings_.rise = {2, 2};
    settings_.max_unknown = 3;
  }

  static Outcome outcome(Result result) {
    Outcome outcome;
    outcome.result = result;
    outcome.reason = result == Result::kPass ? Reason::kNone : Reason::kStatus;
    return outcome;
  }

  struct Item {
    const char* name;
    Result result;
  };

  std::vector<ItemChange> look(Result result, const std::vector<Item>& items = {},
                               WallTime now = kNow) {
    CheckResult looked;
    looked.outcome = outcome(result);
    for (const Item& item : items) {
      looked.items.push_back(
          {.name = item.name, .outcome = outcome(item.result), .measurements = {}});
    }
    return health_.apply(looked, result == Result::kPass, settings_, now);
  }

  Status item(const char* name) { return health_.items().find(name)->second.tracker.status(); }

  CheckSettings settings_;
  CheckHealth health_;
};

TEST_F(CheckHealthTest, IsPendingUntilTheFirstDecidedResult) {
  EXPECT_EQ(health_.status(), Status::kPending);
  look(Result::kUnknown);
  EXPECT_EQ(health_.status(), Status::kPending);
  look(Result::kWarn);
  EXPECT_EQ(health_.status(), Status::kDegraded);
}

TEST_F(CheckHealthTest, HysteresisBelongsToTheItem) {
  look(Result::kPass, {{"a", Result::kPass}, {"b", Result::kPass}, {"c", Result::kPass}});
  for (const char* failing : {"a", "b", "c"}) {
    const auto of = [&](const char* name) {
      return std::string(name) == failing ? Result::kFail : Result::kPass;
    };
    look(Result::kPass, {{"a", of("a")}, {"b", of("b")}, {"c", of("c")}});
  }
  EXPECT_EQ(health_.status(), Status::kHealthy) << "three things that each failed once";
  for (int i = 0; i < 3; ++i) {
    look(Result::kPass, {{"a", Result::kPass}, {"b", Result::kFail}, {"c", Result::kPass}});
  }
  EXPECT_EQ(item("b"), Status::kUnhealthy);
  EXPECT_EQ(health_.status(), Status::kUnhealthy);
}

TEST_F(CheckHealthTest, ReadsAsItsWorstItemOrAsTheLookItself) {
  look(Result::kPass, {{"a", Result::kPass}, {"b", Result::kWarn}});
  EXPECT_EQ(health_.status(), Status::kDegraded);
  EXPECT_EQ(health_.last_known(), Status::kDegraded);
  for (int i = 0; i < 3; ++i) {
    look(Result::kFail, {{"a", Result::kPass}, {"b", Result::kPass}});
  }
  EXPECT_EQ(item("b"), Status::kHealthy);
  EXPECT_EQ(health_.status(), Status::kUnhealthy);
}

TEST_F(CheckHealthTest, AnItemThatIsNotListedAnyMoreIsGoneOnlyIfTheLookPassed) {
  look(Result::kPass, {{"a", Result::kPass}, {"b", Result::kFail}});
  EXPECT_EQ(health_.status(), Status::kUnhealthy);
  look(Result::kFail, {{"a", Result::kPass}});
  ASSERT_EQ(health_.items().size(), 2U);
  EXPECT_EQ(health_.items().find("b")->second.last.result, Result::kUnknown);
  EXPECT_EQ(health_.status(), Status::kUnhealthy) << "not looked at is not recovered";
  look(Result::kPass, {{"a", Result::kPass}});
  EXPECT_EQ(health_.items().size(), 1U);
  EXPECT_EQ(health_.status(), Status::kHealthy);
}

TEST_F(CheckHealthTest, LosingSightOfOneItemDegradesAndOfEveryItemReadsUnknown) {
  look(Result::kPass, {{"a", Result::kPass}, {"b", Result::kPass}});
  for (int i = 0; i < 3; ++i) {
    look(Result::kPass, {{"a", Result::kPass}, {"b", Result::kUnknown}});
  }
  EXPECT_EQ(item("b"), Status::kUnknown);
  EXPECT_EQ(health_.status(), Status::kDegraded);
  for (int i = 0; i < 3; ++i) {
    look(Result::kPass, {{"a", Result::kUnknown}, {"b", Result::kUnknown}});
  }
  EXPECT_EQ(health_.status(), Status::kUnknown);
  EXPECT_EQ(health_.last_known(), Status::kHealthy);
}

TEST_F(CheckHealthTest, AnItemThatWasUnhealthyWhenSightWasLostKeepsTheCheckUnhealthy) {
  look(Result::kPass, {{"a", Result::kPass}, {"b", Result::kFail}});
  for (int i = 0; i < 3; ++i) {
    look(Result::kPass, {{"a", Result::kPass}, {"b", Result::kUnknown}});
  }
  EXPECT_EQ(item("b"), Status::kUnknown);
  EXPECT_EQ(health_.status(), Status::kUnhealthy);
}

TEST_F(CheckHealthTest, BlindnessOfTheLookKeepsWhatIsKnownOfAnItemEvenBeforeTheLookWasDecided) {
  for (int i = 0; i < 3; ++i) {
    look(Result::kUnknown, {{"a", Result::kFail}});
  }
  EXPECT_EQ(health_.status(), Status::kUnknown);
  EXPECT_EQ(health_.last_known(), Status::kUnhealthy);
}

TEST_F(CheckHealthTest, ReportsWhichItemsChangedAndSinceWhen) {
  const auto first = look(Result::kPass, {{"a", Result::kPass}}, kNow);
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].from, Status::kPending);
  EXPECT_EQ(first[0].to, Status::kHealthy);
  for (int i = 1; i <= 2; ++i) {
    EXPECT_TRUE(look(Result::kPass, {{"a", Result::kFail}}, kNow + 1s * i).empty());
  }
  EXPECT_EQ(health_.items().find("a")->second.since, kNow);
  const auto changed = look(Result::kPass, {{"a", Result::kFail}}, kNow + 3s);
  ASSERT_EQ(changed.size(), 1U);
  EXPECT_EQ(changed[0].name, "a");
  EXPECT_EQ(changed[0].to, Status::kUnhealthy);
  EXPECT_EQ(health_.items().find("a")->second.since, kNow + 3s);
}

TEST_F(CheckHealthTest, LosingSightConcernsEveryItemAndResetForgetsThem) {
  look(Result::kPass, {{"a", Result::kPass}, {"b", Result::kPass}});
  health_.lose_sight(kNow + 9s);
  EXPECT_EQ(health_.status(), Status::kUnknown);
  EXPECT_EQ(item("a"), Status::kUnknown);
  EXPECT_EQ(health_.items().find("a")->second.since, kNow + 9s);
  health_.lose_sight(kNow + 20s);
  EXPECT_EQ(health_.items().find("a")->second.since, kNow + 9s) << "it has read unknown since then";
  health_.reset();
  EXPECT_EQ(health_.status(), Status::kPending);
  EXPECT_TRUE(health_.items().empty());
}

TEST_F(CheckHealthTest, IsConfirmingWhileTheLookOrAnItemPointsElsewhere) {
  look(Result::kPass, {{"a", Result::kPass}, {"b", Result::kPass}});
  EXPECT_FALSE(health_.confirming());
  look(Result::kPass, {{"a", Result::kPass}, {"b", Result::kFail}});
  EXPECT_TRUE(health_.confirming());
  look(Result::kPass, {{"a", Result::kPass}, {"b", Result::kPass}});
  EXPECT_FALSE(health_.confirming());
  look(Result::kWarn, {{"a", Result::kPass}, {"b", Result::kPass}});
  EXPECT_TRUE(health_.confirming());
}

}  // namespace
}  // namespace hale::monitor
