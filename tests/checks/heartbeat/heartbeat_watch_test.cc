#include "checks/heartbeat/heartbeat_watch.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "monitor/check_settings.h"

namespace hale::checks {
namespace {

using namespace std::chrono_literals;
using monitor::Duration;
using monitor::Moment;
using monitor::Outcome;
using monitor::PassiveRun;
using monitor::Phase;
using monitor::Reason;
using monitor::Report;
using monitor::Result;
using monitor::WallTime;

// A watch, and a clock that a test moves. It begins on 2026-11-20 at 03:00 UTC.
class World {
 public:
  static constexpr Duration kDay = 24h;

  explicit World(HeartbeatSettings settings, Duration interval = kDay)
      : watch_(with_utc(std::move(settings))) {
    configured_.interval = interval;
    now_ = {monitor::TimePoint(1000h),
            WallTime(std::chrono::sys_days(std::chrono::year(2026) / 11 / 20) + 3h)};
    watch_.begin(now_, configured_);
  }

  void pass_time(Duration time) { now_ = now_.at(now_.time + time); }
  void set_wall(Duration by) { now_.wall += by; }
  void begin_again() { watch_.begin(now_, configured_); }
  // The agent is away for `time`; the monotonic clock begins anew.
  void restart(Duration time) {
    const monitor::StateRecord record = watch_.state();
    now_ = {monitor::TimePoint(1h), now_.wall + time};
    watch_.begin(now_, configured_);
    watch_.restore(record, now_);
  }
  void restore(const monitor::StateRecord& record) { watch_.restore(record, now_); }

  std::optional<PassiveRun> start() {
    Report report;
    report.state = Report::State::kStart;
    return watch_.report(std::move(report), now_);
  }
  PassiveRun done(Report report = {}) { return watch_.report(std::move(report), now_).value(); }
  std::string message_of(std::string_view told, Result result = Result::kPass) {
    Report report;
    report.result = result;
    report.message = told;
    return done(std::move(report)).result.outcome.message;
  }

  // How long from now until something is missing.
  Duration patience() const { return watch_.expected(now_).time - now_.time; }
  // Waits for that, and says what it means: "fail missing: no report since ...".
  std::string miss() {
    const Duration left = patience();
    pass_time(left - 1ns);
    EXPECT_FALSE(watch_.overdue(now_)) << "too early";
    pass_time(1ns);
    return look();
  }
  std::string look() {
    const std::optional<PassiveRun> run = watch_.overdue(now_);
    EXPECT_GT(watch_.expected(now_).time, now_.time);
    return run ? text(run->result.outcome) : "nothing";
  }
  static std::string text(const Outcome& outcome) {
    return std::string(to_string(outcome.result)) + " " + std::string(to_string(outcome.reason)) +
           ": " + outcome.message;
  }

  const HeartbeatWatch& watch() const { return watch_; }
  const Moment& now() const { return now_; }

 private:
  static HeartbeatSettings with_utc(HeartbeatSettings settings) {
    settings.zone = settings.calendar ? settings.calendar->zone() : Zone::find("UTC").value();
    return settings;
  }

  HeartbeatWatch watch_;
  monitor::CheckSettings configured_;
  Moment now_;
};

HeartbeatSettings every(Duration grace = 30min, std::optional<Duration> max_runtime = {}) {
  HeartbeatSettings settings;
  settings.grace = grace;
  settings.max_runtime = max_runtime;
  return settings;
}

HeartbeatSettings scheduled(std::string schedule, Duration grace = 30min,
                            std::optional<Duration> max_runtime = {}) {
  HeartbeatSettings settings = every(grace, max_runtime);
  settings.calendar =
      Calendar(CronSchedule::parse(schedule).value(), Zone::find("Europe/Berlin").value());
  settings.schedule = std::move(schedule);
  return settings;
}

TEST(HeartbeatWatchTest, WaitsAnIntervalAndTheGraceForTheFirstReport) {
  World world(every());
  EXPECT_EQ(world.patience(), 24h + 30min);
  EXPECT_EQ(world.miss(),
            "fail missing: no report yet, awaited since 2026-11-20 03:00 UTC (1d ago), expected "
            "every 1d with 30m of grace");
}

TEST(HeartbeatWatchTest, CountsFromTheLastReport) {
  World world(every());
  world.pass_time(10h);
  world.done();
  EXPECT_EQ(world.patience(), 24h + 30min);
  world.pass_time(24h + 29min);
  EXPECT_EQ(world.look(), "nothing") << "within the grace";
  EXPECT_EQ(world.miss(),
            "fail missing: no report since 2026-11-20 13:00 UTC (1d ago), expected every 1d with "
            "30m of grace");
}

TEST(HeartbeatWatchTest, MissesOneReportInEachPeriod) {
  World world(every(0s), 1h);
  EXPECT_EQ(world.miss(),
            "fail missing: no report yet, awaited since 2026-11-20 03:00 UTC (1h ago), expected "
            "every 1h");
  EXPECT_EQ(world.patience(), 1h);
  world.pass_time(5h + 20min);
  EXPECT_NE(world.look(), "nothing");
  EXPECT_EQ(world.patience(), 40min) << "what passed meanwhile is not caught up";
  EXPECT_EQ(world.look(), "nothing");
}

TEST(HeartbeatWatchTest, ALateReportIsAGoodOne) {
  World world(every());
  world.miss();
  world.pass_time(1h);
  const PassiveRun run = world.done();
  EXPECT_EQ(run.result.outcome.result, Result::kPass);
  EXPECT_EQ(world.patience(), 24h + 30min);
}

TEST(HeartbeatWatchTest, TellsWhatWasReported) {
  World world(every());
  const auto outcome = [&](Result result, std::string message) {
    Report report;
    report.result = result;
    report.message = std::move(message);
    return World::text(world.done(std::move(report)).result.outcome);
  };
  EXPECT_EQ(outcome(Result::kPass, "12 files"), "pass : 12 files");
  EXPECT_EQ(outcome(Result::kWarn, "slow"), "warn status: slow");
  EXPECT_EQ(outcome(Result::kFail, "no space"), "fail status: no space");
  EXPECT_EQ(outcome(Result::kUnknown, "?"), "unknown status: ?");
  EXPECT_EQ(outcome(Result::kPass, ""), "pass : done");
  EXPECT_EQ(outcome(Result::kWarn, " \n"), "warn status: reported a warning");
  EXPECT_EQ(outcome(Result::kFail, ""), "fail status: reported a failure");
  EXPECT_EQ(outcome(Result::kUnknown, ""), "unknown status: reported that it does not know");
}

TEST(HeartbeatWatchTest, TakesTheDurationAsToldElseFromTheStart) {
  World world(every());
  EXPECT_EQ(world.done().duration, std::nullopt);

  EXPECT_EQ(world.start(), std::nullopt);
  const WallTime started = world.now().wall;
  world.pass_time(40s);
  const PassiveRun timed = world.done();
  EXPECT_EQ(timed.duration, 40s);
  EXPECT_EQ(timed.started, started);
  EXPECT_EQ(timed.result.outcome.message, "done after 40 s");

  world.start();
  world.pass_time(40s);
  Report report;
  report.duration = 35s;
  const PassiveRun told = world.done(report);
  EXPECT_EQ(told.duration, 35s);
  EXPECT_EQ(told.started, started + 45s);
  EXPECT_EQ(world.done().duration, std::nullopt) << "that start has had its end";
}

TEST(HeartbeatWatchTest, AStartMustBeFollowedByItsEnd) {
  World world(every(30min, 2h));
  world.start();
  EXPECT_EQ(world.miss(),
            "fail timeout: started 2026-11-20 03:00 UTC (2h ago) and not done within its "
            "max_runtime of 2h");
  EXPECT_EQ(world.patience(), 22h + 30min) << "the next one is due all the same";
  world.pass_time(1h);
  const PassiveRun run = world.done();
  EXPECT_EQ(run.duration, 3h);
  EXPECT_EQ(run.result.outcome.result, Result::kPass);
}

TEST(HeartbeatWatchTest, EachStartHasItsTime) {
  World world(every(30min, 2h));
  world.start();
  world.pass_time(90min);
  world.start();
  EXPECT_EQ(world.patience(), 2h);
}

TEST(HeartbeatWatchTest, AJobMayRunLongerThanItsInterval) {
  World world(every(1min, 5h), 1h);
  world.start();
  EXPECT_EQ(world.patience(), 5h);
  EXPECT_EQ(world.miss(),
            "fail timeout: started 2026-11-20 03:00 UTC (5h ago) and not done within its "
            "max_runtime of 5h");
  EXPECT_EQ(world.look(), "nothing") << "one failure for both";
}

TEST(HeartbeatWatchTest, WithoutAMaxRuntimeAJobHasUntilTheNextIsDue) {
  World world(every());
  world.start();
  EXPECT_EQ(world.miss(),
            "fail missing: started 2026-11-20 03:00 UTC (1d ago) and not done since, expected "
            "every 1d with 30m of grace");
}

TEST(HeartbeatWatchTest, AJobThatOnlyEverStartsIsMissing) {
  for (const std::optional<Duration> max_runtime : {std::optional<Duration>(), {2h}}) {
    World world(every(30min, max_runtime));
    Duration passed{};
    while (passed < 24h + 20min) {
      world.start();
      world.pass_time(10min);
      passed += 10min;
      EXPECT_EQ(world.look(), "nothing");
    }
    EXPECT_TRUE(world.miss().starts_with(
        "fail missing: started 2026-11-20 03:00 UTC (1d ago) and not done since"));
  }
}

TEST(HeartbeatWatchTest, FollowsASchedule) {
  World world(scheduled("0 3 * * *"));  // 02:00 UTC; it is 03:00 UTC
  EXPECT_EQ(world.patience(), 23h + 30min);
  EXPECT_EQ(world.miss(),
            "fail missing: no report yet, awaited since 2026-11-20 04:00 CET (23h 30m ago), "
            "expected by 2026-11-21 03:30 CET (\"0 3 * * *\" with 30m of grace)");
  EXPECT_EQ(world.patience(), 24h);
  world.pass_time(10min);
  world.done();
  EXPECT_EQ(world.patience(), 23h + 50min);
}

TEST(HeartbeatWatchTest, AReportALittleEarlyIsMeantForTheTimeThatComes) {
  World world(scheduled("0 3 * * *"));
  world.pass_time(23h - 20s);
  world.done();
  EXPECT_EQ(world.patience(), 24h + 30min + 20s);

  World earlier(scheduled("0 3 * * *"));
  earlier.pass_time(23h - 2min);
  earlier.done();
  EXPECT_EQ(earlier.patience(), 32min);
}

TEST(HeartbeatWatchTest, AWaitThatBeginsShortlyBeforeTheTimeIncludesIt) {
  World world(scheduled("0 3 * * *"));
  world.pass_time(23h - 20s);
  world.begin_again();
  EXPECT_EQ(world.patience(), 30min + 20s);
}

TEST(HeartbeatWatchTest, ASchedulesGraceMayReachBeyondTheNextTime) {
  World world(scheduled("0 * * * *", 90min));
  EXPECT_EQ(world.patience(), 60min + 90min);
  world.miss();
  EXPECT_EQ(world.patience(), 60min);
}

TEST(HeartbeatWatchTest, ASchedulesStartMustBeFollowedByItsEnd) {
  World world(scheduled("0 3 * * *", 30min, 2h));
  world.pass_time(23h);
  world.start();
  EXPECT_TRUE(world.miss().starts_with("fail timeout: started 2026-11-21 03:00 CET (2h ago)"));
  EXPECT_EQ(world.patience(), 22h + 30min);
}

TEST(HeartbeatWatchTest, AScheduleFollowsTheWallClockAndAnIntervalDoesNot) {
  World world(scheduled("0 3 * * *"));
  world.set_wall(10h);
  EXPECT_EQ(world.patience(), 13h + 30min);
  World steady(every());
  steady.set_wall(10h);
  EXPECT_EQ(steady.patience(), 24h + 30min);
}

TEST(HeartbeatWatchTest, BeginsAnew) {
  World world(every(30min, 2h));
  world.start();
  world.pass_time(1h);
  world.begin_again();
  EXPECT_EQ(world.patience(), 24h + 30min);
  EXPECT_EQ(world.done().duration, std::nullopt);
}

TEST(HeartbeatWatchTest, AdmitsWhoShowsTheToken) {
  HeartbeatSettings settings = every();
  World open(settings);
  EXPECT_TRUE(open.watch().admits(""));
  EXPECT_TRUE(open.watch().admits("anything"));
  settings.token = monitor::Secret{"open sesame"};
  World closed(settings);
  EXPECT_TRUE(closed.watch().admits("open sesame"));
  for (const std::string_view wrong : {"", "open", "open sesame ", "Open sesame", "open\0sesame"}) {
    EXPECT_FALSE(closed.watch().admits(wrong)) << wrong;
  }
}

TEST(HeartbeatWatchTest, AMessageIsOneBoundedLineWithoutTheToken) {
  HeartbeatSettings settings = every();
  settings.token = monitor::Secret{"open sesame"};
  World world(settings);
  EXPECT_EQ(world.message_of("  12 files\n"), "12 files");
  EXPECT_EQ(world.message_of("a\nb\x1B[31m\xFF"), "a\\nb\\x1b[31m\\xff");
  EXPECT_EQ(world.message_of("curl: open sesame refused"), "curl: *** refused");
  const std::string message = world.message_of(std::string(100'000, 'x'));
  EXPECT_EQ(message.size(), HeartbeatWatch::kMaxMessage);
  EXPECT_TRUE(message.ends_with("xx..."));
}

TEST(HeartbeatWatchTest, CountsOnFromTheLastReportAfterARestart) {
  World world(every());
  world.done();
  world.pass_time(20h);
  world.restart(1h);
  EXPECT_EQ(world.patience(), 3h + 30min);
  EXPECT_NE(world.miss().find("no report since"), std::string::npos);
}

TEST(HeartbeatWatchTest, DoesNotHoldAgainstAJobWhatBecameDueWhileTheAgentWasAway) {
  World world(every());
  world.done();
  world.restart(25h);
  EXPECT_EQ(world.patience(), 24h + 30min);
}

TEST(HeartbeatWatchTest, KnowsAStartAfterARestart) {
  World world(every(30min, 2h));
  world.start();
  world.restart(90min);
  EXPECT_EQ(world.patience(), 30min);
  EXPECT_EQ(world.done().duration, 90min);
  world.start();
  world.restart(3h);
  EXPECT_FALSE(world.done().duration) << "its end may have been reported to nobody";
}

TEST(HeartbeatWatchTest, DoesNotTrustTheStateThatItReads) {
  World world(every(30min, 2h));
  for (const monitor::StateRecord& record :
       {monitor::StateRecord{},
        {"1"},
        {"x", "", "", ""},
        {"7000000000000", "7000000000000", "7000000000000", ""},
        {"", "1", "1", "late"},
        {"0", "0", "0", "late"}}) {
    world.begin_again();
    world.restore(record);
    EXPECT_EQ(world.patience(), 24h + 30min);
  }
}

}  // namespace
}  // namespace hale::checks
