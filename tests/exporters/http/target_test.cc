#include "exporters/http/target.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace hale::exporters {
namespace {

TEST(TargetTest, TakesPathAndQueryApart) {
  struct Case {
    std::string_view target;
    std::vector<std::string> segments;
    std::vector<std::pair<std::string, std::string>> query;
  };
  const Case kCases[] = {
      {"/", {""}, {}},
      {"/livez", {"livez"}, {}},
      {"/livez?", {"livez"}, {}},
      {"/livez#part?x=1", {"livez"}, {}},
      {"/api/v1/checks/llm.openai/run", {"api", "v1", "checks", "llm.openai", "run"}, {}},
      {"/a%2Fb/%c3%bc", {"a/b", "\xC3\xBC"}, {}},
      {"/a+b?c+d=e+f", {"a+b"}, {{"c d", "e f"}}},
      {"/a//b/", {"a", "", "b", ""}, {}},
      {"/x?check=a,b&verbose&degraded=503",
       {"x"},
       {{"check", "a,b"}, {"verbose", ""}, {"degraded", "503"}}},
      {"/x?&&a==b&", {"x"}, {{"a", "=b"}}},
      {"/x?a%3D=%26", {"x"}, {{"a=", "&"}}},
      {"http://host:80/livez?v", {"livez"}, {{"v", ""}}},
      {"http://host", {""}, {}},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.target);
    const auto target = parse_target(c.target);
    ASSERT_TRUE(target) << target.error().message;
    EXPECT_EQ(target->segments, c.segments);
    EXPECT_EQ(target->query, c.query);
  }
}

TEST(TargetTest, RefusesWhatIsNone) {
  for (const std::string_view target :
       {"", "livez", "*", "host:80", "?a", "/%", "/%4", "/%zz", "/x?a=%g1", "/x?%1=1", "ftp://h/",
        "/x?a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p&q"}) {
    SCOPED_TRACE(target);
    const auto parsed = parse_target(target);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().status, 400);
    EXPECT_FALSE(parsed.error().message.empty());
  }
}

constexpr std::array<std::string_view, 2> kKnown = {"limit", "since"};

TEST(QueryTest, RefusesUnknownAndRepeatedParameters) {
  struct Case {
    std::string_view target;
    std::string_view message;
  };
  const Case kCases[] = {
      {"/e?limt=1", R"(unknown parameter "limt"; did you mean "limit"?)"},
      {"/e?colour=1", R"(unknown parameter "colour")"},
      {"/e?limit=1&limit=1", R"(the parameter "limit" is given twice)"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.target);
    const auto target = parse_target(c.target);
    const auto query = Query::of(*target, kKnown);
    ASSERT_FALSE(query);
    EXPECT_EQ(query.error().message, c.message);
  }
  const auto target = parse_target("/livez?limit=1");
  EXPECT_EQ(Query::of(*target, {}).error().message,
            R"(unknown parameter "limit"; /livez takes none)");
}

TEST(QueryTest, ReadsNumbersWithinTheirRange) {
  struct Case {
    std::string_view query;
    std::uint64_t expected;  // 0: refused
  };
  const Case kCases[] = {{"", 7},
                         {"?limit=1", 1},
                         {"?limit=100", 100},
                         {"?limit=0", 0},
                         {"?limit=", 0},
                         {"?limit", 0},
                         {"?limit=-1", 0},
                         {"?limit=+1", 0},
                         {"?limit=1x", 0},
                         {"?limit=101", 0},
                         {"?limit=99999999999999999999", 0}};
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.query);
    const auto target = parse_target("/e" + std::string(c.query));
    const auto number = Query::of(*target, kKnown)->number("limit", 7, 1, 100);
    if (c.expected == 0) {
      ASSERT_FALSE(number);
      EXPECT_EQ(number.error().message, R"(the parameter "limit" is a number from 1 to 100)");
    } else {
      EXPECT_EQ(number.value(), c.expected);
    }
  }
}

TEST(QueryTest, ReadsFlagsBooleansAndLists) {
  const auto target = parse_target("/e?limit&since=a,b,,c");
  const auto query = Query::of(*target, kKnown);
  EXPECT_TRUE(query->flag("limit").value());
  EXPECT_FALSE(query->flag("absent").value());
  EXPECT_FALSE(query->flag("since"));
  EXPECT_FALSE(query->boolean("limit"));
  EXPECT_EQ(query->boolean("absent").value(), std::nullopt);
  EXPECT_EQ(query->list("since"), (std::vector<std::string>{"a", "b", "", "c"}));
  EXPECT_EQ(query->list("absent"), std::vector<std::string>());
  const auto other = parse_target("/e?limit=false&since=true");
  EXPECT_FALSE(Query::of(*other, kKnown)->flag("limit").value());
  EXPECT_EQ(Query::of(*other, kKnown)->boolean("since").value(), true);
}

}  // namespace
}  // namespace hale::exporters
