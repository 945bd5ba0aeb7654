#include "exporters/prometheus/exposition.h"

#include <limits>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace hale::exporters {
namespace {

TEST(ExpositionTest, AnnouncesAFamilyOnceAndOnlyIfItHasSamples) {
  std::string text;
  Exposition out(text);
  out.family("a_total", "counter", "What\nis \\ this \"thing\".");
  out.sample("", 1);
  out.sample(R"(x="1")", 2U);
  out.family("nothing", "gauge", "Never seen.");
  out.family("b", "gauge", "Other.");
  out.sample("", true);
  EXPECT_EQ(text,
            "# HELP a_total What\\nis \\\\ this \"thing\".\n"
            "# TYPE a_total counter\n"
            "a_total 1\n"
            "a_total{x=\"1\"} 2\n"
            "# HELP b Other.\n"
            "# TYPE b gauge\n"
            "b 1\n");
}

TEST(ExpositionTest, PutsLabelsTogether) {
  std::string text;
  Exposition out(text);
  out.family("m", "gauge", "M.");
  out.sample(R"(a="1")", 1, R"(b="2")");
  out.sample("", 1, R"(b="2")");
  EXPECT_TRUE(text.ends_with("m{a=\"1\",b=\"2\"} 1\nm{b=\"2\"} 1\n")) << text;
}

TEST(ExpositionTest, EscapesLabelValues) {
  struct Case {
    std::string_view value;
    std::string_view expected;
  };
  const Case kCases[] = {
      {"", R"(x="")"},
      {"plain 'text' {}", R"(x="plain 'text' {}")"},
      {"a\"b\\c\nd", R"(x="a\"b\\c\nd")"},
      {"\x01\t\r", "x=\"\x01\t\r\""},
      {"J\xC3\xBCrgen", "x=\"J\xC3\xBCrgen\""},
      {"\xFF!", "x=\"\xEF\xBF\xBD!\""},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.expected);
    std::string labels;
    append_label(labels, "x", c.value);
    EXPECT_EQ(labels, c.expected);
  }
  std::string labels = R"(a="1")";
  append_label(labels, "b", "2");
  EXPECT_EQ(labels, R"(a="1",b="2")");
}

TEST(ExpositionTest, PrintsValuesAsPrometheusReadsThem) {
  using namespace std::chrono_literals;
  std::string text;
  Exposition out(text);
  out.family("m", "gauge", "M.");
  text.clear();
  out.sample("", 0.25);  // HELP and TYPE come with the first sample
  text.clear();
  const double infinity = std::numeric_limits<double>::infinity();
  out.sample("", 0.1);
  out.sample("", 8053063680.0);
  out.sample("", std::numeric_limits<double>::quiet_NaN());
  out.sample("", infinity);
  out.sample("", -infinity);
  out.sample("", monitor::Duration(1234500ns));
  out.sample("", monitor::Duration(10s));
  out.sample("", monitor::WallTime(1763753600s + 100ms));
  out.sample("", std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(text,
            "m 0.1\nm 8053063680\nm NaN\nm +Inf\nm -Inf\nm 0.0012345\nm 10\nm 1763753600.1\n"
            "m 18446744073709551615\n");
}

}  // namespace
}  // namespace hale::exporters
