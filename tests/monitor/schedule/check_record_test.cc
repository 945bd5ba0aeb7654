#include "monitor/schedule/check_record.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/engine_world.h"

namespace hale::testing {
namespace {

using namespace std::chrono_literals;
using monitor::CheckRecord;
using monitor::CheckResult;
using monitor::CompletedRun;
using monitor::Event;
using monitor::Limit;
using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;
using monitor::Result;
using monitor::SkipCause;
using monitor::Status;
using monitor::WallTime;

constexpr WallTime kNow{1000s};

class CheckRecordTest : public ::testing::Test {
 protected:
  void make(std::shared_ptr<const monitor::CheckSettings> settings) {
    record_ = std::make_unique<CheckRecord>(std::move(settings), kNow, monitor::TimePoint{});
  }

  CheckRecord& record() {
    if (!record_) {
      make(make_settings("web"));
    }
    return *record_;
  }

  void complete(CheckResult result, monitor::Duration duration = 10ms) {
    CompletedRun run;
    run.time = now_;
    run.ended = monitor::TimePoint(now_.time_since_epoch()) + duration;
    run.duration = duration;
    run.result = std::move(result);
    now_ += 10s;
    record().complete(std::move(run), now_, events_);
  }

  std::shared_ptr<const monitor::CheckView> view() { return record().view({}); }

  WallTime now_ = kNow;
  std::vector<Event> events_;
  std::unique_ptr<CheckRecord> record_;
};

monitor::ItemResult item(std::string name, Outcome outcome) {
  return {.name = std::move(name), .outcome = std::move(outcome), .measurements = {}};
}

CheckResult with_item(const std::string& name, Outcome outcome) {
  CheckResult result = passing();
  result.items.push_back(item(name, std::move(outcome)));
  return result;
}

Outcome bad(const std::string& message) {
  return Outcome::fail(Reason::kStatus, Phase::kRun, message);
}

TEST_F(CheckRecordTest, CountsEveryRunByItsResultAndItsReason) {
  complete(passing());
  complete(failing(Reason::kRefused));
  complete(failing(Reason::kRefused));
  complete(failing(Reason::kDns));
  CheckResult blind;
  blind.outcome = Outcome::unknown(Reason::kPermission, Phase::kRun, "may not");
  complete(blind);
  const auto seen = view();
  EXPECT_EQ(seen->runs, (std::array<std::uint64_t, 4>{1, 0, 3, 1}));
  ASSERT_EQ(seen->problems.size(), 3U);
  EXPECT_EQ(seen->problems[0].reason, Reason::kRefused);
  EXPECT_EQ(seen->problems[0].count, 2U);
  EXPECT_EQ(seen->problems[2].result, Result::kUnknown);
  EXPECT_EQ(seen->consecutive_failures, 3U) << "an unknown neither counts nor resets";
  EXPECT_EQ(seen->consecutive_successes, 0U);
  EXPECT_EQ(seen->last_success, kNow);
  EXPECT_EQ(seen->last->outcome.result, Result::kUnknown);
  EXPECT_EQ(seen->last_failure->outcome.reason, Reason::kDns);
}

TEST_F(CheckRecordTest, EveryChangeOfStatusIsOneEventAndOneTransition) {
  complete(passing());
  for (int i = 0; i < 3; ++i) {
    complete(failing());
  }
  for (int i = 0; i < 2; ++i) {
    complete(passing());
  }
  const std::vector<std::string> expected = {"pending>healthy", "healthy>unhealthy",
                                             "unhealthy>healthy"};
  ASSERT_EQ(events_.size(), expected.size());
  const auto seen = view();
  ASSERT_EQ(seen->transitions.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(events_[i].from + ">" + events_[i].to, expected[i]);
    EXPECT_EQ(events_[i].check, "web");
    EXPECT_EQ(seen->transitions[i].count, 1U);
  }
  EXPECT_EQ(events_[1].reason, Reason::kRefused);
  EXPECT_EQ(events_[1].message, "broken");
  EXPECT_EQ(seen->since, kNow + 60s);
}

TEST_F(CheckRecordTest, KeepsTheLastHundredRunsWhateverTheRhythmOfPublication) {
  for (const int every : {1, 7, 100, 250}) {
    SCOPED_TRACE(every);
    make(make_settings("web"));
    now_ = kNow;
    for (int i = 0; i < 260; ++i) {
      complete(i % 3 == 0 ? failing() : passing());
      if (i % every == 0) {
        view();
      }
    }
    const auto history = view()->history;
    ASSERT_EQ(history->size(), 100U);
    for (std::size_t i = 0; i < 100; ++i) {
      const auto number = static_cast<int>(160 + i);
      EXPECT_EQ((*history)[i].time, kNow + 10s * number);
      EXPECT_EQ((*history)[i].result, number % 3 == 0 ? Result::kFail : Result::kPass);
    }
  }
}

TEST_F(CheckRecordTest, KeepsAMessageOnlyWhereResultOrReasonChanged) {
  for (const Reason reason : {Reason::kRefused, Reason::kRefused, Reason::kDns}) {
    complete(failing(reason));
  }
  const auto history = view()->history;
  ASSERT_NE((*history)[0].message, nullptr);
  EXPECT_EQ(*(*history)[0].message, "broken");
  EXPECT_EQ((*history)[1].message, nullptr);
  EXPECT_NE((*history)[2].message, nullptr);
  EXPECT_FLOAT_EQ((*history)[0].duration_ms, 10.0F);
}

TEST_F(CheckRecordTest, JudgesMeasurementsItemsAndTheDurationByTheLimits) {
  auto settings = make_settings("web");
  Limit depth;
  depth.measurement = scripted_descriptor().measurement("depth");
  depth.value = 10;
  depth.severity = Result::kWarn;
  Limit slow;
  slow.measurement = &monitor::duration_measurement();
  slow.value = 1;
  slow.severity = Result::kFail;
  settings->limits.check = {depth, slow};
  make(settings);

  complete(passing());
  EXPECT_EQ(record().last_run()->outcome.result, Result::kPass);
  CheckResult deep = passing();
  deep.measurements = {{.name = "depth", .value = 12}};
  complete(deep);
  EXPECT_EQ(record().last_run()->outcome.result, Result::kWarn);
  EXPECT_EQ(record().last_run()->outcome.reason, Reason::kThreshold);
  complete(deep, 1500ms);
  EXPECT_EQ(record().last_run()->outcome.result, Result::kFail);
  EXPECT_EQ(record().last_run()->outcome.message, "duration 1.5 s is 1 s or more");

  CheckResult listed = with_item("a", Outcome::pass("ok"));
  listed.items[0].measurements = {{.name = "depth", .value = 99}};
  complete(listed);
  EXPECT_EQ(record().last_run()->outcome.result, Result::kWarn);
  EXPECT_EQ(record().last_run()->outcome.message, "a: depth 99 is 10 or more");
}

TEST_F(CheckRecordTest, ALimitOnTheLookDoesNotMakeItsListOfItemsIncomplete) {
  auto settings = make_settings("web");
  Limit slow;
  slow.measurement = &monitor::duration_measurement();
  slow.value = 1;
  slow.severity = Result::kFail;
  settings->limits.check = {slow};
  make(settings);
  complete(with_item("a", Outcome::pass("ok")));
  complete(passing(), 2s);
  EXPECT_TRUE(view()->items->empty()) << "the look passed: what it does not list is gone";
}

TEST_F(CheckRecordTest, OfTheLookAndItsItemsTheWorstCountsAndIsNamed) {
  CheckResult result = passing();
  result.items = {item("a", Outcome::pass("ok")), item("b", bad("full")), item("c", bad("gone"))};
  const Outcome outcome = deciding_outcome(result).outcome;
  EXPECT_EQ(outcome.result, Result::kFail);
  EXPECT_EQ(outcome.message, "b: full (and 1 more)");
  result.items.pop_back();
  EXPECT_EQ(deciding_outcome(result).outcome.message, "b: full");
  result.items.pop_back();
  EXPECT_EQ(deciding_outcome(result).outcome.message, "fine");
}

TEST_F(CheckRecordTest, AnItemIsReportedByItselfOnlyWhereTheCheckStaysAsItIs) {
  CheckResult both = passing();
  both.items = {item("a", bad("full")), item("b", Outcome::pass("ok"))};
  complete(both);
  ASSERT_EQ(events_.size(), 1U);
  EXPECT_EQ(events_[0].from + ">" + events_[0].to, "pending>unhealthy");
  events_.clear();
  both.items[1].outcome = bad("also full");
  for (int i = 0; i < 3; ++i) {
    complete(both);
  }
  ASSERT_EQ(events_.size(), 1U);
  EXPECT_EQ(events_[0].item, "b");
  EXPECT_EQ(events_[0].from + ">" + events_[0].to, "healthy>unhealthy");
  EXPECT_EQ(events_[0].message, "also full");
}

TEST_F(CheckRecordTest, ANewItemThatIsWellIsNoNews) {
  complete(with_item("a", Outcome::pass("ok")));
  events_.clear();
  CheckResult two = with_item("a", Outcome::pass("ok"));
  two.items.push_back(item("b", Outcome::pass("ok")));
  complete(two);
  EXPECT_TRUE(events_.empty());
  EXPECT_EQ(view()->items->size(), 2U);
}

TEST_F(CheckRecordTest, APauseKeepsWhatWasKnownAndAResumeForgetsIt) {
  complete(failing());
  monitor::Pause pause;
  pause.since = kNow + 20s;
  pause.reason = "works";
  pause.by = "ann";
  record().set_pause(pause, events_);
  EXPECT_EQ(events_.back().message, "paused by ann: works");
  EXPECT_EQ(view()->status, Status::kPaused);
  EXPECT_EQ(view()->last_known, Status::kUnhealthy);
  const std::size_t before = events_.size();
  complete(passing());
  complete(passing());
  EXPECT_EQ(events_.size(), before) << "a run on demand changes nothing that anyone must hear of";
  EXPECT_EQ(view()->status, Status::kPaused);
  record().resume(kNow + 60s, events_);
  EXPECT_EQ(view()->status, Status::kPending);
  EXPECT_EQ(view()->last_known, Status::kPending);
  EXPECT_EQ(events_.back().from + ">" + events_.back().to, "paused>pending");
}

TEST_F(CheckRecordTest, LosingSightReadsUnknownOnce) {
  complete(passing());
  record().lose_sight("no completed run for 32 s", kNow + 99s, events_);
  record().lose_sight("no completed run for 64 s", kNow + 131s, events_);
  ASSERT_EQ(events_.size(), 2U);
  EXPECT_EQ(events_[1].to, "unknown");
  EXPECT_EQ(events_[1].reason, Reason::kAgent);
  EXPECT_EQ(view()->since, kNow + 99s);
}

TEST_F(CheckRecordTest, WantsTheShorterIntervalWhileNotHealthyAndWhileAChangeIsBeingConfirmed) {
  auto settings = make_settings("web");
  settings->interval_unhealthy = 2s;
  make(settings);
  complete(passing());
  EXPECT_EQ(record().wanted_interval(), 10s);
  complete(failing());
  EXPECT_EQ(record().status(), Status::kHealthy);
  EXPECT_EQ(record().wanted_interval(), 2s);
  complete(passing());
  EXPECT_EQ(record().wanted_interval(), 10s);
  record().lose_sight("gone", now_, events_);
  EXPECT_EQ(record().wanted_interval(), 2s);
}

TEST_F(CheckRecordTest, CountsSkippedTicksByTheirCause) {
  record().skip(SkipCause::kLate, 4);
  record().skip(SkipCause::kStuck, 1);
  record().skip(SkipCause::kLate, 1);
  EXPECT_EQ(view()->skipped, (std::array<std::uint64_t, 3>{5, 0, 1}));
}

TEST_F(CheckRecordTest, ViewsAlreadyMadeStayAsTheyWere) {
  complete(with_item("a", Outcome::pass("ok")));
  const auto before = view();
  complete(with_item("b", bad("full")));
  EXPECT_EQ(before->history->size(), 1U);
  ASSERT_EQ(before->items->size(), 1U);
  EXPECT_EQ((*before->items)[0].name, "a");
  EXPECT_EQ(before->status, Status::kHealthy);
}

}  // namespace
}  // namespace hale::testing
