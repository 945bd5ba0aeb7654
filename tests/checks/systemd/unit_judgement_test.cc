#include "checks/systemd/unit_judgement.h"

#include <chrono>
#include <csignal>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <signal.h>

namespace hale::checks {
namespace {

using monitor::ItemResult;
using monitor::Result;
using monitor::WallTime;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const WallTime kNow{hours(500'000)};

Unit service(const std::string& active, const std::string& sub) {
  Unit unit;
  unit.name = "web.service";
  unit.load_state = "loaded";
  unit.active_state = active;
  unit.sub_state = sub;
  unit.file_state = "enabled";
  unit.wanted_by = {"multi-user.target"};
  unit.state_changed = kNow - seconds(30);
  unit.service.emplace();
  unit.service->type = "simple";
  unit.service->result = "success";
  return unit;
}

Unit other(const std::string& name, const std::string& active) {
  Unit unit;
  unit.name = name;
  unit.load_state = "loaded";
  unit.active_state = active;
  unit.state_changed = kNow - seconds(30);
  return unit;
}

class UnitJudgementTest : public ::testing::Test {
 protected:
  UnitJudgementTest() { add(other("multi-user.target", "active")); }
  void add(Unit unit) { units_.insert_or_assign(unit.name, std::move(unit)); }
  void crash(int count, seconds ago, const std::string& end = "exit status 1") {
    for (int i = 0; i < count; ++i) {
      starts_.push_back({.time = kNow - ago, .planned = false, .end = end});
    }
  }
  ItemResult judge(const Unit& unit, bool by_name = true) {
    add(unit);
    UnitView view{.unit = &units_.at(unit.name),
                  .units = &units_,
                  .starts = &starts_,
                  .by_name = by_name,
                  .now = kNow};
    view.period = period_;
    return judge_unit(unit.name, view, options_);
  }
  void expect(const Unit& unit, Result result, std::string_view message, bool by_name = true) {
    const ItemResult item = judge(unit, by_name);
    EXPECT_EQ(to_string(item.outcome.result), to_string(result)) << item.outcome.message;
    EXPECT_TRUE(item.outcome.message.contains(message)) << item.outcome.message;
    EXPECT_EQ(item.outcome.reason == monitor::Reason::kNone, result == Result::kPass);
  }
  static double value(const ItemResult& item, std::string_view name) {
    for (const monitor::Measurement& measurement : item.measurements) {
      if (measurement.name == name) {
        return measurement.value;
      }
    }
    return -1;
  }

  Units units_;
  std::vector<UnitStart> starts_;
  JudgementOptions options_;
  std::optional<monitor::Duration> period_;
};

TEST_F(UnitJudgementTest, CountsTheWindow) {
  crash(44, minutes(5));
  crash(2, seconds(1));
  crash(9, minutes(11));
  starts_.push_back({.time = kNow - seconds(3), .planned = true, .end = ""});
  const StartCounts counts = count_starts(starts_, kNow, minutes(10));
  EXPECT_EQ(counts.crashes, 46U);
  EXPECT_EQ(counts.planned, 1U);
}

TEST_F(UnitJudgementTest, TellsTheStoryOfARestartLoop) {
  crash(46, seconds(20));
  Unit unit = service("activating", "auto-restart");
  unit.service->result = "exit-code";
  unit.service->exit_code = CLD_EXITED;
  unit.service->exit_status = 1;
  const ItemResult item = judge(unit);
  EXPECT_EQ(item.outcome.message, "crashed 46 times in 10m, last: exit status 1; now auto-restart");
  EXPECT_EQ(item.outcome.result, Result::kWarn) << "the limit on restarts makes it fail";
  EXPECT_EQ(value(item, "restarts"), 46);
  EXPECT_EQ(value(item, "active"), 0);
}

TEST_F(UnitJudgementTest, FailsWhenARestartDoesNotCome) {
  Unit unit = service("activating", "auto-restart");
  unit.state_changed = kNow - minutes(6);
  expect(unit, Result::kFail, "now auto-restart");
}

TEST_F(UnitJudgementTest, SaysHowAServiceFailed) {
  struct Case {
    const char* result;
    int code;
    int status;
    const char* text;
  };
  for (const Case& one : {Case{"exit-code", CLD_EXITED, 203, ": exit status 203"},
                          Case{"signal", CLD_KILLED, SIGKILL, ": killed by SIGKILL"},
                          Case{"core-dump", CLD_DUMPED, SIGSEGV, ": dumped core by SIGSEGV"},
                          Case{"oom-kill", CLD_KILLED, SIGKILL, ": killed for want of memory"},
                          Case{"watchdog", CLD_DUMPED, SIGABRT, ": missed its watchdog"},
                          Case{"timeout", CLD_KILLED, SIGTERM, ": took longer than systemd waits"},
                          Case{"start-limit-hit", CLD_EXITED, 1, ": started too often"},
                          Case{"new-in-systemd-300", 0, 0, ": new-in-systemd-300"}}) {
    SCOPED_TRACE(one.result);
    Unit unit = service("failed", "failed");
    unit.service->result = one.result;
    unit.service->exit_code = one.code;
    unit.service->exit_status = one.status;
    expect(unit, Result::kFail, one.text);
    EXPECT_EQ(judge(unit).outcome.code, one.result);
  }
}

TEST_F(UnitJudgementTest, LetsOthersRestThatMayRest) {
  Unit unit = service("inactive", "dead");
  expect(unit, Result::kFail, "enabled but inactive");
  unit.triggered_by = {"web.socket"};
  expect(unit, Result::kFail, "enabled but inactive");
  add(other("web.socket", "active"));
  expect(unit, Result::kPass, "idle, started by web.socket");
  add(other("web.socket", "inactive"));
  expect(unit, Result::kFail, "enabled but inactive");
  unit.condition_failed = true;
  expect(unit, Result::kPass, "conditions");
  unit.condition_failed = false;
  unit.service->type = "oneshot";
  expect(unit, Result::kFail, "it has not run");
  unit.service->exit_code = CLD_EXITED;
  expect(unit, Result::kPass, "done");
  unit.service->remain_after_exit = true;
  expect(unit, Result::kFail, "enabled but inactive");
}

TEST_F(UnitJudgementTest, ExpectsOfAGlobOnlyWhatABootWouldStart) {
  Unit unit = service("inactive", "dead");
  expect(unit, Result::kFail, "enabled but inactive", false);
  unit.wanted_by = {"printer.target"};
  expect(unit, Result::kPass, "nothing asks for it", false);
  add(other("printer.target", "inactive"));
  expect(unit, Result::kPass, "nothing asks for it", false);
  add(other("printer.target", "active"));
  expect(unit, Result::kFail, "enabled but inactive", false);
  unit.service->exit_code = CLD_EXITED;
  expect(unit, Result::kWarn, "its last run ended with exit status 0", false);
  expect(unit, Result::kFail, "its last run ended with exit status 0", true);
  unit.failed_job = "dependency";
  expect(unit, Result::kFail, "a unit that it depends on did not start", false);
}

TEST_F(UnitJudgementTest, HasPatienceUpToAPoint) {
  struct Case {
    const char* active;
    const char* sub;
    Result late;
    const char* says;
  };
  for (const Case& one :
       {Case{"activating", "start", Result::kFail, "stuck starting since"},
        Case{"activating", "start-pre", Result::kFail, "stuck starting since"},
        Case{"deactivating", "stop-sigterm", Result::kFail, "stuck stopping since"},
        Case{"reloading", "reload", Result::kWarn, "stuck reloading since"}}) {
    SCOPED_TRACE(one.sub);
    Unit unit = service(one.active, one.sub);
    expect(unit, Result::kPass, "since");
    unit.state_changed = kNow - minutes(6);
    expect(unit, one.late, one.says);
  }
  Unit backup = service("activating", "start");
  backup.service->type = "oneshot";
  backup.state_changed = kNow - hours(5);
  expect(backup, Result::kPass, "runs since");
}

TEST_F(UnitJudgementTest, WarnsOfWhatARunningUnitShouldNotStayIn) {
  Unit unit = service("active", "running");
  expect(unit, Result::kPass, "active");
  unit.need_reload = true;
  expect(unit, Result::kWarn, "daemon-reload");
  unit.need_reload = false;
  unit.service->reload_result = "exit-code";
  expect(unit, Result::kWarn, "its last reload failed (exit-code)");
  unit.service->reload_result = "success";
  unit.failed_job = "timeout";
  unit.job_failed = kNow - minutes(3);
  expect(unit, Result::kWarn, "a job for it ended with timeout");
  unit.job_failed = kNow - minutes(30);
  expect(unit, Result::kPass, "active");
}

TEST_F(UnitJudgementTest, KnowsWhatSystemdCannotLoad) {
  struct Case {
    const char* load;
    const char* text;
  };
  for (const Case& one :
       {Case{"masked", "masked: nothing can start it"}, Case{"not-found", "there is no such unit"},
        Case{"bad-setting", "its unit file is broken: no ExecStart=\\n"},
        Case{"error", "its unit file is broken"}}) {
    SCOPED_TRACE(one.load);
    Unit unit = service("inactive", "dead");
    unit.load_state = one.load;
    unit.load_error = "no ExecStart=\n";
    expect(unit, Result::kFail, one.text);
  }
  UnitView view{.units = &units_, .starts = &starts_, .now = kNow};
  EXPECT_EQ(judge_unit("x.service", view, options_).outcome.message, "systemd knows no such unit");
}

TEST_F(UnitJudgementTest, SeesTimersThatAreLate) {
  Unit timer = other("backup.timer", "active");
  timer.sub_state = "waiting";
  timer.timer.emplace();
  timer.timer->triggers = {"backup.service"};
  timer.timer->last_trigger = kNow - hours(1);
  timer.timer->next_elapse = kNow + hours(1);
  expect(timer, Result::kPass, ", next at ");
  timer.timer->next_elapse = kNow - seconds(59);
  expect(timer, Result::kPass, ", next at ");
  timer.timer->next_elapse = kNow - seconds(61);
  expect(timer, Result::kFail, "did not fire at ");
  timer.sub_state = "running";
  expect(timer, Result::kPass, "last fired at ");
  period_ = minutes(50);
  expect(timer, Result::kFail, "backup.service still runs since");
  period_ = minutes(70);
  expect(timer, Result::kPass, "last fired at ");
  Unit job = other("backup.service", "failed");
  job.service.emplace();
  job.service->result = "exit-code";
  job.service->exit_code = CLD_EXITED;
  job.service->exit_status = 2;
  add(job);
  expect(timer, Result::kFail, "its job backup.service failed since");
}

TEST_F(UnitJudgementTest, CountsKillsAndMissesWithinTheWindow) {
  crash(1, seconds(10), "killed for want of memory");
  crash(2, seconds(10), "missed its watchdog");
  const ItemResult item = judge(service("active", "running"));
  EXPECT_EQ(value(item, "oom_kills"), 1);
  EXPECT_EQ(value(item, "watchdog_misses"), 2);
  EXPECT_EQ(item.outcome.result, Result::kPass) << "the limits judge";
}

}  // namespace
}  // namespace hale::checks
