#include "checks/conflicts_check.h"

#include <algorithm>
#include <chrono>
#include <string>

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "checks/builtin_checks.h"
#include "tests/checks/conflicts/conflict_world.h"
#include "tests/support/probe_folder.h"
#include "tests/support/probe_world.h"
#include "tests/support/test_socket.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::Reason;
using monitor::Result;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::ConflictWorld;
using test::ProbeFolder;
using test::ProbeRun;
using test::ProbeWorld;

TEST(ConflictsCheckTest, PassesOnAHostInOrder) {
  ConflictWorld world;
  world.add_service("nginx.service");
  world.listen("nginx.service", "0.0.0.0:80");
  world.look(2);
  const CheckResult result = conflicts_result(world.scene(), false);
  EXPECT_EQ(result.outcome.result, Result::kPass);
  EXPECT_EQ(result.outcome.message, "no conflicts among 1 unit and 1 listener");
  EXPECT_TRUE(result.findings.empty());
  ASSERT_EQ(result.measurements.size(), 3U);
  EXPECT_EQ(result.measurements[2].name, "learned_ports");
  EXPECT_EQ(result.measurements[2].value, 1);
}

TEST(ConflictsCheckTest, FailsAsUrgentlyAsItsWorstFinding) {
  ConflictWorld world;
  world.add_socket("a.socket", "0.0.0.0:80");
  world.add_socket("b.socket", "0.0.0.0:80");
  CheckResult result = conflicts_result(world.scene(), false);
  EXPECT_EQ(result.outcome.result, Result::kWarn);
  EXPECT_EQ(result.outcome.reason, Reason::kConflict);
  EXPECT_EQ(result.outcome.code, kDoubleClaim);
  world.add_crashing("nelson.service", 9);
  result = conflicts_result(world.scene(), false);
  EXPECT_EQ(result.outcome.result, Result::kFail);
  EXPECT_EQ(result.outcome.reason, Reason::kStatus);
  EXPECT_TRUE(result.outcome.message.ends_with("; 1 more finding")) << result.outcome.message;
  EXPECT_EQ(result.findings.size(), 2U);
}

TEST(ConflictsCheckTest, PassesWithAHint) {
  ConflictWorld world;
  world.add_service("a.service").service->command = {"x", "--port=9100"};
  world.add_service("b.service").service->command = {"y", "--port=9100"};
  const CheckResult result = conflicts_result(world.scene(), false);
  EXPECT_EQ(result.outcome.result, Result::kPass);
  EXPECT_EQ(result.outcome.message, "no conflicts among 2 units and 0 listeners; 1 hint");
}

TEST(ConflictsCheckTest, DeclaresEveryKindThatItFinds) {
  for (const std::string_view kind :
       {kPortHeld, kOwnerChanged, kPortLost, kRestartLoop, kDoubleClaim, kSplitPort}) {
    const auto& declared = conflicts_descriptor().findings;
    EXPECT_TRUE(std::any_of(declared.begin(), declared.end(), [kind](const auto& entry) {
      return entry.name == kind;
    })) << kind;
  }
}

TEST(ConflictsCheckTest, SaysThatNoSystemdRunsAndLooksAtListenersAllTheSame) {
  const ProbeFolder folder;
  const test::TestSocket socket(test::SocketOptions{});
  ASSERT_TRUE(socket.valid());
  ProbeWorld world;
  world.services().systemd_bus = "unix:path=" + (folder.path() / "nobody").string();
  ConflictsCheck check({.quote_journal = false, .run_root = folder.path()});
  const CheckResult result = world.run(check, seconds(10)).result;
  EXPECT_EQ(result.outcome.result, Result::kPass);
  EXPECT_TRUE(result.outcome.message.contains("systemd does not run here"))
      << result.outcome.message;
  folder.make("systemd/system");
  const CheckResult blind = world.run(check, seconds(10)).result;
  EXPECT_EQ(blind.outcome.result, Result::kUnknown) << "it runs, and cannot be reached";
  EXPECT_EQ(blind.outcome.reason, Reason::kUnsupported);
}

TEST(ConflictsCheckTest, IsUnknownWhileSystemdSaysNothing) {
  const ProbeFolder folder;
  const std::string path = folder.path() / "bus";
  const test::TestSocket bus(path, SOCK_STREAM);
  ASSERT_TRUE(bus.valid());
  ProbeWorld world;
  world.services().systemd_bus = "unix:path=" + path;
  ConflictsCheck check({});
  const ProbeRun run = world.run(check, milliseconds(300));
  EXPECT_FALSE(run.cancelled) << "it has the last word before its deadline";
  EXPECT_EQ(run.result.outcome.result, Result::kUnknown) << run.result.outcome.message;
  EXPECT_EQ(run.result.outcome.reason, Reason::kTimeout);
  EXPECT_TRUE(run.result.findings.empty());
  const ProbeRun paused = world.run_and_cancel(check, seconds(20), milliseconds(20));
  EXPECT_TRUE(paused.threw);
}

}  // namespace
}  // namespace hale::checks
