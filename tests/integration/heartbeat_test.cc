// Heartbeats as their users have them: reports over HTTP, and `hale time` around a real command.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/integration/agent_process.h"
#include "tests/support/probe_folder.h"

namespace hale::testing {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr const char* kBackup = "[checks.backup]\ntype = \"heartbeat\"\n";

Answer report(const AgentProcess& agent, const std::string& body = "",
              const std::string& name = "backup") {
  return http(agent.port(), "POST", "/api/v1/checks/" + name + "/heartbeat", body);
}

std::string backup(const AgentProcess& agent) {
  return http(agent.port(), "GET", "/api/v1/checks/backup").body;
}

Finished time_it(const std::string& url, const std::vector<std::string>& command,
                 const std::string& name = "backup") {
  std::vector<std::string> arguments = {"time", "--url", url, name, "--"};
  arguments.insert(arguments.end(), command.begin(), command.end());
  return run_hale(arguments);
}

TEST(HeartbeatTest, AReportCanBeReadOnceItIsAnswered) {
  const AgentProcess agent(std::string(kBackup) + "warn = { duration = \"1h\" }\n");
  ASSERT_TRUE(agent.listening()) << agent.log();
  EXPECT_TRUE(backup(agent).contains("\"status\":\"pending\""));
  const Answer pass = report(agent);
  EXPECT_EQ(pass.status, 200);
  EXPECT_TRUE(pass.body.contains("\"status\":\"healthy\"")) << pass.body;
  const Answer fail =
      report(agent, R"({"result": "fail", "message": "no space\n", "duration_ms": 1500})");
  EXPECT_TRUE(fail.body.contains("\"status\":\"unhealthy\"")) << fail.body;
  EXPECT_TRUE(fail.body.contains(
      R"("reason":"status","phase":"run","code":null,"message":"no space","duration_ms":1500)"))
      << fail.body;
  const Answer slow = report(agent, R"({"duration_ms": 3600000})");
  EXPECT_TRUE(slow.body.contains("\"status\":\"degraded\"")) << slow.body;
  EXPECT_TRUE(slow.body.contains("duration 1h is 1h or more")) << slow.body;
}

TEST(HeartbeatTest, SilenceBecomesAFailure) {
  const AgentProcess agent(std::string(kBackup) + "interval = \"200ms\"\ngrace = \"100ms\"\n");
  ASSERT_TRUE(agent.listening()) << agent.log();
  EXPECT_TRUE(eventually([&] { return backup(agent).contains("\"reason\":\"missing\""); }));
  EXPECT_TRUE(backup(agent).contains("no report yet, awaited since "));
  EXPECT_TRUE(agent.log().contains("no report yet")) << agent.log();
}

TEST(HeartbeatTest, TheTokenIsNeededAndNeverShown) {
  const test::ProbeFolder folder;
  const std::string file = folder.write("token", "open-sesame\n");
  const AgentProcess agent(std::string(kBackup) + "token = { file = \"" + file + "\" }\n");
  ASSERT_TRUE(agent.listening()) << agent.log();
  const Answer none = report(agent);
  EXPECT_EQ(none.status, 401);
  EXPECT_TRUE(none.headers.contains("HTTP/1.1 401 Unauthorized")) << none.headers;
  EXPECT_TRUE(none.headers.contains("WWW-Authenticate: Bearer")) << none.headers;
  ::setenv("HALE_TOKEN_FILE", folder.write("wrong", "open-barley").c_str(), 1);
  const Finished wrong = time_it(agent.url(), {"true"});
  EXPECT_EQ(wrong.status, 0);
  EXPECT_EQ(wrong.err, "hale: \"backup\" is not reported: the token is not that of \"backup\"\n");
  ::setenv("HALE_TOKEN_FILE", file.c_str(), 1);
  const Finished right = time_it(agent.url(), {"true"});
  ::unsetenv("HALE_TOKEN_FILE");
  EXPECT_EQ(right.err, "");
  EXPECT_TRUE(backup(agent).contains("\"status\":\"healthy\""));
  for (const char* path : {"/api/v1/config", "/api/v1/checks/backup", "/metrics"}) {
    EXPECT_FALSE(http(agent.port(), "GET", path).body.contains("open-sesame")) << path;
  }
  EXPECT_FALSE(agent.log().contains("open-"));
}

TEST(HeartbeatTest, RefusesWhatDoesNotGoTogether) {
  const AgentProcess agent(std::string(kBackup) +
                           "[checks.web]\ntype = \"tcp\"\nhost = \"127.0.0.1\"\nport = 1\n");
  ASSERT_TRUE(agent.listening()) << agent.log();
  const Answer run = http(agent.port(), "POST", "/api/v1/checks/backup/run");
  EXPECT_EQ(run.status, 409);
  EXPECT_TRUE(
      run.body.contains(R"("code":"not_run","message":"\"backup\" is reported to, not run")"))
      << run.body;
  const Answer web = report(agent, "", "web");
  EXPECT_EQ(web.status, 409);
  EXPECT_TRUE(web.body.contains(R"("code":"not_awaited")")) << web.body;
  EXPECT_EQ(report(agent, "", "wbe").status, 404);
  EXPECT_EQ(report(agent, "{").status, 400);
}

TEST(HeartbeatTest, ACriticalOneHoldsNothingUp) {
  const AgentProcess agent(std::string(kBackup) +
                           "critical = true\n[checks.load]\ntype = \"load\"\n");
  ASSERT_TRUE(agent.listening()) << agent.log();
  EXPECT_TRUE(eventually([&] { return http(agent.port(), "GET", "/readyz").status == 200; }));
  EXPECT_TRUE(eventually([&] { return http(agent.port(), "GET", "/healthz").status == 200; }));
}

TEST(HeartbeatTest, CheckingLeavesItAsItIs) {
  const test::ProbeFolder folder;
  const std::string file = folder.write("hale.toml", kBackup);
  const Finished once = run_hale({"check", "-c", file});
  EXPECT_EQ(once.status, 3) << "nothing is known";
  EXPECT_TRUE(once.out.contains("pending")) << once.out << once.err;

  const AgentProcess agent(std::string(kBackup) + "[checks.load]\ntype = \"load\"\n");
  ASSERT_TRUE(agent.listening()) << agent.log();
  EXPECT_EQ(run_hale({"check", "--daemon", "--url", agent.url()}).err, "");
  EXPECT_EQ(report(agent).status, 200);
  const Finished one = run_hale({"check", "--daemon", "--url", agent.url(), "backup"});
  EXPECT_EQ(one.status, 0) << one.err;
  EXPECT_TRUE(one.out.contains("healthy")) << one.out;
  const Finished explained = run_hale({"explain", "--url", agent.url(), "backup"});
  EXPECT_TRUE(explained.out.contains("reported to, every 1d")) << explained.out;
}

TEST(HeartbeatTest, TimesACommandAndReportsItsEnd) {
  const AgentProcess agent(kBackup);
  ASSERT_TRUE(agent.listening()) << agent.log();
  struct Case {
    std::vector<std::string> command;
    int status;
    std::string_view message;
  };
  const Case kCases[] = {
      {{"true"}, 0, "\"message\":\"done after "},
      {{"sh", "-c", "exit 3"}, 3, "\"message\":\"exit status 3\""},
      {{"sh", "-c", "kill -KILL $$"}, 137, "\"message\":\"killed by SIGKILL\""},
      {{"/no/such/command"},
       127,
       R"("message":"cannot run \"/no/such/command\": No such file or directory","duration_ms":null)"},
      {{"no-such-command"},
       127,
       R"("message":"cannot run \"no-such-command\": No such file or directory","duration_ms":null)"},
      {{"/etc/passwd"},
       126,
       R"("message":"cannot run \"/etc/passwd\": Permission denied","duration_ms":null)"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.command.front());
    const Finished finished = time_it(agent.url(), c.command);
    EXPECT_EQ(finished.status, c.status) << finished.err;
    const std::string check = backup(agent);
    const std::size_t last = check.find("\"last\":");
    EXPECT_TRUE(check.substr(last, check.find("\"last_failure\":") - last).contains(c.message))
        << check;
    EXPECT_TRUE(
        check.contains(c.status == 0 ? "\"status\":\"healthy\"" : "\"status\":\"unhealthy\""));
  }
}

TEST(HeartbeatTest, ACommandWithoutACheckOfItsNameBecomesAnOperation) {
  AgentProcess agent;
  ASSERT_TRUE(agent.listening()) << agent.log();
  const auto time = [&](const std::string& command) {
    return run_hale({"time", "--url", agent.url(), "report", "--", "sh", "-c", command});
  };
  EXPECT_EQ(time("exit 0").status, 0);
  const Finished failed = time("exit 3");
  EXPECT_EQ(failed.status, 3);
  EXPECT_EQ(failed.err, "");
  const std::string operations = http(agent.port(), "GET", "/api/v1/operations").body;
  EXPECT_NE(operations.find(R"("operation":"report")"), std::string::npos) << operations;
  EXPECT_NE(operations.find(R"("calls":{"total":2,"pass":1,"fail":1},"reasons":{"status":1})"),
            std::string::npos)
      << operations;
}

TEST(HeartbeatTest, TheCommandHasTheTerminalsEndsAndItsArgumentsAsTheyStand) {
  const AgentProcess agent(kBackup);
  ASSERT_TRUE(agent.listening()) << agent.log();
  const Finished finished = time_it(agent.url(), {"sh", "-c", "cat; echo \"$@\"; echo oops >&2",
                                                  "sh", "--url", "[a,b]", "--", "-h", "", "%x"});
  EXPECT_EQ(finished.status, 0);
  EXPECT_EQ(finished.out, "--url [a,b] -- -h  %x\n");
  EXPECT_EQ(finished.err, "oops\n");
}

TEST(HeartbeatTest, PassesSignalsOnToTheCommand) {
  const AgentProcess agent(kBackup);
  ASSERT_TRUE(agent.listening()) << agent.log();
  const std::pair<std::string, int> kSignals[] = {{"HUP", SIGHUP},   {"INT", SIGINT},
                                                  {"QUIT", SIGQUIT}, {"TERM", SIGTERM},
                                                  {"USR1", SIGUSR1}, {"USR2", SIGUSR2}};
  for (const auto& [name, number] : kSignals) {
    SCOPED_TRACE(name);
    // A shell cannot trap what was ignored when it began, as it is in some surroundings.
    struct sigaction action{};
    ::sigaction(number, nullptr, &action);
    if (action.sa_handler == SIG_IGN) {
      continue;
    }
    const Finished finished =
        time_it(agent.url(),
                {"sh", "-c",
                 "trap 'kill $!; exit 7' " + name + "; sleep 30 & kill -" + name + " $PPID; wait"});
    EXPECT_EQ(finished.status, 7) << finished.err;
    EXPECT_TRUE(backup(agent).contains("\"message\":\"exit status 7\""));
  }
  const Finished killed = time_it(agent.url(), {"sh", "-c", "kill -TERM $PPID; exec sleep 30"});
  EXPECT_EQ(killed.status, 128 + SIGTERM);
  EXPECT_TRUE(backup(agent).contains("\"message\":\"killed by SIGTERM\""));
}

// A command that asks the daemon about itself finds the start reported, sooner or later.
TEST(HeartbeatTest, TheStartIsReportedWhileTheCommandRuns) {
  const AgentProcess agent(std::string(kBackup) + "max_runtime = \"100ms\"\n");
  ASSERT_TRUE(agent.listening()) << agent.log();
  const test::ProbeFolder folder;
  const std::string seen = folder.path() / "seen";
  const std::string question = "until " HALE_BINARY " explain --url " + agent.url() +
                               " backup | grep -q 'not done within its max_runtime'; do sleep "
                               "0.02; done; touch " +
                               seen;
  const Finished finished = time_it(agent.url(), {"timeout", "20", "sh", "-c", question});
  EXPECT_EQ(finished.status, 0) << finished.err;
  EXPECT_TRUE(std::filesystem::exists(seen));
  EXPECT_TRUE(backup(agent).contains("\"status\":\"healthy\"")) << "late, but good";
}

TEST(HeartbeatTest, ADaemonThatIsNotThereChangesNothing) {
  const test::ProbeFolder folder;
  for (const std::string url : {"http://127.0.0.1:1", "unix:/no/such/socket", "nonsense"}) {
    SCOPED_TRACE(url);
    const Finished finished = time_it(url, {"sh", "-c", "echo done; exit 3"});
    EXPECT_EQ(finished.status, 3);
    EXPECT_EQ(finished.out, "done\n");
    EXPECT_TRUE(finished.err.starts_with("hale: \"backup\" is not reported: ")) << finished.err;
    EXPECT_EQ(std::ranges::count(finished.err, '\n'), 1) << finished.err;
  }
  // Not even where there is nobody to be told.
  const Finished silent =
      run_hale({"time", "--url", "http://127.0.0.1:1", "backup", "--", "sh", "-c",
                "exec " HALE_BINARY " time --url http://127.0.0.1:1 backup -- false 2>&-"});
  EXPECT_EQ(silent.status, 1) << silent.err;
  const std::string broken = folder.write("hale.toml", "[http]\nlisten = 3\n");
  const Finished unread = run_hale({"time", "-c", broken, "backup", "--", "sh", "-c", "exit 4"});
  EXPECT_EQ(unread.status, 4) << unread.err;
  ::setenv("HALE_TOKEN_FILE", "/no/such/token", 1);
  const Finished tokenless = time_it("http://127.0.0.1:1", {"sh", "-c", "exit 5"});
  ::unsetenv("HALE_TOKEN_FILE");
  EXPECT_EQ(tokenless.status, 5);
  EXPECT_EQ(tokenless.err,
            "hale: the file in HALE_TOKEN_FILE, \"/no/such/token\", cannot be read\n");
}

TEST(HeartbeatTest, ADaemonThatHangsIsNotWaitedForLong) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), length), 0);
  ASSERT_EQ(::listen(fd, 4), 0);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
  const auto begun = Clock::now();
  const Finished finished = time_it("http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)),
                                    {"sh", "-c", "exit 3"});
  ::close(fd);
  EXPECT_EQ(finished.status, 3);
  EXPECT_TRUE(finished.err.contains("is not reported: ")) << finished.err;
  EXPECT_LT(Clock::now() - begun, 8s);
}

TEST(HeartbeatTest, WantsACommand) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"time", "backup"},
        {"time", "backup", "--"},
        {"time", "--", "true"},
        {"time", "backup", "true"},
        {"time", "--nonsense", "backup", "--", "true"}}) {
    EXPECT_EQ(run_hale(arguments).status, 64) << arguments.size();
  }
}

}  // namespace
}  // namespace hale::testing
