// Checks that are reported to: what a report does, what silence does, and how commands treat them.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "monitor/passive.h"
#include "monitor/schedule/engine.h"
#include "tests/support/engine_world.h"

namespace hale::testing {
namespace {

using namespace std::chrono_literals;
using monitor::CheckView;
using monitor::CommandError;
using monitor::CommandErrorKind;
using monitor::CommandReply;
using monitor::Moment;
using monitor::Outcome;
using monitor::PassiveRun;
using monitor::Phase;
using monitor::Reason;
using monitor::Report;
using monitor::Result;
using monitor::SkipCause;
using monitor::Status;
using monitor::WallTime;

using Answer = std::expected<CommandReply, CommandError>;

constexpr auto kIgnore = [](const auto&) {};

// Wants a report an interval after the last one, by the monotonic clock or by the wall's.
class Listener final : public monitor::Check, public monitor::Passive {
 public:
  explicit Listener(bool by_wall = false) : by_wall_(by_wall) {}

  Passive* passive() override { return this; }
  monitor::Task<monitor::CheckResult> run(monitor::RunContext&) override {
    ADD_FAILURE() << "it must not be run";
    return give(passing());
  }

  bool admits(std::string_view token) const override { return token == "secret" || token.empty(); }
  void begin(const Moment& now, const monitor::CheckSettings& settings) override {
    interval_ = settings.interval;
    wait_from(now);
  }
  std::optional<PassiveRun> report(Report report, const Moment& now) override {
    wait_from(now);
    if (report.state == Report::State::kStart) {
      return std::nullopt;
    }
    PassiveRun run;
    run.started = now.wall - report.duration.value_or(0s);
    run.duration = report.duration;
    run.result.outcome = report.result == Result::kPass
                             ? Outcome::pass(report.message)
                             : Outcome::fail(Reason::kStatus, Phase::kNone, report.message);
    return run;
  }
  Moment expected(const Moment& now) const override {
    return by_wall_ ? now.at(next_.wall) : now.at(next_.time);
  }
  std::optional<PassiveRun> overdue(const Moment& now) override {
    if (expected(now).time > now.time) {
      return std::nullopt;
    }
    wait_from(now);
    PassiveRun run;
    run.started = now.wall;
    run.result.outcome = Outcome::fail(Reason::kMissing, Phase::kNone, "nothing came");
    return run;
  }
  bool keeps_interval() const override { return !by_wall_; }

 private:
  void wait_from(const Moment& now) { next_ = {now.time + interval_, now.wall + interval_}; }

  bool by_wall_;
  monitor::Duration interval_{};
  Moment next_;
};

class ReportWorld : public EngineWorld {
 public:
  explicit ReportWorld(monitor::Duration interval = 60s, bool by_wall = false) {
    auto settings = make_settings("backup");
    settings->type = &passive_type();
    settings->interval = settings->interval_unhealthy = interval;
    settings->fall = settings->rise = {.count = 1, .of = 1};
    settings->critical = true;
    monitor::ConfiguredCheck check;
    check.settings = std::move(settings);
    check.check = std::make_unique<Listener>(by_wall);
    engine.add(std::move(check));
  }

  void report(Report report) { engine.report("backup", "", std::move(report), kIgnore); }
  std::shared_ptr<const CheckView> backup() { return check("backup"); }
  std::uint64_t runs(Result result) { return backup()->runs.at(static_cast<std::size_t>(result)); }

 private:
  static const monitor::CheckDescriptor& passive_type() {
    static const monitor::CheckDescriptor kType = [] {
      monitor::CheckDescriptor type = scripted_descriptor();
      type.passive = true;
      return type;
    }();
    return kType;
  }
};

Report failed(std::string message) {
  Report report;
  report.result = Result::kFail;
  report.message = std::move(message);
  return report;
}

TEST(EngineReportsTest, AReportIsARun) {
  ReportWorld world;
  world.start();
  EXPECT_EQ(world.backup()->status, Status::kPending);
  Report report;
  report.message = "done";
  report.duration = 3s;
  world.report(std::move(report));
  const auto view = world.backup();
  EXPECT_EQ(view->status, Status::kHealthy);
  EXPECT_EQ(view->last->outcome.message, "done");
  EXPECT_EQ(view->last->duration, 3s);
  EXPECT_EQ(view->runs[static_cast<std::size_t>(Result::kPass)], 1U);
  EXPECT_EQ(view->history->size(), 1U);
  EXPECT_EQ(view->stats->windows[0].samples, 1U);
  EXPECT_EQ(view->next_run, std::nullopt);
}

TEST(EngineReportsTest, AReportWithoutADurationCountsButIsNoLatency) {
  ReportWorld world;
  world.start();
  world.report({});
  const auto view = world.backup();
  EXPECT_EQ(view->last->duration, std::nullopt);
  EXPECT_EQ(view->stats->windows[0].samples, 0U);
  EXPECT_EQ(view->stats->windows[0].success_ratio(), 1.0);
}

TEST(EngineReportsTest, AStartDecidesNothing) {
  ReportWorld world;
  world.start();
  Report start;
  start.state = Report::State::kStart;
  world.report(start);
  EXPECT_EQ(world.backup()->status, Status::kPending);
  EXPECT_EQ(world.backup()->last, nullptr);
}

TEST(EngineReportsTest, SilenceFailsOnceInEachPeriodAndAReportHealsAtOnce) {
  ReportWorld world;
  world.start();
  world.clock.run_for(59s);
  EXPECT_EQ(world.backup()->status, Status::kPending);
  world.clock.run_for(1s);
  EXPECT_EQ(world.backup()->status, Status::kUnhealthy);
  EXPECT_EQ(world.backup()->last->outcome.reason, Reason::kMissing);
  EXPECT_EQ(world.runs(Result::kFail), 1U);
  world.clock.run_for(60s);
  EXPECT_EQ(world.runs(Result::kFail), 2U);
  world.report({});
  EXPECT_EQ(world.backup()->status, Status::kHealthy);
  world.clock.run_for(59s);
  EXPECT_EQ(world.backup()->status, Status::kHealthy);
}

TEST(EngineReportsTest, SaysByWhenAReportHasToCome) {
  ReportWorld world;
  world.start();
  const WallTime begun = world.clock.wall_now();
  EXPECT_EQ(world.backup()->expected, begun + 60s);
  world.clock.run_for(20s);
  const WallTime reported = world.clock.wall_now();
  world.report({});
  EXPECT_EQ(world.backup()->expected, reported + 60s);
}

TEST(EngineReportsTest, SilenceIsNoStaleness) {
  ReportWorld world(24h);
  world.start();
  world.report({});
  world.clock.run_for(23h);
  EXPECT_EQ(world.backup()->status, Status::kHealthy) << "stale_after is half a minute here";
}

TEST(EngineReportsTest, AStallIsOneMissingReport) {
  ReportWorld world;
  world.start();
  world.clock.stall(1h);
  EXPECT_EQ(world.runs(Result::kFail), 1U);
  EXPECT_EQ(world.backup()->skipped[static_cast<std::size_t>(SkipCause::kLate)], 0U);
}

TEST(EngineReportsTest, TheCalendarFollowsTheWallClockThatSomebodySets) {
  ReportWorld world(24h, true);
  world.start();
  world.clock.run_for(1h);
  world.clock.step_wall(24h);
  world.clock.run_for(monitor::Engine::kCalendarLook);
  EXPECT_EQ(world.backup()->status, Status::kUnhealthy);
}

TEST(EngineReportsTest, TheMonotonicClockDoesNotCareWhoSetsTheWalls) {
  ReportWorld world(24h);
  world.start();
  world.clock.run_for(1h);
  world.clock.step_wall(24h);
  world.clock.run_for(22h);
  EXPECT_EQ(world.backup()->status, Status::kPending);
}

TEST(EngineReportsTest, APausedCheckTakesReportsAndMissesNothing) {
  ReportWorld world;
  world.start();
  world.engine.pause("backup", {}, kIgnore);
  EXPECT_EQ(world.backup()->expected, std::nullopt);
  world.clock.run_for(10min);
  EXPECT_EQ(world.runs(Result::kFail), 0U);
  world.report(failed("no space"));
  EXPECT_EQ(world.runs(Result::kFail), 1U);
  EXPECT_EQ(world.backup()->status, Status::kPaused);
  world.clock.run_for(10min);
  EXPECT_EQ(world.runs(Result::kFail), 1U);

  world.engine.resume("backup", kIgnore);
  EXPECT_EQ(world.backup()->status, Status::kPending);
  world.clock.run_for(59s);
  EXPECT_EQ(world.backup()->status, Status::kPending);
  world.clock.run_for(1s);
  EXPECT_EQ(world.backup()->status, Status::kUnhealthy);
}

TEST(EngineReportsTest, AnswersOnceTheEffectCanBeRead) {
  ReportWorld world;
  world.start();
  std::vector<Status> answers;
  const auto keep = [&](const Answer& answer) {
    ASSERT_TRUE(answer) << answer.error().message;
    answers.push_back(answer->check->status);
    EXPECT_EQ(answer->run, nullptr);
    EXPECT_EQ(world.board.view()->find("backup")->status, answer->check->status);
  };
  world.engine.report("backup", "secret", {}, keep);
  world.engine.report("backup", "secret", failed("no space"), keep);
  EXPECT_TRUE(answers.empty()) << "the board was published just now";
  world.clock.run_for(monitor::Engine::kPublishInterval + 2ms);
  EXPECT_EQ(answers, (std::vector{Status::kUnhealthy, Status::kUnhealthy}));
  world.clock.run_for(1s);
  world.engine.report("backup", "secret", {}, keep);
  EXPECT_EQ(answers.back(), Status::kHealthy);
}

TEST(EngineReportsTest, ABurstOfReportsCostsOnePublication) {
  ReportWorld world;
  world.start();
  const auto before = world.view()->version;
  world.clock.run_for(1s);
  int answered = 0;
  for (int i = 0; i < 200; ++i) {
    world.engine.report("backup", "", {}, [&](const Answer&) { ++answered; });
  }
  EXPECT_EQ(world.view()->version, before + 2);
  EXPECT_EQ(answered, 200);
}

TEST(EngineReportsTest, AReportIsAnsweredWhenTheAgentStops) {
  ReportWorld world;
  world.start();
  world.report({});
  int answered = 0;
  world.engine.report("backup", "", {}, [&](const Answer& answer) { answered += answer ? 1 : 0; });
  world.stop();
  EXPECT_EQ(answered, 1);
}

TEST(EngineReportsTest, RefusesWhatDoesNotGoTogether) {
  ReportWorld world;
  world.add("web", [](monitor::RunContext&) { return give(passing()); });
  world.start();
  std::vector<std::string> messages;
  std::vector<CommandErrorKind> kinds;
  const auto keep = [&](const Answer& answer) {
    ASSERT_FALSE(answer);
    messages.push_back(answer.error().message);
    kinds.push_back(answer.error().kind);
  };
  world.engine.run_now("backup", keep);
  world.engine.report("web", "", {}, keep);
  world.engine.report("backup", "guess", {}, keep);
  world.engine.report("back", "", {}, keep);
  EXPECT_EQ(messages, (std::vector<std::string>{
                          "\"backup\" is reported to, not run", "\"web\" is run, not reported to",
                          "the token is not that of \"backup\"", "no check named \"back\""}));
  EXPECT_EQ(kinds, (std::vector{CommandErrorKind::kNotRun, CommandErrorKind::kNotAwaited,
                                CommandErrorKind::kForbidden, CommandErrorKind::kNotFound}));
  EXPECT_EQ(world.backup()->status, Status::kPending);
}

TEST(EngineReportsTest, TheWholeDoesNotWaitForAReport) {
  ReportWorld world(24h);
  world.add("web", [](monitor::RunContext&) { return give(passing()); });
  world.start();
  world.clock.run_for(12s);
  EXPECT_EQ(world.backup()->status, Status::kPending) << "and it is critical";
  EXPECT_EQ(world.view()->rollup.overall(), Status::kHealthy);
}

}  // namespace
}  // namespace hale::testing
