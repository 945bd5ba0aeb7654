#include <limits>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "exporters/prometheus/text_exposition.h"
#include "monitor/stats/exponential_histogram.h"

namespace hale::exporters {
namespace {

using monitor::HistogramKind;

TEST(ExpositionTest, AnnouncesAFamilyOnceAndOnlyIfItHasSamples) {
  std::string text;
  TextExposition out(ExpositionFormat::kText, HistogramKind::kClassic, text);
  out.family("a_total", MetricType::kCounter, "What\nis \\ this \"thing\".");
  out.sample("", 1, "");
  out.sample(R"(x="1")", 2U, "");
  out.family("nothing", MetricType::kGauge, "Never seen.");
  out.family("b", MetricType::kGauge, "Other.");
  out.sample("", true, "");
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
  TextExposition out(ExpositionFormat::kText, HistogramKind::kClassic, text);
  out.family("m", MetricType::kGauge, "M.");
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
  std::string text;
  const TextExposition out(ExpositionFormat::kText, HistogramKind::kClassic, text);
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.expected);
    std::string labels;
    out.label(labels, "x", c.value);
    EXPECT_EQ(labels, c.expected);
  }
  std::string labels = R"(a="1")";
  out.label(labels, "b", "2");
  EXPECT_EQ(labels, R"(a="1",b="2")");
}

TEST(ExpositionTest, PrintsValuesAsPrometheusReadsThem) {
  using namespace std::chrono_literals;
  std::string text;
  TextExposition out(ExpositionFormat::kText, HistogramKind::kClassic, text);
  out.family("m", MetricType::kGauge, "M.");
  text.clear();
  out.sample("", 0.25, "");  // HELP and TYPE come with the first sample
  text.clear();
  const double infinity = std::numeric_limits<double>::infinity();
  out.sample("", 0.1, "");
  out.sample("", 8053063680.0, "");
  out.sample("", std::numeric_limits<double>::quiet_NaN(), "");
  out.sample("", infinity, "");
  out.sample("", -infinity, "");
  out.sample("", monitor::Duration(1234500ns), "");
  out.sample("", monitor::Duration(10s), "");
  out.sample("", monitor::WallTime(1763753600s + 100ms), "");
  out.sample("", std::numeric_limits<std::uint64_t>::max(), "");
  EXPECT_EQ(text,
            "m 0.1\nm 8053063680\nm NaN\nm +Inf\nm -Inf\nm 0.0012345\nm 10\nm 1763753600.1\n"
            "m 18446744073709551615\n");
}

TEST(ExpositionTest, OpenMetricsNamesTheFamilyOfACounterWithoutItsSuffix) {
  std::string text;
  TextExposition out(ExpositionFormat::kOpenMetrics, HistogramKind::kClassic, text);
  out.family("a_total", MetricType::kCounter, "A \"thing\".");
  out.sample("", 1, "");
  out.family("b", MetricType::kGauge, "B.");
  out.sample("", 2, "");
  out.finish();
  EXPECT_EQ(text,
            "# TYPE a counter\n"
            "# HELP a A \\\"thing\\\".\n"
            "a_total 1\n"
            "# TYPE b gauge\n"
            "# HELP b B.\n"
            "b 2\n"
            "# EOF\n");
}

TEST(ExpositionTest, HistogramsHaveExactBucketsAndLeaveNothingBehindWhereTheyAreOff) {
  monitor::ExponentialHistogram live;
  for (const double value : {0.0009765625, 0.001, 1.0, 1.5, 100.0}) {
    ASSERT_TRUE(live.record(value));
  }
  std::string text;
  TextExposition out(ExpositionFormat::kText, HistogramKind::kNative, text);
  out.family("h", MetricType::kHistogram, "H.");
  out.histogram(R"(a="1")", live.snapshot(), R"(b="2")");
  for (const char* line :
       {"h_bucket{a=\"1\",b=\"2\",le=\"0.0009765625\"} 1\n",
        "h_bucket{a=\"1\",b=\"2\",le=\"0.001953125\"} 2\n", "le=\"1.0\"} 3\n", "le=\"2.0\"} 4\n",
        "le=\"64.0\"} 4\n", "le=\"+Inf\"} 5\n", "h_sum{a=\"1\",b=\"2\"} 102.5019765625\n",
        "h_count{a=\"1\",b=\"2\"} 5\n"}) {
    EXPECT_TRUE(text.find(line) != std::string::npos) << line << text;
  }
  std::string nothing;
  TextExposition off(ExpositionFormat::kText, HistogramKind::kOff, nothing);
  off.family("h", MetricType::kHistogram, "H.");
  off.histogram("", live.snapshot(), "");
  EXPECT_EQ(nothing, "");
}

}  // namespace
}  // namespace hale::exporters
