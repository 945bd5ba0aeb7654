#include "checks/conflicts/judge.h"

#include <chrono>
#include <cstdlib>
#include <ctime>

#include <gtest/gtest.h>

#include "tests/checks/conflicts/conflict_world.h"

namespace hale::checks {
namespace {

using monitor::Confidence;
using monitor::Finding;
using monitor::Severity;
using std::chrono::minutes;
using std::chrono::seconds;
using test::ConflictWorld;

class JudgeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }

  std::vector<Finding> judge() const { return judge_conflicts(world_.scene()); }
  // The only finding, which has to be of this kind.
  Finding only(std::string_view kind) const {
    const std::vector<Finding> findings = judge();
    EXPECT_EQ(findings.size(), 1U);
    if (findings.size() != 1) {
      return {};
    }
    EXPECT_EQ(findings.front().kind, kind);
    return findings.front();
  }

  ConflictWorld world_;
};

TEST_F(JudgeTest, NamesWhoHoldsThePortOfAServiceThatCrashes) {
  world_.add_service("athena-dashboard.service").active_since = world_.now - minutes(10);
  world_.listen("athena-dashboard.service", "127.0.0.1:9100");
  world_.add_crashing("nelson-dashboard.service", 46);
  world_.journal["nelson-dashboard.service"] = {
      .looked = true,
      .readable = true,
      .in_use = address_in_use("bind 127.0.0.1:9100: address already in use"),
      .line = "bind 127.0.0.1:9100: address already in use"};
  const Finding finding = only(kPortHeld);
  EXPECT_EQ(finding.message,
            "nelson-dashboard.service cannot start: port 9100 is held by athena-dashboard.service "
            "(pid 812) since 10:02; 46 restarts in 10 minutes");
  EXPECT_EQ(finding.severity, Severity::kPage);
  EXPECT_EQ(finding.confidence, Confidence::kHigh);
  EXPECT_EQ(finding.key, "athena-dashboard.service nelson-dashboard.service");
}

TEST_F(JudgeTest, KnowsThePortFromWhereTheServiceListenedBefore) {
  world_.add_service("nelson.service");
  world_.listen("nelson.service", "127.0.0.1:9100");
  world_.look(2);
  world_.stop_listening("nelson.service");
  world_.add_service("athena.service");
  world_.listen("athena.service", "0.0.0.0:9100");
  world_.add_crashing("nelson.service", 3);
  EXPECT_EQ(only(kPortHeld).confidence, Confidence::kLow) << "its journal has not been read yet";
  world_.journal["nelson.service"].looked = true;
  EXPECT_EQ(only(kPortHeld).confidence, Confidence::kHigh) << "it may not be read";
  // Its journal speaks of something else: then the port may not be the cause.
  world_.journal["nelson.service"] = {
      .looked = true, .readable = true, .in_use = {}, .line = "panic: no memory"};
  const Finding guess = only(kPortHeld);
  EXPECT_EQ(guess.confidence, Confidence::kLow);
  EXPECT_EQ(guess.severity, Severity::kTicket);
  EXPECT_TRUE(guess.message.contains("perhaps because")) << guess.message;
}

TEST_F(JudgeTest, TakesACommandLineForAGuessUntilTheJournalConfirmsIt) {
  world_.add_service("athena.service");
  world_.listen("athena.service", "0.0.0.0:9100");
  world_.add_crashing("nelson.service", 3).service->command = {"exporter", "--port", "9100"};
  EXPECT_EQ(only(kPortHeld).confidence, Confidence::kLow);
  world_.journal["nelson.service"] = {.looked = true,
                                      .readable = true,
                                      .in_use = {.said = true, .port = std::nullopt},
                                      .line = "OSError: [Errno 98] Address already in use"};
  EXPECT_EQ(only(kPortHeld).confidence, Confidence::kHigh);
}

TEST_F(JudgeTest, LooksForThePortAnywhereInTheCommandLineOnceTheJournalSaysThatOneIsTaken) {
  world_.add_service("athena.service");
  world_.listen("athena.service", "127.0.0.1:9100");
  world_.add_crashing("nelson.service", 6).service->command = {"python3", "-m",     "http.server",
                                                               "9100",    "--bind", "127.0.0.1"};
  world_.journal["nelson.service"] = {
      .looked = true, .readable = true, .in_use = {}, .line = "no such file"};
  EXPECT_EQ(only(kRestartLoop).key, "nelson.service");
  world_.journal["nelson.service"] = {.looked = true,
                                      .readable = true,
                                      .in_use = {.said = true, .port = std::nullopt},
                                      .line = "OSError: [Errno 98] Address already in use"};
  const Finding finding = only(kPortHeld);
  EXPECT_EQ(finding.confidence, Confidence::kHigh);
  EXPECT_TRUE(finding.message.contains("port 9100 is held by athena.service"));
}

TEST_F(JudgeTest, KnowsThePortFromAListenerCheck) {
  world_.add_service("athena.service");
  world_.listen("athena.service", "0.0.0.0:9100");
  world_.add_crashing("nelson.service", 1);
  PortClaim claim{.unit = "nelson.service",
                  .at = {},
                  .source = ClaimSource::kConfigured,
                  .detail = "check \"nelson\" expects it on port 9100"};
  ASSERT_TRUE(parse_place("127.0.0.1:9100", claim.at));
  world_.configured.push_back(claim);
  EXPECT_EQ(only(kPortHeld).confidence, Confidence::kHigh);
}

TEST_F(JudgeTest, TellsOfAFailedSocketUnit) {
  world_.add_service("apache2.service");
  world_.listen("apache2.service", "0.0.0.0:80");
  Unit& socket = world_.add_socket("web.socket", "[::]:80");
  socket.active_state = "failed";
  socket.inactive_since = world_.now - minutes(1);
  const Finding finding = only(kPortHeld);
  EXPECT_EQ(finding.message,
            "web.socket cannot start: port 80 is held by apache2.service (pid 812) since 09:12; "
            "failed at 10:11");
}

TEST_F(JudgeTest, TellsSeveralPortsOfOneOwnerAsOneCause) {
  world_.add_service("apache2.service");
  world_.listen("apache2.service", "0.0.0.0:80");
  world_.listen("apache2.service", "0.0.0.0:443");
  world_.add_service("nginx.service");
  ConflictWorld before = world_;
  before.listeners.clear();
  before.listen("nginx.service", "0.0.0.0:80");
  before.listen("nginx.service", "0.0.0.0:443");
  before.look(2);
  world_.history = before.history;
  world_.add_crashing("nginx.service", 3);
  world_.journal["nginx.service"] = {
      .looked = true, .readable = true, .in_use = {.said = true, .port = 80}, .line = "in use"};
  EXPECT_TRUE(only(kPortHeld).message.contains("ports 80 and 443 are held by apache2.service"));
}

TEST_F(JudgeTest, TellsTwoThatTakeThePortInTurnsAsOneCause) {
  world_.add_crashing("a.service", 4).service->command = {"x", "--port=9100"};
  world_.add_crashing("b.service", 4).service->command = {"x", "--port=9100"};
  for (const std::string unit : {"a.service", "b.service"}) {
    world_.journal[unit] = {
        .looked = true, .readable = true, .in_use = {.said = true, .port = 9100}, .line = ""};
  }
  world_.listen("a.service", "0.0.0.0:9100");
  const std::string key = only(kPortHeld).key;
  world_.stop_listening("a.service");
  world_.listen("b.service", "0.0.0.0:9100");
  EXPECT_EQ(only(kPortHeld).key, key);
}

TEST_F(JudgeTest, NamesAHolderThatIsNoService) {
  world_.add_crashing("nelson.service", 3);
  world_.journal["nelson.service"] = {
      .looked = true, .readable = true, .in_use = {.said = true, .port = 9100}, .line = ""};
  world_.listen("session-3.scope", "0.0.0.0:9100");
  Process process;
  process.pid = 4711;
  process.name = "python3";
  process.age = minutes(5);
  world_.holders[world_.listeners[0].inode] = {process};
  EXPECT_TRUE(only(kPortHeld).message.contains(
      "is held by session-3.scope (python3, pid 4711) since 10:07"));
  world_.listeners[0].unit = "";
  EXPECT_TRUE(only(kPortHeld).message.contains("is held by python3 (pid 4711) since 10:07"));
  world_.listeners[0].container = "0123456789abcdef0123";
  EXPECT_TRUE(only(kPortHeld).message.contains("is held by container 0123456789ab (python3"));
}

TEST_F(JudgeTest, SaysNothingOfAServiceThatIsSwitchedOff) {
  world_.add_service("athena.service");
  world_.listen("athena.service", "0.0.0.0:9100");
  Unit& nelson = world_.add_crashing("nelson.service", 46);
  nelson.service->command = {"x", "--port=9100"};
  nelson.active_state = "failed";
  nelson.sub_state = "failed";
  nelson.file_state = "disabled";
  EXPECT_TRUE(judge().empty());
  nelson.active_state = "inactive";
  nelson.sub_state = "dead";
  EXPECT_TRUE(judge().empty());
}

TEST_F(JudgeTest, CallsARestartLoopByItsNameWhereNoPortExplainsIt) {
  world_.add_crashing("nelson.service", 4);
  EXPECT_TRUE(judge().empty());
  world_.add_crashing("nelson.service", 2);
  world_.journal["nelson.service"] = {
      .looked = true, .readable = true, .in_use = {}, .line = "cannot read /etc/nelson.conf"};
  const Finding finding = only(kRestartLoop);
  EXPECT_EQ(finding.message,
            "nelson.service does not stay up: 6 restarts in 10 minutes, last: exit "
            "status 1; its journal: cannot read /etc/nelson.conf");
}

TEST_F(JudgeTest, CountsNeitherPlannedNorOldRestarts) {
  world_.add_crashing("nelson.service", 20);
  for (UnitStart& start : world_.starts["nelson.service"]) {
    start.planned = true;
  }
  EXPECT_TRUE(judge().empty());
  for (UnitStart& start : world_.starts["nelson.service"]) {
    start = {.time = start.time - minutes(10), .planned = false, .end = ""};
  }
  EXPECT_TRUE(judge().empty());
}

TEST_F(JudgeTest, SaysWhatAJournalMeansWhereItMayNotQuoteIt) {
  world_.add_crashing("nelson.service", 6);
  world_.journal["nelson.service"] = {.looked = true, .readable = true, .in_use = {}, .line = ""};
  EXPECT_TRUE(only(kRestartLoop).message.ends_with("exit status 1"));
  world_.journal["nelson.service"].in_use.said = true;
  EXPECT_TRUE(only(kRestartLoop).message.ends_with("; its journal says that an address is in use"));
}

TEST_F(JudgeTest, BlamesNoPortThatAServiceHasGivenUp) {
  world_.add_service("a.service");
  world_.listen("a.service", "0.0.0.0:9100");
  world_.look(2);
  world_.stop_listening("a.service");
  world_.listen("a.service", "0.0.0.0:9101");
  world_.jobs["a.service"] = world_.now;
  world_.look(5);
  world_.add_service("b.service");
  world_.listen("b.service", "0.0.0.0:9100");
  world_.look(2);
  EXPECT_TRUE(judge().empty()) << "it was moved to another port";
}

TEST_F(JudgeTest, TellsUnitsOfTheSameNameApart) {
  Unit& nginx = world_.add_crashing("nginx.service", 6);
  nginx.control_group = "/system.slice/nginx.service";
  nginx.service->command = {"nginx", "--port=8080"};
  world_.journal["nginx.service"] = {
      .looked = true, .readable = true, .in_use = {.said = true, .port = 8080}, .line = ""};
  world_.listen("nginx.service", "0.0.0.0:8080").cgroup =
      "/user.slice/user-1000.slice/user@1000.service/app.slice/nginx.service";
  EXPECT_TRUE(only(kPortHeld).message.contains("port 8080 is held by nginx.service"));
  world_.listeners[0].cgroup = "/system.slice/nginx.service/worker";
  EXPECT_EQ(only(kRestartLoop).key, "nginx.service") << "it holds the port itself";
}

TEST_F(JudgeTest, TellsOfALoopThatSystemdHasGivenUpForAsLongAsItIsDead) {
  Unit& nelson = world_.add_crashing("nelson.service", 4);
  nelson.active_state = "failed";
  nelson.sub_state = "failed";
  nelson.service->restarts = 5;
  EXPECT_EQ(only(kRestartLoop).message,
            "nelson.service was given up after 5 restarts, last: exit status 1");
  world_.now += std::chrono::hours(5);
  EXPECT_EQ(only(kRestartLoop).key, "nelson.service") << "it still does not run";
  nelson.service->restarts = 0;
  EXPECT_TRUE(judge().empty()) << "systemctl reset-failed, or it just failed";
}

TEST_F(JudgeTest, LooksAtUnitsThatAreDisabledAndInUse) {
  world_.add_service("athena.service");
  world_.listen("athena.service", "0.0.0.0:9100");
  Unit& nelson = world_.add_crashing("nelson.service", 9);
  nelson.file_state = "disabled";
  nelson.service->command = {"x", "--port=9100"};
  EXPECT_EQ(only(kPortHeld).confidence, Confidence::kLow) << "another unit wants it";
}

TEST_F(JudgeTest, BlamesNobodyWhoCameAfterTheFailure) {
  world_.add_service("nginx.service");
  world_.listen("nginx.service", "0.0.0.0:80");
  world_.look(2);
  world_.stop_listening("nginx.service");
  Unit& nginx = world_.add_crashing("nginx.service", 0);
  nginx.active_state = "failed";
  nginx.inactive_since = world_.now - std::chrono::hours(2);
  world_.journal["nginx.service"].looked = true;
  world_.add_service("caddy.service");
  world_.listen("caddy.service", "0.0.0.0:80");
  EXPECT_EQ(only(kPortHeld).confidence, Confidence::kLow);
  nginx.inactive_since = world_.now;
  EXPECT_EQ(only(kPortHeld).confidence, Confidence::kHigh);
}

TEST_F(JudgeTest, TakesNoUnknownOwnerForSomebodyElse) {
  world_.add_service("nginx.service");
  world_.listen("nginx.service", "0.0.0.0:80");
  world_.look(2);
  world_.listeners[0].unit = "";
  world_.look(5);
  EXPECT_TRUE(judge().empty()) << "it may be its own";
}

TEST_F(JudgeTest, LetsTwoThatShareAPortComeAndGo) {
  world_.add_service("app@1.service");
  world_.add_service("app@2.service");
  world_.listen("app@1.service", "0.0.0.0:8080");
  world_.listen("app@2.service", "0.0.0.0:8080");
  world_.look(2);
  EXPECT_TRUE(judge().empty());
  world_.stop_listening("app@2.service");
  world_.units["app@2.service"].active_state = "inactive";
  EXPECT_TRUE(judge().empty());
}

TEST_F(JudgeTest, ForgivesARestartThatHelped) {
  world_.add_crashing("nelson.service", 6);
  world_.add_service("nelson.service");
  EXPECT_EQ(only(kRestartLoop).key, "nelson.service") << "it was restarted ten seconds ago";
  world_.now += seconds(15);
  EXPECT_EQ(only(kRestartLoop).key, "nelson.service") << "as it was after every other restart";
  world_.now += seconds(15);
  EXPECT_TRUE(judge().empty()) << "it has been up three times as long as ever before";
}

TEST_F(JudgeTest, SeesAnOwnerThatChangedUnderARunningService) {
  world_.add_service("nelson.service");
  world_.listen("nelson.service", "127.0.0.1:9100");
  world_.look(2);
  world_.stop_listening("nelson.service");
  world_.add_service("athena.service");
  world_.listen("athena.service", "127.0.0.1:9100");
  world_.look(1);
  EXPECT_EQ(only(kOwnerChanged).message,
            "port 9100 of nelson.service, which runs, is held by athena.service (pid 812) since "
            "09:12 and nobody has asked for that");
  // It was restarted by hand, and listens elsewhere now.
  world_.jobs["nelson.service"] = world_.now;
  world_.look(5);
  for (const Finding& finding : judge()) {
    EXPECT_EQ(finding.kind, kDoubleClaim) << finding.message;
  }
}

TEST_F(JudgeTest, MissesAPortThatARunningServiceHasLost) {
  world_.add_service("nelson.service");
  world_.listen("nelson.service", "127.0.0.1:9100");
  world_.look(1);
  world_.stop_listening("nelson.service");
  world_.look(1);
  EXPECT_TRUE(judge().empty()) << "once is not learned";
  world_.units["nelson.service"].service->main_started = world_.now - seconds(40);
  world_.listen("nelson.service", "127.0.0.1:9100");
  world_.look(2);
  world_.stop_listening("nelson.service");
  world_.look(1);
  EXPECT_EQ(only(kPortLost).message,
            "nelson.service runs, but does not listen on port 9100 any more");
  world_.units["nelson.service"].service->main_started = world_.now;
  EXPECT_TRUE(judge().empty()) << "it is starting";
  world_.units["nelson.service"].active_state = "inactive";
  EXPECT_TRUE(judge().empty()) << "it was stopped";
}

TEST_F(JudgeTest, WarnsOfTwoThatWantTheSamePort) {
  world_.add_socket("a.socket", "0.0.0.0:80");
  world_.add_socket("b.socket", "[::]:80").active_state = "inactive";
  const Finding finding = only(kDoubleClaim);
  EXPECT_EQ(finding.message,
            "a.socket and b.socket both want port 80: whichever starts second "
            "cannot");
  EXPECT_EQ(finding.severity, Severity::kTicket);
  world_.units["a.socket"].conflicts = {"b.socket"};
  EXPECT_TRUE(judge().empty()) << "they are known not to run together";
  world_.units["a.socket"].conflicts.clear();
  world_.units["b.socket"].file_state = "disabled";
  EXPECT_TRUE(judge().empty());
  world_.units["b.socket"].file_state = "enabled";
  world_.units["b.socket"].socket->bind_ipv6_only = "ipv6-only";
  EXPECT_TRUE(judge().empty()) << "one has IPv4, the other IPv6";
}

TEST_F(JudgeTest, WarnsLessOfTwoThatOnlySeemToWantTheSamePort) {
  world_.add_service("a.service").service->command = {"x", "--port=9100"};
  world_.add_service("b.service").service->command = {"y", "--listen", ":9100"};
  const Finding finding = only(kDoubleClaim);
  EXPECT_EQ(finding.confidence, Confidence::kLow);
  EXPECT_EQ(finding.severity, Severity::kInfo);
  world_.units["b.service"].service->private_network = true;
  EXPECT_TRUE(judge().empty()) << "it listens in a network of its own";
}

TEST_F(JudgeTest, LetsAServiceAndItsSocketUnitShareAPort) {
  world_.add_socket("web.socket", "0.0.0.0:80");
  world_.add_service("web.service");
  world_.listen("web.socket", "0.0.0.0:80");
  world_.listen("web.service", "0.0.0.0:80");
  world_.look(2);
  EXPECT_TRUE(judge().empty());
  world_.add_service("other.service").triggered_by = {"web.socket"};
  world_.listen("other.service", "0.0.0.0:80");
  world_.look(2);
  for (const Finding& finding : judge()) {
    EXPECT_FALSE(finding.key.contains("other.service web.socket")) << finding.message;
  }
}

TEST_F(JudgeTest, LetsTwoShareAPortThatBothHold) {
  world_.add_service("a.service");
  world_.add_service("b.service");
  world_.listen("a.service", "0.0.0.0:53");
  world_.listen("b.service", "0.0.0.0:53");
  world_.look(2);
  for (const Finding& finding : judge()) {
    EXPECT_NE(finding.kind, kDoubleClaim) << finding.message;
  }
}

TEST_F(JudgeTest, HintsAtAPortWhoseOwnerDependsOnTheAddress) {
  world_.add_service("a.service");
  world_.add_service("b.service");
  world_.listen("a.service", "127.0.0.1:8080");
  world_.listen("b.service", "[::1]:8080");
  EXPECT_EQ(only(kSplitPort).severity, Severity::kInfo);
  world_.listeners.clear();
  world_.listen("a.service", "127.0.0.1:53");
  world_.listen("b.service", "127.0.0.53:53");
  EXPECT_TRUE(judge().empty()) << "those are chosen by their addresses";
}

TEST_F(JudgeTest, IsSilentOnAHostInOrder) {
  for (const std::string name : {"nginx", "postgresql", "redis"}) {
    world_.add_service(name + ".service");
  }
  world_.listen("nginx.service", "0.0.0.0:80");
  world_.listen("nginx.service", "[::]:80");
  world_.listen("postgresql.service", "127.0.0.1:5432");
  world_.listen("postgresql.service", "[::1]:5432");
  world_.listen("redis.service", "127.0.0.1:6379");
  world_.look(10);
  EXPECT_TRUE(judge().empty());
}

}  // namespace
}  // namespace hale::checks
