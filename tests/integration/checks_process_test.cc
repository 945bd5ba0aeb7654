// The check against real processes: those that are there, dead, stopped, full, or not the ones that
// a pid file was written for.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "checks/process_check.h"
#include "tests/support/eventually.h"
#include "tests/support/probe_folder.h"
#include "tests/support/server_process.h"
#include "tests/support/type_probe.h"

namespace hale::checks {
namespace {

using monitor::Reason;
using monitor::Result;
using std::chrono::seconds;
using test::expect_run;
using test::measured;
using test::ProbeWorld;
using test::Set;
using test::TypeProbe;

test::ProbeRun run(const TypeProbe& probe) {
  ProbeWorld world;
  return probe.run(world, seconds(10));
}

TypeProbe probe(std::initializer_list<Set> set) {
  return {process_descriptor(), set};
}

test::Expected missing(std::string_view message) {
  return {.result = Result::kFail,
          .reason = Reason::kMissing,
          .phase = monitor::Phase::kRun,
          .message = message};
}

// Programs that are called as no other on this machine.
class ProcessCheckTest : public ::testing::Test {
 protected:
  ProcessCheckTest() : name_("hale-t" + std::to_string(::getpid())) {
    program_ = folder_.path() / name_;
    std::error_code error;
    std::filesystem::copy_file("/bin/sleep", program_, error);
    EXPECT_FALSE(error) << error.message();
  }

  void start(const std::string& script) {
    servers_.push_back(std::make_unique<test::ServerProcess>(
        std::vector<std::string>{"/bin/sh", "-c", script, program_, folder_.path()}));
  }
  double count() const { return measured(run(probe({{"name", name_}})), "count").value_or(-1); }
  // The pid that a script has written.
  pid_t pid_in(const std::string& file) const {
    pid_t pid = 0;
    EXPECT_TRUE(testing::eventually([&] {
      std::ifstream stream(folder_.path() / file);
      return static_cast<bool>(stream >> pid);
    }));
    return pid;
  }

  test::ProbeFolder folder_;
  std::string name_;
  std::string program_;
  std::vector<std::unique_ptr<test::ServerProcess>> servers_;
};

TEST_F(ProcessCheckTest, FindsAProcessInEveryWay) {
  start("trap 'kill $!' TERM; \"$0\" 1000 & echo $! > \"$1/pid\"; wait");
  const pid_t pid = pid_in("pid");
  ASSERT_TRUE(testing::eventually([&] { return count() == 1; }));
  const std::string uid = std::to_string(::geteuid());
  const std::string message = "pid " + std::to_string(pid) + ", up ";
  for (const TypeProbe& one :
       {probe({{"name", name_}}), probe({{"command_regex", name_ + " 1000$"}}),
        probe({{"name", name_}, {"user", uid}}),
        probe({{"pid_file", (folder_.path() / "pid").string()}}),
        probe({{"pid_file", (folder_.path() / "pid").string()}, {"name", name_}})}) {
    const auto result = run(one);
    expect_run(result, {.message = message});
    EXPECT_EQ(measured(result, "count"), 1);
    EXPECT_EQ(measured(result, "threads"), 1);
    EXPECT_GE(measured(result, "fds_used").value_or(-1), 1);
    EXPECT_GT(measured(result, "rss").value_or(-1), 0);
    EXPECT_LT(measured(result, "age").value_or(1e9), 100);
    EXPECT_GE(measured(result, "cpu").value_or(-1), 0);
  }
  EXPECT_EQ(measured(run(probe({{"name", name_}, {"command_regex", "other"}})), "count"), 0);
}

TEST_F(ProcessCheckTest, WhatTheAgentRunsIsNotMeantByItsCommand) {
  start("exec \"$0\" 1000");
  ASSERT_TRUE(testing::eventually([&] { return count() == 1; }));
  EXPECT_EQ(measured(run(probe({{"command_regex", name_}})), "count"), 0);
}

TEST_F(ProcessCheckTest, NobodyIsMissing) {
  const auto result = run(probe({{"name", name_}}));
  expect_run(result, missing("no process named " + name_));
  EXPECT_EQ(measured(result, "count"), 0);
}

TEST_F(ProcessCheckTest, AZombieIsNotAlive) {
  // Whoever has started it becomes a program that never asks how it ended.
  start("\"$0\" 0 & exec /bin/sleep 1000");
  test::ProbeRun result;
  EXPECT_TRUE(testing::eventually([&] {
    result = run(probe({{"name", name_}}));
    return measured(result, "zombies") == 1;
  }));
  EXPECT_EQ(measured(result, "count"), 0);
  expect_run(result, missing("1 zombie"));
}

TEST_F(ProcessCheckTest, NoticesOneThatIsStopped) {
  start("echo $$ > \"$1/pid\"; exec \"$0\" 1000");
  const pid_t pid = pid_in("pid");
  ASSERT_TRUE(testing::eventually([&] { return count() == 1; }));
  ASSERT_EQ(::kill(pid, SIGSTOP), 0);
  EXPECT_TRUE(
      testing::eventually([&] { return measured(run(probe({{"name", name_}})), "stopped") == 1; }));
  EXPECT_EQ(count(), 1);
  ::kill(pid, SIGCONT);
}

TEST_F(ProcessCheckTest, MeasuresOpenFilesAgainstTheLimit) {
  start(
      "ulimit -n 20; for fd in 3 4 5 6 7 8 9; do eval \"exec $fd</dev/null\"; done; exec \"$0\" "
      "1000");
  ASSERT_TRUE(testing::eventually([&] { return count() == 1; }));
  const auto result = run(probe({{"name", name_}}));
  for (const auto& measurement : result.result.measurements) {
    if (measurement.name == "fds_used") {
      EXPECT_GE(measurement.value, 10);
      EXPECT_EQ(measurement.total, 20);
    }
  }
  EXPECT_TRUE(measured(result, "fds_used").has_value());
}

TEST_F(ProcessCheckTest, MeasuresTheCpuOfSeveral) {
  // Two that spin.
  start(
      "cp /bin/sh \"$0\"; trap 'kill $one $two' TERM; \"$0\" -c 'while :; do :; done' & one=$!; "
      "\"$0\" -c 'while :; do :; done' & two=$!; wait");
  ASSERT_TRUE(testing::eventually([&] { return count() == 2; }));
  EXPECT_TRUE(testing::eventually(
      [&] { return measured(run(probe({{"name", name_}})), "cpu").value_or(0) > 0.2; }));
}

TEST_F(ProcessCheckTest, DoesNotTrustAPidFileBlindly) {
  start("exec \"$0\" 1000");
  ASSERT_TRUE(testing::eventually([&] { return count() == 1; }));
  const std::string own = std::to_string(::getpid());
  const struct {
    std::string content;
    std::string message;
  } cases[] = {
      {own, "names pid " + own + ", "},  // began after the file was written
      {"4194999", "names pid 4194999, which does not run"},
      {"", "is empty"},
      {"x", "does not begin with a pid"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.content);
    const std::string path = folder_.write("x.pid", c.content);
    const timespec long_ago[2] = {{.tv_sec = 1000, .tv_nsec = 0}, {.tv_sec = 1000, .tv_nsec = 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), long_ago, 0), 0);
    const auto result = run(probe({{"pid_file", path}}));
    EXPECT_EQ(measured(result, "count"), 0);
    expect_run(result, missing(c.message));
    // Another program with that number.
    const auto named = run(probe({{"pid_file", path}, {"name", name_}}));
    EXPECT_EQ(measured(named, "count"), 0);
  }
  expect_run(run(probe({{"pid_file", (folder_.path() / "none").string()}})),
             missing("does not exist"));
}

TEST_F(ProcessCheckTest, AnUnknownUserIsUnknown) {
  expect_run(run(probe({{"user", "no-such-user"}})), {.result = Result::kUnknown,
                                                      .reason = Reason::kMissing,
                                                      .phase = monitor::Phase::kRun,
                                                      .message = "there is no user no-such-user"});
}

TEST_F(ProcessCheckTest, ThreadsOfTheKernelAreNotMeantUnlessAskedFor) {
  if (!std::filesystem::exists("/proc/2/comm")) {
    GTEST_SKIP() << "SKIPPED LOUDLY: no threads of the kernel in sight";
  }
  EXPECT_EQ(measured(run(probe({{"name", "kthreadd"}})), "count"), 0);
  EXPECT_EQ(measured(run(probe({{"name", "kthreadd"}, {"kernel_threads", true}})), "count"), 1);
}

}  // namespace
}  // namespace hale::checks
