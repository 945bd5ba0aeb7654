// The check type `systemd` against a real systemd.
#include "checks/systemd_check.h"

#include <chrono>
#include <csignal>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "monitor/run_context.h"
#include "tests/support/probe_world.h"
#include "tests/systemd/systemd_world.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::ItemResult;
using monitor::Outcome;
using monitor::Reason;
using monitor::Result;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::eventually;
using testing::SystemdTest;
using testing::SystemdWorld;

constexpr milliseconds kPatience = seconds(10);

class SystemdCheckTest : public SystemdTest {
 protected:
  SystemdWorld& systemd() { return systemd_ ? *systemd_ : systemd_.emplace(kind_); }

  test::ProbeWorld& agent() {
    if (!agent_) {
      agent_.emplace();
      agent_->services().systemd_bus = systemd().bus();
    }
    return *agent_;
  }
  // Ends the agent and starts another, which knows what the first kept for it.
  void restart_agent() {
    auto next = std::make_unique<test::ProbeWorld>();
    for (const auto& [name, section] : agent().services().state.sections()) {
      for (const auto& [key, record] : section) {
        next->services().state.put(name, key, record);
      }
    }
    check_.reset();
    agent_.reset();
    agent_.emplace();
    for (const auto& [name, section] : next->services().state.sections()) {
      for (const auto& [key, record] : section) {
        agent_->services().state.put(name, key, record);
      }
    }
    agent_->services().systemd_bus = systemd().bus();
  }

  void watch(std::vector<std::string> names, JudgementOptions judgement = {}) {
    check_ = std::make_unique<SystemdCheck>(
        SystemdOptions{.patterns = {.include = std::move(names)}, .judgement = judgement});
  }
  CheckResult run() { return agent().run(*check_, seconds(10)).result; }
  ItemResult item(const std::string& name) {
    last_ = run();
    for (const ItemResult& one : last_.items) {
      if (one.name == name) {
        return one;
      }
    }
    ItemResult none;
    none.outcome.message = "no item: " + last_.outcome.message;
    none.outcome.result = Result::kUnknown;
    return none;
  }
  bool comes_to(const std::string& name, const std::function<bool(const ItemResult&)>& condition) {
    ItemResult seen;
    const bool came = eventually(
        [&] {
          seen = item(name);
          return condition(seen);
        },
        kPatience);
    EXPECT_TRUE(came) << to_string(seen.outcome.result) << ": " << seen.outcome.message;
    return came;
  }
  static double value(const ItemResult& item, std::string_view name) {
    for (const monitor::Measurement& measurement : item.measurements) {
      if (measurement.name == name) {
        return measurement.value;
      }
    }
    return -1;
  }
  static bool says(const ItemResult& item, Result result, std::string_view text) {
    return item.outcome.result == result && item.outcome.message.contains(text);
  }
  // Every run but the first was a restart. The last may have been stopped before it wrote its line.
  void expect_all_runs_counted() {
    const double restarts = value(item("loop.service"), "restarts");
    EXPECT_GE(restarts, static_cast<double>(lines("runs") - 1));
    EXPECT_LE(restarts, static_cast<double>(lines("runs")));
  }
  // How often a service that writes a line at each start was started.
  std::size_t lines(const std::string& file) {
    std::ifstream stream(systemd().folder() / file);
    return static_cast<std::size_t>(
        std::count(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>(), '\n'));
  }

  SystemdWorld::Bus kind_ = SystemdWorld::Bus::kPrivate;
  std::optional<SystemdWorld> systemd_;
  std::optional<test::ProbeWorld> agent_;
  std::unique_ptr<SystemdCheck> check_;
  CheckResult last_;
};

constexpr const char* kSleeper = "[Service]\nExecStart=sleep 1000\n";

TEST_F(SystemdCheckTest, CountsACrashLoopBelowTheStartLimit) {
  systemd().add("loop.service",
                "[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=false\nRestart=always\n"
                "RestartSec=100ms\n");
  watch({"loop.service"});
  item("loop.service");
  systemd().systemctl("start loop.service");
  EXPECT_TRUE(comes_to("loop.service", [](const ItemResult& one) {
    return value(one, "restarts") >= 5 && one.outcome.message.contains("auto-restart");
  }));
  const ItemResult one = item("loop.service");
  EXPECT_TRUE(one.outcome.message.contains("times in 10m, last: exit status 1"))
      << one.outcome.message;
  EXPECT_EQ(value(one, "planned_restarts"), 0);
  // It goes quiet.
  systemd().systemctl("stop loop.service");
  EXPECT_TRUE(comes_to("loop.service", [](const ItemResult& quiet) {
    return says(quiet, Result::kFail, "enabled but inactive since");
  }));
}

TEST_F(SystemdCheckTest, SaysWhatEndedAtTheStartLimit) {
  systemd().add("loop.service",
                "[Unit]\nStartLimitIntervalSec=60\nStartLimitBurst=3\n[Service]\n"
                "ExecStart=sh -c 'exit 7'\nRestart=always\nRestartSec=50ms\n");
  watch({"loop.service"});
  item("loop.service");
  systemd().systemctl("start loop.service");
  EXPECT_TRUE(comes_to("loop.service", [](const ItemResult& one) {
    return says(one, Result::kFail, "; failed since") && one.outcome.message.contains("status 7");
  }));
  const ItemResult one = item("loop.service");
  EXPECT_EQ(one.outcome.reason, Reason::kStatus);
  EXPECT_EQ(value(one, "restarts"), 2) << "three starts, the first asked for";
  EXPECT_EQ(value(one, "active"), 0);
}

TEST_F(SystemdCheckTest, CountsNoPlannedRestartAsACrash) {
  systemd().add("web.service",
                "[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=sleep 1000\n");
  watch({"web.service"});
  systemd().systemctl("start web.service");
  item("web.service");
  for (int i = 1; i <= 6; ++i) {
    systemd().systemctl("restart web.service");
    EXPECT_TRUE(comes_to("web.service", [i](const ItemResult& one) {
      return value(one, "planned_restarts") == i && one.outcome.result == Result::kPass;
    }));
  }
  EXPECT_EQ(value(item("web.service"), "restarts"), 0);
}

TEST_F(SystemdCheckTest, CountsOnAfterTheCounterWasReset) {
  systemd().add("web.service",
                "[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=sleep 1000\nRestart=always\n"
                "RestartSec=50ms\n");
  watch({"web.service"});
  systemd().systemctl("start web.service");
  item("web.service");
  const auto crash = [this](int expected) {
    systemd().systemctl("kill -s KILL web.service");
    EXPECT_TRUE(comes_to("web.service", [expected](const ItemResult& one) {
      return value(one, "restarts") == expected && one.outcome.result == Result::kPass;
    }));
  };
  crash(1);
  crash(2);
  systemd().systemctl("reset-failed web.service");
  EXPECT_EQ(systemd().property("web.service", "NRestarts"), "0");
  EXPECT_EQ(value(item("web.service"), "restarts"), 2);
  crash(3);
  systemd().systemctl("restart web.service");
  crash(4);
  const ItemResult one = item("web.service");
  EXPECT_EQ(value(one, "planned_restarts"), 1);
  EXPECT_TRUE(
      one.outcome.message.starts_with("crashed 4 times in 10m, last: killed by SIGKILL; "
                                      "active since"))
      << one.outcome.message;
}

TEST_F(SystemdCheckTest, CountsEveryRunOnceWhileUnitsAreReadAnew) {
  systemd().add("loop.service",
                "[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestart=always\nRestartSec=50ms\n"
                "ExecStart=sh -c 'echo >> " +
                    (systemd().folder() / "runs").string() + "; sleep 0.1; exit 1'\n");
  watch({"loop.service"});
  item("loop.service");
  systemd().systemctl("start loop.service");
  for (int i = 0; i < 8; ++i) {
    systemd().systemctl("daemon-reload");
    const ItemResult one = item("loop.service");
    EXPECT_NE(one.outcome.result, Result::kUnknown) << one.outcome.message;
  }
  EXPECT_TRUE(eventually([this] { return lines("runs") >= 10; }, kPatience));
  systemd().systemctl("stop loop.service");
  EXPECT_TRUE(comes_to("loop.service",
                       [](const ItemResult& one) { return says(one, Result::kFail, "inactive"); }));
  expect_all_runs_counted();
}

TEST_F(SystemdCheckTest, RaisesNoAlarmForAReload) {
  systemd().add("web.service", "[Service]\nExecStart=sleep 1000\nExecReload=sleep 0.2\n");
  watch({"*.service"});
  systemd().systemctl("start web.service");
  EXPECT_EQ(item("web.service").outcome.result, Result::kPass);
  systemd().systemctl("reload --no-block web.service");
  for (int i = 0; i < 20; ++i) {
    systemd().systemctl("daemon-reload");
    const ItemResult one = item("web.service");
    EXPECT_EQ(one.outcome.result, Result::kPass) << one.outcome.message;
    EXPECT_EQ(last_.outcome.result, Result::kPass) << last_.outcome.message;
  }
  EXPECT_EQ(value(item("web.service"), "planned_restarts"), 0);
}

TEST_F(SystemdCheckTest, GoesOnWithTheWindowAfterARestartOfTheAgent) {
  systemd().add("loop.service",
                "[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestart=always\nRestartSec=50ms\n"
                "ExecStart=sh -c 'echo >> " +
                    (systemd().folder() / "runs").string() + "; sleep 0.1; exit 1'\n");
  watch({"loop.service"});
  item("loop.service");
  systemd().systemctl("start loop.service");
  EXPECT_TRUE(
      comes_to("loop.service", [](const ItemResult& one) { return value(one, "restarts") >= 3; }));
  const std::size_t before = lines("runs");
  EXPECT_TRUE(eventually([&] { return lines("runs") >= before + 5; }, kPatience));
  restart_agent();
  watch({"loop.service"});
  EXPECT_GE(value(item("loop.service"), "restarts"), 7) << "what it missed counts as well";
  systemd().systemctl("stop loop.service");
  EXPECT_TRUE(comes_to("loop.service",
                       [](const ItemResult& one) { return says(one, Result::kFail, "inactive"); }));
  expect_all_runs_counted();
}

TEST_F(SystemdCheckTest, SaysThatAServiceWasKilledForWantOfMemory) {
  systemd().add("hog.service", kSleeper);
  watch({"hog.service"});
  systemd().systemctl("start hog.service");
  item("hog.service");
  // Where no cgroup counts memory, systemd-oomd's mark on the cgroup tells systemd the same.
  const std::string group = "/sys/fs/cgroup" + systemd().property("hog.service", "ControlGroup");
  const auto marked = testing::run_program(
      {"python3", "-c",
       "import os\nfor n in ('user.oomd_kills', 'user.oomd_ooms'): os.setxattr('" + group +
           "', n, b'1')"});
  if (marked.status != 0) {
    GTEST_SKIP() << "SKIPPED LOUDLY: cgroups take no mark of systemd-oomd: " << marked.output;
  }
  systemd().systemctl("kill -s KILL hog.service");
  EXPECT_TRUE(comes_to("hog.service", [](const ItemResult& one) {
    return says(one, Result::kFail, "failed since");
  }));
  if (systemd().property("hog.service", "Result") != "oom-kill") {
    GTEST_SKIP() << "SKIPPED LOUDLY: this systemd does not see marks of systemd-oomd: "
                 << systemd().property("hog.service", "Result");
  }
  const ItemResult one = item("hog.service");
  EXPECT_TRUE(one.outcome.message.ends_with(": killed for want of memory")) << one.outcome.message;
  EXPECT_EQ(one.outcome.code, "oom-kill");
  EXPECT_EQ(value(one, "oom_kills"), 1);
}

TEST_F(SystemdCheckTest, SaysThatATimerDidNotFire) {
  const std::filesystem::path fail = systemd().folder() / "fail";
  const std::filesystem::path hang = systemd().folder() / "hang";
  systemd().write("job.service", "[Service]\nType=oneshot\nExecStart=sh -c 'test ! -e " +
                                     fail.string() + " || exit 3; test ! -e " + hang.string() +
                                     " || sleep 1000'\n");
  systemd().add("job.timer", "[Timer]\nOnCalendar=*:*:*\nAccuracySec=10ms\n");
  watch({"*.timer"}, {.late_after = milliseconds(1500)});
  systemd().systemctl("start job.timer");
  EXPECT_TRUE(comes_to("job.timer", [](const ItemResult& one) {
    return says(one, Result::kPass, "last fired at") && one.outcome.message.contains("next at") &&
           value(one, "next_trigger_in") > -1 && value(one, "trigger_age") >= 0;
  }));
  std::ofstream(hang) << "1";
  EXPECT_TRUE(comes_to("job.timer", [](const ItemResult& one) {
    return says(one, Result::kFail, "did not fire at") &&
           one.outcome.message.contains("job.service still runs since");
  }));
  std::ofstream(fail) << "1";
  systemd().systemctl("kill job.service");
  EXPECT_TRUE(comes_to("job.timer", [](const ItemResult& one) {
    return says(one, Result::kFail, "its job job.service failed since") &&
           one.outcome.message.ends_with(": exit status 3");
  }));
  std::filesystem::remove(fail);
  std::filesystem::remove(hang);
  EXPECT_TRUE(comes_to("job.timer",
                       [](const ItemResult& one) { return one.outcome.result == Result::kPass; }));
}

TEST_F(SystemdCheckTest, LeavesWhatASocketStartsAlone) {
  systemd().add("echo.socket", "[Socket]\nListenStream=127.0.0.1:7777\n");
  systemd().add("echo.service", "[Service]\nExecStart=sleep 1000\n");
  systemd().systemctl("start echo.socket");
  watch({"echo.service", "echo.socket"});
  EXPECT_TRUE(comes_to("echo.service", [](const ItemResult& one) {
    return says(one, Result::kPass, "idle, started by echo.socket");
  }));
  EXPECT_TRUE(says(item("echo.socket"), Result::kPass, "active since"));
  // Somebody comes.
  testing::run_program({"bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/7777"});
  EXPECT_TRUE(comes_to("echo.service", [](const ItemResult& one) {
    return says(one, Result::kPass, "active since");
  }));
  systemd().systemctl("stop echo.socket echo.service");
  EXPECT_TRUE(comes_to("echo.service", [](const ItemResult& one) {
    return says(one, Result::kFail, "enabled but inactive since");
  }));
}

TEST_F(SystemdCheckTest, SurvivesARestartOfTheBus) {
  kind_ = SystemdWorld::Bus::kDaemon;
  systemd().add("web.service",
                "[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=sleep 1000\nRestart=always\n"
                "RestartSec=50ms\n");
  systemd().systemctl("start web.service");
  watch({"web.service"});
  EXPECT_TRUE(comes_to("web.service", [](const ItemResult& one) {
    return says(one, Result::kPass, "active since");
  }));
  systemd().systemctl("kill -s KILL web.service");
  EXPECT_TRUE(comes_to("web.service", [](const ItemResult& one) {
    return value(one, "restarts") == 1 && one.outcome.result == Result::kPass;
  }));
  systemd().kill_bus();
  EXPECT_TRUE(eventually(
      [this] {
        const Outcome outcome = run().outcome;
        return outcome.result == Result::kUnknown && outcome.reason == Reason::kUnsupported;
      },
      kPatience));
  systemd().systemctl("kill -s KILL web.service");
  systemd().start_bus();
  EXPECT_TRUE(comes_to("web.service", [](const ItemResult& one) {
    return value(one, "restarts") == 2 && one.outcome.result == Result::kPass;
  }));
}

TEST_F(SystemdCheckTest, SaysWhichPermissionIsMissing) {
  systemd().add("web.service", kSleeper);
  watch({"web.service"});
  agent();
  ASSERT_EQ(::seteuid(65534), 0);
  const Outcome outcome = run().outcome;
  ASSERT_EQ(::seteuid(0), 0);
  EXPECT_EQ(outcome.result, Result::kUnknown);
  EXPECT_EQ(outcome.reason, Reason::kPermission) << outcome.message;
  EXPECT_TRUE(outcome.message.contains("/systemd/private")) << outcome.message;
}

TEST_F(SystemdCheckTest, SaysThatThereIsNoSystemd) {
  agent().services().systemd_bus = "unix:path=/run/nobody/systemd/private";
  watch({"web.service"});
  const Outcome outcome = run().outcome;
  EXPECT_EQ(outcome.result, Result::kUnknown);
  EXPECT_EQ(outcome.reason, Reason::kUnsupported);
  EXPECT_TRUE(outcome.message.starts_with("no systemd answers here")) << outcome.message;
}

TEST_F(SystemdCheckTest, FindsWhatIsStuckOnItsWayUp) {
  systemd().add("slow.service",
                "[Service]\nType=notify\nExecStart=sleep 1000\nTimeoutStartSec=infinity\n");
  systemd().systemctl("start --no-block slow.service");
  watch({"slow.service"}, {.stuck_after = milliseconds(300)});
  EXPECT_TRUE(comes_to("slow.service", [](const ItemResult& one) {
    return says(one, Result::kPass, "starting since");
  }));
  EXPECT_TRUE(comes_to("slow.service", [](const ItemResult& one) {
    return says(one, Result::kFail, "stuck starting since");
  }));
}

TEST_F(SystemdCheckTest, TellsStatesApartThatAreNoCrash) {
  struct Case {
    const char* name;
    const char* text;
    const char* start;
    Result result;
    const char* says;
  };
  const Case cases[] = {
      {"idle.service", kSleeper, "", Result::kFail, "enabled but inactive"},
      {"once.service", "[Service]\nType=oneshot\nExecStart=true\n", "start", Result::kPass,
       "done since"},
      {"stays.service", "[Service]\nType=oneshot\nExecStart=true\nRemainAfterExit=yes\n", "start",
       Result::kPass, "active (exited) since"},
      {"unmet.service", "[Unit]\nConditionPathExists=/nowhere\n[Service]\nExecStart=sleep 1000\n",
       "start", Result::kPass, "one of its conditions does not hold"},
      {"bad.service", "[Service]\nExecStart=\n", "", Result::kFail, "its unit file is broken"},
      {"dies.service", "[Service]\nExecStart=sh -c 'exit 3'\n", "start", Result::kFail,
       "failed since"},
      {"ends.service", "[Service]\nExecStart=true\n", "start", Result::kFail,
       "its last run ended with exit status 0"},
      {"needs.service",
       "[Unit]\nRequires=dies.service\nAfter=dies.service\n[Service]\nType=oneshot\n"
       "ExecStart=true\nRemainAfterExit=yes\n",
       "", Result::kFail, "enabled but inactive"},
  };
  std::vector<std::string> names = {"missing.service", "masked.service", "tpl@one.service"};
  systemd().write("tpl@.service", kSleeper);
  systemd().systemctl("mask masked.service");
  for (const Case& one : cases) {
    systemd().add(one.name, one.text);
    names.emplace_back(one.name);
  }
  watch(names);
  for (const Case& one : cases) {
    SCOPED_TRACE(one.name);
    if (*one.start != '\0') {
      systemd().systemctl(std::string(one.start) + " " + one.name);
    }
    EXPECT_TRUE(comes_to(
        one.name, [&one](const ItemResult& seen) { return says(seen, one.result, one.says); }));
  }
  EXPECT_TRUE(says(item("missing.service"), Result::kFail, "no such unit"));
  EXPECT_TRUE(says(item("masked.service"), Result::kFail, "masked: nothing can start it"));
  EXPECT_TRUE(says(item("tpl@one.service"), Result::kFail, "inactive"));
  systemd().systemctl("start tpl@one.service");
  EXPECT_TRUE(comes_to("tpl@one.service", [](const ItemResult& one) {
    return says(one, Result::kPass, "active since");
  }));
  // Of what matches a glob, only that which is enabled counts.
  watch({"*.service"});
  EXPECT_EQ(item("tpl@one.service").outcome.result, Result::kUnknown);
  EXPECT_EQ(item("masked.service").outcome.result, Result::kUnknown);
  EXPECT_TRUE(says(item("ends.service"), Result::kWarn, "exit status 0"));
  EXPECT_TRUE(says(item("idle.service"), Result::kFail, "enabled but inactive"));
}

TEST_F(SystemdCheckTest, NoticesAUnitFileThatChanged) {
  systemd().add("web.service", kSleeper);
  systemd().systemctl("start web.service");
  systemd().write("web.service", "[Service]\nExecStart=sleep 2000\n");
  watch({"web.service"});
  EXPECT_TRUE(comes_to("web.service", [](const ItemResult& one) {
    return says(one, Result::kWarn, "its unit file has changed since systemd read it");
  }));
  systemd().systemctl("daemon-reload");
  EXPECT_TRUE(comes_to("web.service",
                       [](const ItemResult& one) { return one.outcome.result == Result::kPass; }));
  // No signal tells of this: it is asked for now and then.
  systemd().write("web.service", "[Service]\nExecStart=sleep 30000\n");
  EXPECT_TRUE(comes_to("web.service", [](const ItemResult& one) {
    return says(one, Result::kWarn, "its unit file has changed since systemd read it");
  }));
}

TEST_F(SystemdCheckTest, SaysThatAWatchdogWasMissed) {
  systemd().add(
      "dog.service",
      "[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=sleep 1000\nWatchdogSec=200ms\n"
      "WatchdogSignal=SIGKILL\nRestart=always\nRestartSec=10s\n");
  watch({"dog.service"});
  item("dog.service");
  systemd().systemctl("start dog.service");
  EXPECT_TRUE(comes_to("dog.service", [](const ItemResult& one) {
    return says(one, Result::kWarn, "missed its watchdog; now auto-restart");
  }));
}

}  // namespace
}  // namespace hale::checks
