// The check type `systemd` against peers that are wrong in one way each. What a real systemd does
// is in tests/systemd.
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "checks/systemd_check.h"
#include "tests/support/concurrent_runs.h"
#include "tests/support/fake_systemd.h"
#include "tests/support/probe_folder.h"
#include "tests/support/probe_world.h"
#include "tests/support/type_probe.h"

namespace hale::checks {
namespace {

using monitor::Phase;
using monitor::Reason;
using monitor::Result;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::FakeSystemd;
using Does = test::FakeSystemd::Does;

class SystemdPeerTest : public ::testing::Test {
 protected:
  SystemdPeerTest() { world_.services().systemd_bus = systemd_.bus(); }
  std::unique_ptr<SystemdCheck> check() {
    return std::make_unique<SystemdCheck>(
        SystemdOptions{.patterns = {.include = {"*.service"}}, .judgement = {}});
  }

  test::ProbeFolder folder_;
  FakeSystemd systemd_{folder_.path()};
  test::ProbeWorld world_;
};

TEST_F(SystemdPeerTest, ReadsWhatItUnderstandsAndPassesOverTheRest) {
  systemd_.have({"a.service", "b.service"});
  const auto look = check();
  const test::ProbeRun run = world_.run(*look, seconds(10));
  EXPECT_EQ(run.result.outcome.message, "2 units, 2 of them well");
  EXPECT_EQ(run.result.items.size(), 2U);
}

TEST_F(SystemdPeerTest, SaysWhatEachFaultIs) {
  struct Case {
    const char* member;
    Does does;
    Reason reason;
    const char* message;
  };
  const std::vector<Case> cases = {
      {"ListUnits", Does::kNothing, Reason::kTimeout, "systemd did not answer ListUnits in time"},
      {"ListUnits", Does::kDeny, Reason::kPermission, "no permission for ListUnits (not for you)"},
      {"ListUnits", Does::kRefuse, Reason::kAgent,
       "systemd answered ListUnits with an error (too much of it)"},
      {"ListUnits", Does::kNonsense, Reason::kProtocol,
       "what came for ListUnits is not what systemd documents"},
      {"ListUnits", Does::kHangUp, Reason::kReset, "the connection to systemd broke"},
      {"ListUnitFiles", Does::kNonsense, Reason::kProtocol, "what came for ListUnitFiles"},
      {"GetAll", Does::kNothing, Reason::kTimeout, "in time"},
      {"GetAll", Does::kNonsense, Reason::kProtocol, "what came for GetAll"},
      {"Get", Does::kNonsense, Reason::kProtocol, "what came for GetAll"},
      {"Ping", Does::kDeny, Reason::kPermission, "not for you"},
      {"Subscribe", Does::kNothing, Reason::kTimeout, "in time"},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(std::string(one.member) + " " + std::to_string(static_cast<int>(one.does)));
    const test::ProbeFolder folder;
    FakeSystemd systemd(folder.path());
    systemd.have({"a.service"});
    systemd.on(one.member, one.does);
    test::ProbeWorld world;
    world.services().systemd_bus = systemd.bus();
    const auto look = check();
    const test::ProbeRun run = world.run(*look, milliseconds(600));
    EXPECT_EQ(to_string(run.result.outcome.result), to_string(Result::kUnknown));
    EXPECT_EQ(to_string(run.result.outcome.reason), to_string(one.reason))
        << run.result.outcome.message;
    EXPECT_TRUE(run.result.outcome.message.contains(one.message)) << run.result.outcome.message;
    EXPECT_FALSE(run.cancelled) << "it has the last word before its deadline";
    EXPECT_FALSE(run.threw);
  }
}

TEST_F(SystemdPeerTest, APeerThatNeverSaysHelloIsNotWaitedForLongerThanTheDeadline) {
  const test::ProbeFolder folder;
  const std::string path = std::filesystem::path(folder.make("systemd")) / "private";
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(fd, 8), 0);
  world_.services().systemd_bus = "unix:path=" + path;
  const auto look = check();
  const test::ProbeRun run = world_.run(*look, milliseconds(400));
  ::close(fd);
  EXPECT_EQ(run.result.outcome.reason, Reason::kTimeout) << run.result.outcome.message;
  EXPECT_EQ(run.result.outcome.phase, Phase::kConnect);
  EXPECT_FALSE(run.cancelled);
}

TEST_F(SystemdPeerTest, IsLookedAtAgainAfterItBroke) {
  systemd_.have({"a.service"});
  const auto look = check();
  systemd_.on("ListUnits", Does::kHangUp);
  EXPECT_EQ(world_.run(*look, seconds(5)).result.outcome.reason, Reason::kReset);
  EXPECT_EQ(systemd_.connections(), 2) << "at once, once more";
  systemd_.on("ListUnits", Does::kAnswer);
  EXPECT_EQ(world_.run(*look, seconds(5)).result.outcome.result, Result::kPass);
  const int before = systemd_.calls();
  EXPECT_EQ(world_.run(*look, seconds(5)).result.outcome.result, Result::kPass);
  EXPECT_LE(systemd_.calls() - before, 10) << "nothing changed: hardly anything to ask";
}

TEST_F(SystemdPeerTest, TwoChecksAtOnceLookOnce) {
  systemd_.have({"a.service", "b.service"});
  test::ConcurrentRuns runs(world_);
  const test::ConcurrentRun& first = runs.start(check(), seconds(10));
  const test::ConcurrentRun& second = runs.start(check(), seconds(10));
  ASSERT_TRUE(runs.wait_for_all(seconds(10)));
  EXPECT_EQ(first.result.outcome.message, "2 units, 2 of them well");
  EXPECT_EQ(second.result.outcome.message, "2 units, 2 of them well");
  EXPECT_EQ(systemd_.connections(), 1);
  const int once = systemd_.calls();
  const auto third = check();
  world_.run(*third, seconds(10));
  EXPECT_LT(systemd_.calls() - once, once) << "a first look, and one where nothing changed";
}

TEST_F(SystemdPeerTest, ARunThatIsCancelledLeavesNothingBehind) {
  systemd_.have({"a.service"});
  systemd_.on("GetAll", Does::kNothing);
  const auto look = check();
  const test::ProbeRun run = world_.run_and_cancel(*look, seconds(20), milliseconds(100));
  EXPECT_TRUE(run.cancelled);
  EXPECT_TRUE(run.threw);
  systemd_.on("GetAll", Does::kAnswer);
  const test::ProbeRun next = world_.run(*look, milliseconds(500));
  EXPECT_EQ(next.result.outcome.result, Result::kUnknown) << "what was asked is still owed";
  EXPECT_EQ(world_.run(*look, seconds(5)).result.outcome.result, Result::kPass) << "asked anew";
}

}  // namespace
}  // namespace hale::checks
