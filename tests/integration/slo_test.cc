// An objective as its user meets it: breached, seen everywhere, and met again.
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "tests/integration/agent_process.h"
#include "tests/support/probe_folder.h"

namespace hale::testing {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(SloTest, ABreachDegradesTheCheckAndIsSeenEverywhereUntilItEnds) {
  test::ProbeFolder folder;
  const std::string path = (folder.path() / "flag").string();
  const std::string check =
      "\ntype = \"file\"\npath = \"" + path +
      "\"\ninterval = \"100ms\"\nfall = 1\nrise = 1\nslo = { degrade = true, ";
  AgentProcess agent("[checks.strict]" + check + "success = \"99.9%\" }\n[checks.lax]" + check +
                     "success = \"50%\", window = \"1h\" }\n");
  ASSERT_TRUE(agent.listening()) << agent.log();
  const auto get = [&](const std::string& what) { return http(agent.port(), "GET", what).body; };
  const auto enough_failures = [&](const std::string& name) {
    const std::string body = get("/api/v1/checks/" + name);
    return has(body, "\"breached\":true") && has(body, "\"status\":\"unhealthy\"");
  };
  ASSERT_TRUE(eventually([&] { return enough_failures("strict") && enough_failures("lax"); }));
  EXPECT_TRUE(has(get("/healthz?verbose"), "unhealthy strict: "));

  folder.write("flag", "here");
  ASSERT_TRUE(
      eventually([&] { return has(get("/api/v1/checks/strict"), "\"status\":\"degraded\""); }));
  const std::string message = "SLO success: ";
  EXPECT_TRUE(has(get("/healthz?verbose"), "degraded strict: " + message));
  const Finished status = run_hale({"status", "--url", agent.url()});
  EXPECT_TRUE(has(status.out, message)) << status.out;
  const Finished explained = run_hale({"explain", "strict", "--url", agent.url()});
  EXPECT_TRUE(has(explained.out, "because        " + message)) << explained.out;
  EXPECT_TRUE(has(explained.out, "SLO over 30d, of which ")) << explained.out;
  const std::string metrics = get("/metrics");
  EXPECT_TRUE(
      has(metrics, "hale_check_slo_budget_remaining_ratio{check=\"strict\",slo=\"success\"} -"));
  EXPECT_TRUE(has(metrics, "hale_check_slo_objective_ratio{check=\"lax\",slo=\"success\"} 0.5\n"));

  ASSERT_TRUE(eventually([&] { return has(get("/api/v1/checks/lax"), "\"status\":\"healthy\""); }));
  EXPECT_TRUE(has(get("/api/v1/events"), "the SLO is no longer breached"));
  EXPECT_TRUE(has(get("/api/v1/checks/strict"), "\"status\":\"degraded\""));
  EXPECT_EQ(agent.stop(), 0);
}

}  // namespace
}  // namespace hale::testing
