// The whole daemon beside a real systemd.
#include <chrono>
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

}  // namespace
}  // namespace hale::testing
