#include "cli/status_table.h"

#include <string>

#include <Poco/JSON/Parser.h>
#include <gtest/gtest.h>

namespace hale::cli {
namespace {

std::string table_of(const std::string& checks, bool with_age) {
  const std::string text =
      R"({"time": 1000, "overall_status": "healthy", "checks": {)" + checks + "}}";
  const auto status = Poco::JSON::Parser().parse(text).extract<Poco::JSON::Object::Ptr>();
  StatusTableOptions options;
  options.with_age = with_age;
  return status_table(*status, options, [](const auto&, const auto&) { return true; });
}

TEST(StatusTableTest, ShortensDurations) {
  EXPECT_EQ(short_duration(0), "0.00ms");
  EXPECT_EQ(short_duration(0.354), "0.35ms");
  EXPECT_EQ(short_duration(9.994), "9.99ms");
  EXPECT_EQ(short_duration(9.996), "10.0ms");
  EXPECT_EQ(short_duration(99.96), "100ms");
  EXPECT_EQ(short_duration(999.4), "999ms");
  EXPECT_EQ(short_duration(999.6), "1.00s");
  EXPECT_EQ(short_duration(4021), "4.02s");
  EXPECT_EQ(short_duration(123'456), "123s");
}

TEST(StatusTableTest, ShowsPercentilesWhereADaemonHasThem) {
  const std::string checks =
      R"("web": {"status": "healthy", "type": "http", "since": 940, "last_run": 997,)"
      R"( "message": "200", "p50_ms": 1.8, "p95_ms": 24.25, "p99_ms": null})";
  EXPECT_EQ(table_of(checks, true),
            "healthy\n\n"
            "CHECK  STATUS   TYPE  CRITICAL  FOR  LAST  P50     P95     P99  MESSAGE\n"
            "web    healthy  http  no        1m   3s    1.80ms  24.2ms  -    200\n");
  EXPECT_EQ(table_of(checks, false),
            "healthy\n\n"
            "CHECK  STATUS   TYPE  CRITICAL  MESSAGE\n"
            "web    healthy  http  no        200\n");
}

TEST(StatusTableTest, ListsTheOpenFindingsOfTheWantedChecks) {
  const std::string text =
      R"({"findings": [)"
      R"({"check": "ports", "severity": "page", "confidence": "high", "since": 940,)"
      R"( "resolved": null, "message": "b.service cannot start:\n9100 is held"},)"
      R"({"check": "units", "severity": "ticket", "confidence": "low", "since": 100,)"
      R"( "resolved": null, "message": "a.service loops"},)"
      R"({"check": "other", "severity": "info", "confidence": "high", "since": 100,)"
      R"( "resolved": null, "message": "not wanted"},)"
      R"({"check": "ports", "severity": "page", "confidence": "high", "since": 100,)"
      R"( "resolved": 200, "message": "over"}]})";
  const auto findings = Poco::JSON::Parser().parse(text).extract<Poco::JSON::Object::Ptr>();
  EXPECT_EQ(findings_table(*findings, 1000, {}, [](const auto& check) { return check != "other"; }),
            "\n"
            "FINDING  FOR  CHECK  MESSAGE\n"
            "page     1m   ports  b.service cannot start: 9100 is held\n"
            "ticket   15m  units  probably: a.service loops\n");
  EXPECT_EQ(findings_table(*findings, 1000, {}, [](const auto&) { return false; }), "");
}

}  // namespace
}  // namespace hale::cli
