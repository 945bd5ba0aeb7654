// The SLO of a check: what of its runs counts, and what a breach does to its status.
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "monitor/schedule/check_record.h"
#include "monitor/schedule/engine.h"
#include "tests/support/engine_world.h"

namespace hale::testing {
namespace {

using namespace std::chrono_literals;
using monitor::CheckRecord;
using monitor::CheckResult;
using monitor::CompletedRun;
using monitor::Engine;
using monitor::Event;
using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;
using monitor::Result;
using monitor::RunContext;
using monitor::Status;
using monitor::TimePoint;
using monitor::WallTime;

std::shared_ptr<const monitor::SloSettings> objectives(bool degrade, monitor::Duration window) {
  auto slo = std::make_shared<monitor::SloSettings>();
  slo->objectives = {{.name = "success", .share = 0.9, .latency = std::nullopt},
                     {.name = "latency_p95", .share = 0.95, .latency = 1s}};
  slo->window = window;
  slo->degrade = degrade;
  return slo;
}

std::shared_ptr<monitor::CheckSettings> settings_with_slo(bool degrade,
                                                          monitor::Duration window = 120h) {
  auto settings = make_settings("web");
  settings->slo = objectives(degrade, window);
  return settings;
}

CheckResult blind() {
  CheckResult result;
  result.outcome = Outcome::unknown(Reason::kPermission, Phase::kRun, "may not");
  return result;
}

CheckResult warning() {
  CheckResult result;
  result.outcome = Outcome::warn(Reason::kThreshold, Phase::kEvaluate, "so so");
  return result;
}

class CheckRecordSloTest : public ::testing::Test {
 protected:
  void make(std::shared_ptr<const monitor::CheckSettings> settings) {
    record_ = std::make_unique<CheckRecord>(std::move(settings), wall(), now_);
  }

  void complete(const CheckResult& result, monitor::Duration duration = 10ms) {
    now_ += 10s;
    CompletedRun run;
    run.time = wall();
    run.ended = now_;
    run.duration = duration;
    run.result = result;
    record_->complete(std::move(run), wall(), events_);
  }
  void complete(int times, const CheckResult& result) {
    for (int i = 0; i < times; ++i) {
      complete(result);
    }
  }

  std::shared_ptr<const monitor::CheckView> view() {
    record_->refresh_slo(now_, wall(), events_);
    CheckRecord::Schedule schedule;
    schedule.now = now_;
    return record_->view(schedule);
  }
  const monitor::SloCount& counted(std::size_t objective) {
    seen_ = view();
    return seen_->slo->stands[objective].window;
  }
  WallTime wall() const { return WallTime(now_.time_since_epoch()); }

  TimePoint now_{1000s};
  std::vector<Event> events_;
  std::shared_ptr<const monitor::CheckView> seen_;
  std::unique_ptr<CheckRecord> record_;
};

TEST_F(CheckRecordSloTest, CountsDecidedRunsByResultAndAnswersByLatency) {
  make(settings_with_slo(false));
  complete(passing(), 1s);
  complete(passing(), 1001ms);
  complete(warning());
  complete(failing(Reason::kRefused));
  complete(failing(Reason::kStatus));         // an answer, and fast
  complete(failing(Reason::kTimeout), 2s);    // waited for in vain
  complete(failing(Reason::kTimeout), 50ms);  // likewise, with a timeout that is short
  complete(blind());
  EXPECT_EQ(counted(0).total, 7U) << "all but the one that could not look";
  EXPECT_EQ(counted(0).good, 3U);
  EXPECT_EQ(counted(1).total, 6U) << "a refusal is no answer";
  EXPECT_EQ(counted(1).good, 3U);
}

TEST_F(CheckRecordSloTest, RunsOfAPausedCheckDoNotCount) {
  make(settings_with_slo(false));
  complete(passing());
  record_->set_pause({}, events_);
  complete(3, failing());
  EXPECT_EQ(counted(0).total, 1U);
  record_->resume(wall(), events_);
  complete(failing());
  EXPECT_EQ(counted(0).total, 2U);
}

TEST_F(CheckRecordSloTest, ABreachChangesNothingWhereThatIsNotAskedFor) {
  make(settings_with_slo(false));
  complete(5, failing());
  complete(5, passing());
  const auto seen = view();
  EXPECT_TRUE(seen->slo->breached());
  EXPECT_EQ(seen->status, Status::kHealthy);
  EXPECT_EQ(seen->by_slo, nullptr);
  EXPECT_EQ(explaining_outcome(*seen), &seen->last->outcome);
}

TEST_F(CheckRecordSloTest, ABreachDegradesAHealthyCheckAndSaysSo) {
  make(settings_with_slo(true));
  complete(3, failing());
  EXPECT_EQ(view()->status, Status::kUnhealthy) << "a breach never makes anything better";
  EXPECT_EQ(view()->by_slo, nullptr);
  events_.clear();
  complete(2, passing());
  const auto seen = view();
  EXPECT_EQ(seen->status, Status::kDegraded);
  EXPECT_EQ(seen->last_known, Status::kDegraded);
  const Outcome* outcome = explaining_outcome(*seen);
  ASSERT_NE(outcome, nullptr);
  EXPECT_EQ(outcome->result, Result::kWarn);
  EXPECT_EQ(outcome->reason, Reason::kThreshold);
  EXPECT_EQ(outcome->message,
            "SLO success: 40 % of 5 runs in 50 s were good, the objective is 90 %");
  EXPECT_EQ(seen->last->outcome.result, Result::kPass);
  ASSERT_EQ(events_.size(), 1U);
  EXPECT_EQ(events_[0].from + ">" + events_[0].to, "unhealthy>degraded");
  EXPECT_EQ(events_[0].reason, Reason::kThreshold);
  EXPECT_EQ(events_[0].message, outcome->message);
  EXPECT_EQ(events_[0].item, "");
}

TEST_F(CheckRecordSloTest, EnoughGoodRunsEndTheBreachOnceAndForAll) {
  make(settings_with_slo(true));
  complete(3, failing());
  complete(26, passing());  // 3 of 29 are bad
  EXPECT_EQ(view()->status, Status::kDegraded);
  events_.clear();
  complete(passing());  // 3 of 30: spent to the last, and not overspent
  EXPECT_EQ(view()->status, Status::kHealthy);
  EXPECT_EQ(view()->slo->stands[0].budget_remaining, 0);
  ASSERT_EQ(events_.size(), 1U);
  EXPECT_EQ(events_[0].from + ">" + events_[0].to, "degraded>healthy");
  EXPECT_EQ(events_[0].reason, Reason::kNone);
  EXPECT_EQ(events_[0].message, "the SLO is no longer breached");
  complete(50, passing());
  EXPECT_EQ(events_.size(), 1U);
}

TEST_F(CheckRecordSloTest, TheBreachEndsBetweenRunsAsTheWindowSlides) {
  make(settings_with_slo(true));
  complete(3, failing());
  now_ += 2h;
  complete(5, passing());
  EXPECT_EQ(view()->status, Status::kDegraded);
  events_.clear();
  const TimePoint change = record_->next_change(now_ + 1h);  // when the hour's statistics are over
  now_ = change - 1ns;
  EXPECT_EQ(view()->status, Status::kDegraded);
  EXPECT_TRUE(events_.empty());
  now_ = change;
  const auto seen = view();
  EXPECT_EQ(seen->status, Status::kHealthy);
  EXPECT_EQ(seen->by_slo, nullptr);
  EXPECT_EQ(seen->since, wall());
  ASSERT_EQ(events_.size(), 1U);
  EXPECT_EQ(events_[0].to, "healthy");
}

TEST_F(CheckRecordSloTest, WhatIsWorseThanTheBreachIsReportedAsItIs) {
  make(settings_with_slo(true));
  complete(3, failing());
  complete(2, passing());
  ASSERT_EQ(view()->status, Status::kDegraded);
  events_.clear();
  complete(3, failing(Reason::kDns));
  ASSERT_EQ(events_.size(), 1U);
  EXPECT_EQ(events_[0].from + ">" + events_[0].to, "degraded>unhealthy");
  EXPECT_EQ(events_[0].reason, Reason::kDns);
  EXPECT_EQ(explaining_outcome(*view())->reason, Reason::kDns);

  events_.clear();
  record_->lose_sight("nothing for long", wall(), events_);
  EXPECT_EQ(view()->status, Status::kUnknown);
  record_->set_pause({}, events_);
  EXPECT_EQ(view()->status, Status::kPaused);
  EXPECT_EQ(view()->by_slo, nullptr);
  record_->resume(wall(), events_);
  EXPECT_EQ(view()->status, Status::kPending) << "a breach decides nothing by itself";
  complete(passing());
  EXPECT_EQ(view()->status, Status::kDegraded);
  EXPECT_EQ(events_.back().from + ">" + events_.back().to, "pending>degraded");
  EXPECT_EQ(events_.back().reason, Reason::kThreshold);
}

TEST_F(CheckRecordSloTest, BlindnessKeepsWhatTheSloSaid) {
  make(settings_with_slo(true));
  complete(3, failing());
  complete(2, passing());
  ASSERT_EQ(view()->status, Status::kDegraded);
  complete(3, blind());
  EXPECT_EQ(view()->status, Status::kUnknown);
  EXPECT_EQ(view()->last_known, Status::kDegraded);
  EXPECT_EQ(explaining_outcome(*view())->message, "may not");
}

TEST_F(CheckRecordSloTest, ABreachDoesNotHurryTheCheck) {
  auto settings = settings_with_slo(true);
  settings->interval_unhealthy = 1s;
  make(std::move(settings));
  complete(3, failing());
  EXPECT_EQ(record_->wanted_interval(), 1s);
  complete(2, passing());
  ASSERT_EQ(view()->status, Status::kDegraded);
  EXPECT_EQ(record_->wanted_interval(), 10s);
}

TEST(EngineSloTest, PublishesTheBreachAndThatItEndsBetweenTwoRuns) {
  EngineWorld world;
  auto settings = settings_with_slo(true, 1h);
  settings->interval = settings->interval_unhealthy = 20h;
  settings->stale_after = 60h;
  int run = 0;
  world.add(settings, [&](RunContext&) { return give(++run <= 3 ? failing() : passing()); });
  world.start();
  world.clock.run_for(3s);
  while (run < 5) {
    world.engine.run_now("web", [](const auto&) {});
    world.clock.run_for(1s);
  }
  const auto breached = world.check("web");
  ASSERT_EQ(breached->status, Status::kDegraded);
  ASSERT_NE(breached->by_slo, nullptr);
  EXPECT_EQ(world.events.back().message, breached->by_slo->message);
  EXPECT_EQ(world.view()->rollup.overall(), Status::kDegraded);

  world.clock.run_for(1h);
  EXPECT_EQ(world.check("web")->status, Status::kDegraded);
  world.clock.run_for(30s + Engine::kRefreshAfter + 1s);  // a slot more, until somebody looks
  EXPECT_EQ(run, 5);
  EXPECT_EQ(world.check("web")->status, Status::kHealthy);
  EXPECT_EQ(world.check("web")->by_slo, nullptr);
  EXPECT_EQ(world.view()->rollup.overall(), Status::kHealthy);
  EXPECT_EQ(world.events.back().from + ">" + world.events.back().to, "degraded>healthy");
}

TEST(EngineSloTest, TheWindowSlidesWhileTheCheckIsPaused) {
  EngineWorld world;
  world.add(settings_with_slo(true, 1h), [](RunContext&) { return give(failing()); });
  world.start();
  world.clock.run_for(60s);
  EXPECT_TRUE(world.check("web")->slo->breached());
  world.engine.pause("web", {}, [](const auto&) {});
  // A slot more than the window, and kRefreshAfter until somebody looks.
  world.clock.run_for(1h + 30s + Engine::kRefreshAfter + 1s);
  EXPECT_EQ(world.check("web")->slo->stands[0].window.total, 0U);
  EXPECT_FALSE(world.check("web")->slo->breached());
}

}  // namespace
}  // namespace hale::testing
