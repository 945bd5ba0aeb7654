#include "exporters/http/report_body.h"

#include <chrono>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace hale::exporters {
namespace {

using namespace std::chrono_literals;
using monitor::Report;

TEST(ReportBodyTest, TakesNothingForAPass) {
  for (const std::string_view body : {"", "{}", R"({"state": "done", "result": "pass"})"}) {
    SCOPED_TRACE(body);
    const auto report = parse_report_body(body);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->state, Report::State::kDone);
    EXPECT_EQ(report->result, monitor::Result::kPass);
    EXPECT_EQ(report->message, "");
    EXPECT_EQ(report->duration, std::nullopt);
  }
}

TEST(ReportBodyTest, TakesEveryKey) {
  const auto done = parse_report_body(
      R"({"state": "done", "result": "fail", "message": "no\nspace", "duration_ms": 812.5})");
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->result, monitor::Result::kFail);
  EXPECT_EQ(done->message, "no\nspace") << "what cleans it is the check";
  EXPECT_EQ(done->duration, 812'500us);
  const auto start = parse_report_body(R"({"state": "start"})");
  ASSERT_TRUE(start) << start.error().message;
  EXPECT_EQ(start->state, Report::State::kStart);
}

TEST(ReportBodyTest, SaysWhatIsWrong) {
  const std::string_view kDuration = R"("duration_ms" must be a number from 0 to 1000000000000)";
  const std::pair<std::string_view, std::string_view> kCases[] = {
      {"[", "the body is not a JSON object"},
      {R"({"status": "ok"})", R"(unknown key "status"; did you mean "state"?)"},
      {R"({"state": "started"})", R"("state" is either "start" or "done")"},
      {R"({"state": ""})", R"("state" is either "start" or "done")"},
      {R"({"state": 1})", R"("state" must be a string)"},
      {R"({"result": "ok"})", R"("result" is one of "pass", "warn", "fail", "unknown")"},
      {R"({"result": ""})", R"("result" is one of "pass", "warn", "fail", "unknown")"},
      {R"({"message": 3})", R"("message" must be a string)"},
      {R"({"duration_ms": "3"})", kDuration},
      {R"({"duration_ms": -1})", kDuration},
      {R"({"duration_ms": 1e300})", kDuration},
      {R"({"state": "start", "duration_ms": 3})",
       R"(a start has neither "result" nor "duration_ms" yet)"},
      {R"({"state": "start", "result": "pass"})",
       R"(a start has neither "result" nor "duration_ms" yet)"},
  };
  for (const auto& [body, message] : kCases) {
    SCOPED_TRACE(body);
    const auto report = parse_report_body(body);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().status, 400);
    EXPECT_EQ(report.error().message, message);
  }
}

}  // namespace
}  // namespace hale::exporters
