// The whole daemon beside a real systemd.
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "tests/integration/agent_process.h"
#include "tests/systemd/systemd_world.h"

namespace hale::testing {
namespace {

using std::chrono::seconds;

class SystemdAgentTest : public SystemdTest {};

constexpr const char* kConfiguration =
    "[defaults]\n"
    "interval = \"200ms\"\n"
    "[checks.services]\n"
    "type = \"systemd\"\n"
    "units = [\"*.service\"]\n"
    "restart_window = \"4s\"\n";

TEST_F(SystemdAgentTest, ARestartLoopIsSeenAndResolvesWhenItIsQuiet) {
  SystemdWorld systemd;
  ::setenv("DBUS_SYSTEM_BUS_ADDRESS", systemd.bus().c_str(), 1);
  systemd.add("web.service", "[Service]\nExecStart=sleep 1000\n");
  systemd.add("loop.service",
              "[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestart=always\nRestartSec=50ms\n"
              "ExecStart=sh -c 'test -e " +
                  (systemd.folder() / "well").string() + " && exec sleep 1000; exit 1'\n");
  systemd.systemctl("start web.service loop.service");
  AgentProcess agent(kConfiguration);
  ASSERT_TRUE(agent.listening()) << agent.log();
  const auto answers = [&agent](const std::string& path, const std::string& text) {
    return http(agent.port(), "GET", path).body.contains(text);
  };
  const std::string check = "/api/v1/checks/services";
  EXPECT_TRUE(eventually([&] { return answers(check, "last: exit status 1"); }, seconds(20)))
      << http(agent.port(), "GET", check).body;
  EXPECT_TRUE(eventually([&] { return answers(check, "\"status\":\"unhealthy\""); }, seconds(20)))
      << http(agent.port(), "GET", check).body;
  EXPECT_TRUE(
      answers("/metrics", "hale_systemd_restarts{check=\"services\",unit=\"loop.service\"}"))
      << http(agent.port(), "GET", "/metrics").body;
  EXPECT_TRUE(
      answers("/metrics", "hale_systemd_active{check=\"services\",unit=\"web.service\"} 1"));
  systemd.systemctl("stop loop.service");
  run_program({"touch", systemd.folder() / "well"});
  systemd.systemctl("start loop.service");
  EXPECT_TRUE(eventually(
      [&] { return answers("/healthz", "healthy") && !answers("/healthz", "un"); }, seconds(20)))
      << http(agent.port(), "GET", check).body;
  EXPECT_EQ(agent.stop(), 0) << agent.log();
}

// The agent dies in the middle of a loop, and without a word: nothing begins anew with the next
// one.
TEST_F(SystemdAgentTest, ALoopAndItsFindingOutliveAKillOfTheAgent) {
  SystemdWorld systemd;
  systemd.add("loop.service",
              "[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestart=always\nRestartSec=100ms\n"
              "ExecStart=sh -c 'exit 1'\n");
  const std::string configuration = "[agent]\nstate_dir = \"" +
                                    (systemd.folder() / "state").string() +
                                    "\"\n[systemd]\nbus = \"" + systemd.bus() +
                                    "\"\n[checks.conflicts]\ntype = \"conflicts\"\n"
                                    "interval = \"500ms\"\n"
                                    "[checks.loop]\ntype = \"systemd\"\nunit = \"loop.service\"\n"
                                    "interval = \"500ms\"\n";
  const auto restarts_of = [](const AgentProcess& agent) {
    const std::string metrics = http(agent.port(), "GET", "/metrics").body;
    const std::string key = "hale_systemd_restarts{check=\"loop\",unit=\"loop.service\"} ";
    const std::size_t at = metrics.find(key);
    return at == std::string::npos ? -1.0 : std::stod(metrics.substr(at + key.size()));
  };
  // 0 while there is none.
  const auto since_of = [](const AgentProcess& agent) {
    const std::string findings = http(agent.port(), "GET", "/api/v1/findings").body;
    const std::string key = "\"since\":";
    return findings.contains("restart_loop")
               ? std::stod(findings.substr(findings.find(key) + key.size()))
               : 0.0;
  };
  systemd.systemctl("start loop.service");
  double counted = 0;
  double since = 0;
  {
    AgentProcess agent(configuration);
    ASSERT_TRUE(agent.listening()) << agent.log();
    EXPECT_TRUE(eventually([&] { return since_of(agent) > 0; }, seconds(20))) << agent.log();
    since = since_of(agent);
    counted = restarts_of(agent);
    EXPECT_TRUE(eventually(
        [&] {
          return run_program({"grep", "-c", "restart_loop", systemd.folder() / "state" / "state"})
              .output.starts_with("1");
        },
        seconds(20)));
    ::kill(agent.pid(), SIGKILL);
  }
  AgentProcess agent(configuration);
  ASSERT_TRUE(agent.listening()) << agent.log();
  EXPECT_TRUE(eventually([&] { return restarts_of(agent) >= counted; }, seconds(20)))
      << restarts_of(agent) << " after " << counted;
  EXPECT_LE(restarts_of(agent), std::stod(systemd.property("loop.service", "NRestarts")));
  EXPECT_NEAR(since_of(agent), since, 0.01);
  const std::string events = http(agent.port(), "GET", "/api/v1/events").body;
  EXPECT_FALSE(events.contains("resolved")) << events;
}

}  // namespace
}  // namespace hale::testing
