#include "exporters/http/pause_body.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace hale::exporters {
namespace {

using namespace std::chrono_literals;

TEST(PauseBodyTest, TakesEveryKeyOrNone) {
  const auto all = parse_pause_body(R"({"for": "1h", "reason": "new \u00fc disks", "by": "joe"})");
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(all->duration, 1h);
  EXPECT_EQ(all->reason, "new \xC3\xBC disks");
  EXPECT_EQ(all->by, "joe");
  for (const std::string_view body : {"", "{}", " { } "}) {
    const auto none = parse_pause_body(body);
    ASSERT_TRUE(none) << none.error().message;
    EXPECT_EQ(none->duration, std::nullopt);
    EXPECT_EQ(none->reason, "");
    EXPECT_EQ(none->by, "");
  }
}

TEST(PauseBodyTest, SaysWhatIsWrong) {
  struct Case {
    std::string body;
    std::string_view message;
  };
  const Case kCases[] = {
      {"[", "the body is not a JSON object"},
      {"[]", "the body is not a JSON object"},
      {"\"1h\"", "the body is not a JSON object"},
      {"null", "the body is not a JSON object"},
      {" ", "the body is not a JSON object"},
      {"{\"for\": \"1h\"", "the body is not a JSON object"},
      {"{\"for\": \"1h\"} trailing", "the body is not a JSON object"},
      {"{\"by\": \"\xFF\"}", "the body is not a JSON object"},
      {std::string(50'000, '['), "the body is not a JSON object"},
      {R"({"fro": "1h"})", R"(unknown key "fro"; did you mean "for"?)"},
      {R"({"until": "1h"})", R"(unknown key "until")"},
      {R"({"for": 3600})", R"("for" must be a string)"},
      {R"({"reason": {"a": []}})", R"("reason" must be a string)"},
      {R"({"by": null})", R"("by" must be a string)"},
      {R"({"for": "soon"})", R"("for": "soon" is not a duration (write "10s", "250ms", "1h30m"))"},
      {R"({"for": ""})", R"("for": "" is not a duration (write "10s", "250ms", "1h30m"))"},
      {R"({"for": "0s"})", R"("for": "0s" is no time at all (write "10m"))"},
      {R"({"reason": ")" + std::string(501, 'x') + R"("})", R"("reason" is longer than 500 bytes)"},
      {R"({"by": ")" + std::string(101, 'x') + R"("})", R"("by" is longer than 100 bytes)"},
      {R"({"by": "a\nb"})", R"("by" holds a control character)"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.body.substr(0, 60));
    const auto request = parse_pause_body(c.body);
    ASSERT_FALSE(request);
    EXPECT_EQ(request.error().status, 400);
    EXPECT_EQ(request.error().message, c.message);
  }
}

}  // namespace
}  // namespace hale::exporters
