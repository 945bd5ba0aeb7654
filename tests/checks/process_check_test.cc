#include "checks/process_check.h"

#include <chrono>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/check_parameters.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::Measurement;
using monitor::Parameters;
using monitor::Reason;
using monitor::Result;
using monitor::TimePoint;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using test::Set;

Parameters parameters(std::initializer_list<Set> set) {
  return test::check_parameters(process_descriptor().keys, set);
}

TEST(ProcessFactoryTest, RefusesWhatCannotWork) {
  const struct {
    Parameters all;
    std::string message;
  } cases[] = {
      {parameters({}),
       "name: is missing (write which processes are meant: name, command_regex, pid_file, user, "
       "cgroup or unit)"},
      {parameters({{"name", ""}}), "name: is empty"},
      {parameters({{"name", "/usr/sbin/nginx"}}),
       "name: \"/usr/sbin/nginx\" is not a name (write the last part of the program's path, or use "
       "`command_regex`)"},
      {parameters({{"pid_file", "x.pid"}}), "pid_file: \"x.pid\" is not an absolute path"},
      {parameters({{"cgroup", "system.slice"}}),
       "cgroup: \"system.slice\" is not an absolute path"},
      {parameters({{"command_regex", "("}}),
       "command_regex: \"(\" is not a regular expression: missing ): (?m)("},
      {parameters({{"name", "nginx"}}), ""},
      {parameters({{"user", "www-data"}}), ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.message);
    const auto made = process_descriptor().make(c.all);
    EXPECT_EQ(made ? "" : made.error().key + ": " + made.error().message, c.message);
  }
}

TEST(ProcessFactoryTest, NamesWhatItLooksFor) {
  const auto made = process_descriptor().make(
      parameters({{"name", "nginx"}, {"unit", "web"}, {"command_regex", "wor.er"}}));
  ASSERT_TRUE(made);
  EXPECT_EQ((*made)->target(),
            "named nginx, whose command matches \"wor.er\", of unit web.service");
}

Process process(pid_t pid, monitor::Duration age, monitor::Duration cpu_time = {}) {
  Process made;
  made.pid = pid;
  made.name = "nginx";
  made.state = 'S';
  made.start_ticks = static_cast<std::uint64_t>(pid);
  made.age = age;
  made.cpu_time = cpu_time;
  made.resident_bytes = 1 << 20;
  made.threads = 2;
  made.open_files = 10;
  made.most_open_files = 1000;
  return made;
}

ProcessLook look(monitor::Duration uptime, std::vector<Process> processes) {
  ProcessLook made;
  made.uptime = uptime;
  made.processes = std::move(processes);
  made.memory = 1 << 30;
  return made;
}

std::optional<Measurement> find(const CheckResult& result, std::string_view name) {
  for (const Measurement& measurement : result.measurements) {
    if (measurement.name == name) {
      return measurement;
    }
  }
  return std::nullopt;
}

ProcessOptions named_nginx(const std::string& exists = "yes") {
  ProcessOptions options;
  options.selector.name = "nginx";
  options.exists = exists;
  return options;
}

TEST(ProcessResultTest, AddsUpWhatAllUse) {
  const ProcessLook before = look(seconds(1000), {process(7, minutes(10), seconds(5))});
  Process full = process(9, seconds(4), milliseconds(500));
  full.open_files = 900;
  const ProcessLook after =
      look(seconds(1010), {process(7, minutes(10) + seconds(10), seconds(7)), full});
  const CheckResult result = process_result(named_nginx(), before, after, {});
  EXPECT_EQ(result.outcome.message, "2 processes, the youngest up 4 s, 25.0 % of a CPU, 2.0 MiB");
  EXPECT_EQ(find(result, "count")->value, 2);
  EXPECT_EQ(find(result, "age")->value, 4);
  EXPECT_DOUBLE_EQ(find(result, "cpu")->value, 0.25) << "2 s of one, half a second of a new one";
  EXPECT_EQ(find(result, "rss")->value, 2 << 20);
  EXPECT_EQ(find(result, "rss")->total, 1 << 30);
  EXPECT_EQ(find(result, "fds_used")->value, 900) << "of the one that is nearest to its limit";
  EXPECT_EQ(find(result, "fds_used")->total, 1000);
  EXPECT_EQ(find(result, "threads")->value, 4);
  EXPECT_EQ(find(result, "zombies")->value, 0);
}

TEST(ProcessResultTest, ZombiesAreNotAlive) {
  Process zombie = process(7, minutes(1));
  zombie.state = 'Z';
  zombie.threads = 1;
  Process headless = process(8, minutes(1));
  headless.state = 'Z';  // its first thread has ended, others work on
  Process stopped = process(9, minutes(1));
  stopped.state = 'T';
  const ProcessLook seen = look(seconds(10), {zombie, headless, stopped});
  const CheckResult result = process_result(named_nginx(), seen, seen, {});
  EXPECT_EQ(find(result, "count")->value, 2);
  EXPECT_EQ(find(result, "zombies")->value, 1);
  EXPECT_EQ(find(result, "stopped")->value, 1);
  EXPECT_FALSE(find(result, "cpu")) << "no time has passed";
  EXPECT_TRUE(result.outcome.message.ends_with("; 1 zombie; 1 stopped")) << result.outcome.message;
}

TEST(ProcessResultTest, NobodyIsMissing) {
  ProcessLook none = look(seconds(10), {});
  CheckResult result = process_result(named_nginx(), none, none, {});
  EXPECT_EQ(result.outcome.result, Result::kFail);
  EXPECT_EQ(result.outcome.reason, Reason::kMissing);
  EXPECT_EQ(result.outcome.code, "not_running");
  EXPECT_EQ(result.outcome.message, "no process named nginx");
  EXPECT_EQ(find(result, "count")->value, 0);
  EXPECT_FALSE(find(result, "age"));
  EXPECT_EQ(process_result(named_nginx("maybe"), none, none, {}).outcome.result, Result::kPass);
  EXPECT_EQ(process_result(named_nginx("no"), none, none, {}).outcome.result, Result::kPass);
  none.why_none = "/run/x.pid does not exist";
  result = process_result(named_nginx(), none, none, {});
  EXPECT_EQ(result.outcome.message, "/run/x.pid does not exist");
  EXPECT_EQ(result.outcome.code, "pid_file");
}

TEST(ProcessResultTest, SomeMustNotBeThere) {
  const ProcessLook one = look(seconds(10), {process(7, minutes(1))});
  const CheckResult result = process_result(named_nginx("no"), one, one, {});
  EXPECT_EQ(result.outcome.result, Result::kFail);
  EXPECT_EQ(result.outcome.reason, Reason::kValidation);
  EXPECT_EQ(result.outcome.message, "must not run: pid 7, up 1m, 1.0 MiB");
}

TEST(ProcessResultTest, IsUnknownWhereForeignProcessesAreHidden) {
  ProcessLook none = look(seconds(10), {});
  none.hidden = true;
  const CheckResult result = process_result(named_nginx(), none, none, {});
  EXPECT_EQ(result.outcome.result, Result::kUnknown);
  EXPECT_EQ(result.outcome.reason, Reason::kPermission);
}

TEST(ProcessResultTest, SaysThatFilesMayNotBeCounted) {
  Process foreign = process(7, minutes(1));
  foreign.open_files.reset();
  const ProcessLook seen = look(seconds(10), {foreign});
  const CheckResult result = process_result(named_nginx(), seen, seen, {});
  EXPECT_FALSE(find(result, "fds_used"));
  EXPECT_TRUE(result.outcome.message.ends_with("; no right to count the open files of 1"));
}

TEST(BlockedProcessesTest, CountsOnlyWhatHadNoTurnForLong) {
  BlockedProcesses blocked;
  const TimePoint start{};
  Process stuck = process(7, minutes(1));
  stuck.state = 'D';
  stuck.switches = 5;
  Process busy = process(8, minutes(1));
  busy.state = 'D';
  blocked.look({stuck, busy}, start);
  EXPECT_EQ(blocked.blocked(seconds(30), start).count, 0U) << "nobody knows for how long yet";
  busy.switches = 1;  // had a turn in between, and waits again
  blocked.look({stuck, busy}, start + seconds(40));
  const auto now = blocked.blocked(seconds(30), start + seconds(40));
  EXPECT_EQ(now.count, 1U);
  EXPECT_EQ(now.longest, 7);
  EXPECT_EQ(now.for_how_long, seconds(40));
  stuck.state = 'S';
  blocked.look({stuck}, start + seconds(50));
  EXPECT_EQ(blocked.blocked(seconds(0), start + seconds(50)).count, 0U);
}

}  // namespace
}  // namespace hale::checks
