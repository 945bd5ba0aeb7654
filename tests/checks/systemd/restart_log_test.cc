#include "checks/systemd/restart_log.h"

#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace hale::checks {
namespace {

using monitor::WallTime;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr WallTime kStart{hours(500'000)};
constexpr const char* kUnit = "web.service";

class RestartLogTest : public ::testing::Test {
 protected:
  // A look `after` so long: the counter, the run, and how it ended.
  void look(seconds after, std::uint32_t restarts, const std::string& run,
            const std::string& end = "") {
    now_ = kStart + after;
    log_.observe(kUnit, {.restarts = restarts, .run = run, .started = now_, .end = end}, now_);
  }
  // "c" for a crash, "p" for a planned start.
  std::string story() const {
    std::string text;
    for (const UnitStart& start : log_.starts(kUnit)) {
      text += start.planned ? 'p' : 'c';
    }
    return text;
  }

  RestartLog log_{hours(1)};
  WallTime now_ = kStart;
};

TEST_F(RestartLogTest, TakesTheFirstLookForTheStateOfThings) {
  look(seconds(0), 46, "a");
  EXPECT_EQ(story(), "");
}

TEST_F(RestartLogTest, CountsARestartOnceHoweverOftenItIsSeen) {
  look(seconds(0), 3, "a");
  look(seconds(10), 4, "b");
  look(seconds(20), 4, "b");
  look(seconds(30), 4, "b");
  EXPECT_EQ(story(), "c");
  EXPECT_EQ(log_.starts(kUnit)[0].time, kStart + seconds(10));
}

TEST_F(RestartLogTest, CountsNoPlannedRestart) {
  look(seconds(0), 3, "a");
  look(seconds(10), 0, "b");
  look(seconds(20), 0, "c");
  EXPECT_EQ(story(), "pp");
}

TEST_F(RestartLogTest, CountsOnFromNothingWhenTheCounterFalls) {
  struct Case {
    const char* what;
    std::uint32_t then;
    const char* run;
    const char* story;
  };
  for (const Case& one :
       {Case{"systemctl reset-failed", 0, "a", ""},
        Case{"stopped, started, crashed twice", 2, "c", "cc"}, Case{"restarted", 0, "b", "p"}}) {
    SCOPED_TRACE(one.what);
    log_ = RestartLog(hours(1));
    look(seconds(0), 5, "a");
    look(seconds(10), one.then, one.run);
    EXPECT_EQ(story(), one.story);
    look(seconds(20), one.then + 1, "d");
    EXPECT_EQ(story(), std::string(one.story) + "c") << "and on";
  }
}

TEST_F(RestartLogTest, WaitsForTheRunThatARestartMakes) {
  look(seconds(0), 0, "a");
  look(seconds(1), 0, "a", "exit status 1");
  look(seconds(2), 1, "a", "exit status 1");
  EXPECT_EQ(story(), "") << "systemd has only said that it will";
  look(seconds(3), 1, "b");
  ASSERT_EQ(story(), "c");
  EXPECT_EQ(log_.starts(kUnit)[0].end, "exit status 1");
}

TEST_F(RestartLogTest, CountsNoStartThatSystemdRefused) {
  look(seconds(0), 0, "a");
  look(seconds(1), 1, "b", "exit status 1");
  look(seconds(2), 2, "b", "exit status 1");
  EXPECT_EQ(story(), "c") << "failed at its start limit";
  look(seconds(60), 0, "c");
  EXPECT_EQ(story(), "cp") << "started again by hand";
}

TEST_F(RestartLogTest, SpreadsWhatNobodySawOverTheTimeInBetween) {
  look(seconds(0), 0, "a");
  look(seconds(40), 4, "e");
  ASSERT_EQ(story(), "cccc");
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(log_.starts(kUnit)[i].time, kStart + seconds(10) * (i + 1));
  }
}

TEST_F(RestartLogTest, ClaimsNoTimesAfterALongBlindness) {
  look(seconds(0), 0, "a");
  look(seconds(7200), 40, "b");
  EXPECT_EQ(story(), "c") << "the last start has a time, the others may be older than what is kept";
}

TEST_F(RestartLogTest, LetsGoOfWhatIsOld) {
  look(seconds(0), 0, "a");
  look(seconds(10), 1, "b");
  look(seconds(1810), 2, "c");
  log_.prune(kStart + minutes(61));
  EXPECT_EQ(story(), "c");
  log_.prune(kStart + hours(2));
  EXPECT_EQ(story(), "");
}

TEST_F(RestartLogTest, LetsGoOfTheFutureWhenTheClockIsSetBack) {
  look(seconds(7200), 0, "a");
  look(seconds(7201), 1, "b");
  log_.prune(kStart);
  EXPECT_EQ(story(), "");
}

TEST_F(RestartLogTest, KeepsABoundedNumber) {
  look(seconds(0), 0, "r0");
  for (std::uint32_t i = 1; i <= 3000; ++i) {
    look(seconds(1), i, "r" + std::to_string(i));
  }
  EXPECT_EQ(log_.starts(kUnit).size(), RestartLog::kMostStarts);
  look(seconds(2), 4'000'000'000U, "end");
  EXPECT_EQ(log_.starts(kUnit).size(), RestartLog::kMostStarts);
}

TEST_F(RestartLogTest, KnowsThatAUnitIsNewWhenAllOthersWereSeen) {
  log_.all_seen(kStart);
  look(seconds(30), 3, "a");
  EXPECT_EQ(story(), "ccc");
}

TEST_F(RestartLogTest, GoesOnWithWhatWasSaved) {
  look(seconds(0), 0, "a");
  look(seconds(10), 1, "b", "exit status 1");
  look(seconds(20), 0, "c");
  const monitor::StateRecord record = log_.save(kUnit);
  struct Case {
    const char* what;
    std::uint32_t restarts;
    const char* run;
    const char* story;
  };
  for (const Case& one : {Case{"nothing happened", 0, "c", "cp"},
                          Case{"two crashes", 2, "e", "cpcc"}, Case{"restarted", 0, "d", "cpp"}}) {
    SCOPED_TRACE(one.what);
    log_ = RestartLog(hours(1));
    log_.restore(kUnit, record, kStart + seconds(50));
    look(seconds(50), one.restarts, one.run);
    EXPECT_EQ(story(), one.story);
    EXPECT_EQ(log_.starts(kUnit)[1].end, "exit status 1");
  }
}

TEST_F(RestartLogTest, SavesNothingOfAUnitThatNeverCrashed) {
  look(seconds(0), 0, "a");
  EXPECT_TRUE(log_.save(kUnit).empty());
  EXPECT_TRUE(log_.save("other.service").empty());
}

TEST_F(RestartLogTest, PassesOverRecordsThatMakeNoSense) {
  const std::vector<monitor::StateRecord> broken = {
      {},
      {"1"},
      {"x", "run", "", "1800000000000000"},
      {"-1", "run", "", "1800000000000000"},
      {"99999999999", "run", "", "1800000000000000"},
      {"1", "run", "", "99999999999999999999999"},
      {"1", "run", "", "7999999999000000"},
      {"1", "run", "", "1800000000000000", "1800000000000000"},
      {"1", "run", "", "1800000000000000", "1800000000000000", "sideways", ""},
      {"1", "run", "", "1800000000000000", "soon", "planned", ""},
  };
  for (const monitor::StateRecord& record : broken) {
    SCOPED_TRACE(record.size());
    log_.restore(kUnit, record, kStart + hours(1));
    EXPECT_EQ(story(), "");
    look(seconds(0), 7, "a");
    EXPECT_EQ(story(), "") << "a first look again";
    log_ = RestartLog(hours(1));
  }
}

}  // namespace
}  // namespace hale::checks
