#include "cli/explanation.h"

#include <Poco/JSON/Parser.h>
#include <gtest/gtest.h>

#include "exporters/json/documents.h"
#include "tests/exporters/sample_board.h"

namespace hale::cli {
namespace {

Poco::JSON::Object::Ptr parsed(const std::string& json) {
  return Poco::JSON::Parser().parse(json).extract<Poco::JSON::Object::Ptr>();
}

std::string explained(const monitor::CheckView& check) {
  return explain(*parsed(exporters::check_json(check)), *parsed(exporters::history_json(check, 10)),
                 false);
}

TEST(ExplanationTest, ShowsHowTheObjectivesStand) {
  const std::string text = explained(testing::db_check());
  EXPECT_NE(
      text.find("\nSLO over 30d, of which 59m are known\n"
                "OBJECTIVE    GOAL               GOOD                   BUDGET LEFT\n"
                "latency_p90  90% within 100 ms  98 of 147 (66.666 %)   -233.3 %, breached\n"
                "latency_p95  95% within 2 s     146 of 147 (99.319 %)  86.4 %\n"
                "success      99%                146 of 150 (97.333 %)  -166.7 %, breached\n"),
      std::string::npos)
      << text;
  EXPECT_EQ(text.find("because"), std::string::npos) << "the last run explains the status";
}

TEST(ExplanationTest, SaysThatTheSloDegradesACheckWhoseLastRunPassed) {
  const monitor::CheckView check = testing::api_check();
  const std::string text = explained(check);
  EXPECT_TRUE(text.starts_with("api is degraded since ")) << text;
  EXPECT_NE(text.find("\n  because        " + check.by_slo->message + "\n"), std::string::npos)
      << text;
}

TEST(ExplanationTest, ShowsObjectivesOfWhichNothingIsKnown) {
  monitor::CheckView check = testing::api_check();
  check.slo = monitor::Slo(check.settings->slo, {}).view({});
  const std::string text = explained(check);
  EXPECT_NE(text.find("success      99%                0 of 0  -\n"), std::string::npos) << text;
}

TEST(ExplanationTest, SaysNothingOfAnSloWhereThereIsNone) {
  EXPECT_EQ(explained(testing::disks_check()).find("SLO"), std::string::npos);
}

}  // namespace
}  // namespace hale::cli
