#include "exporters/prometheus/negotiation.h"

#include <gtest/gtest.h>

namespace hale::exporters {
namespace {

constexpr std::string_view kProtobuf =
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

TEST(NegotiationTest, TakesTheFormatWithTheHighestWeight) {
  struct Case {
    std::string accept;
    ExpositionFormat expected;
  };
  const Case kCases[] = {
      {"", ExpositionFormat::kText},
      {"*/*", ExpositionFormat::kText},
      {"text/plain", ExpositionFormat::kText},
      {"text/html,application/xhtml+xml,*/*;q=0.8", ExpositionFormat::kText},
      // Prometheus 2.42, without and with native histograms
      {"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0."
       "75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
       ExpositionFormat::kOpenMetrics},
      {std::string(kProtobuf) +
           ",application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5",
       ExpositionFormat::kProtobuf},
      {"text/plain;version=0.0.4;q=0.9," + std::string(kProtobuf) + ";q=0.5",
       ExpositionFormat::kText},
      {" Application/OpenMetrics-Text ; Version=\"1.0.0\" ; Q=1.0 ",
       ExpositionFormat::kOpenMetrics},
      {"text/plain, application/openmetrics-text", ExpositionFormat::kText},
      {"application/openmetrics-text, text/plain", ExpositionFormat::kOpenMetrics},
      {"application/openmetrics-text;version=2.0.0", ExpositionFormat::kText},
      {"application/openmetrics-text;q=0, image/png", ExpositionFormat::kText},
      {"application/openmetrics-text;q=nan, */*;q=0.1", ExpositionFormat::kText},
      {"application/vnd.google.protobuf", ExpositionFormat::kText},
      {"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text",
       ExpositionFormat::kText},
      {",;=,;;q,=", ExpositionFormat::kText},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(negotiate_format(c.accept), c.expected) << c.accept;
  }
}

TEST(NegotiationTest, KnowsWhoTakesGzip) {
  for (const char* yes : {"gzip", "deflate, gzip;q=1.0", "br;q=1,GZIP;q=0.1"}) {
    EXPECT_TRUE(accepts_gzip(yes)) << yes;
  }
  for (const char* no : {"", "identity", "deflate", "gzip;q=0", "xgzip", "gzip;q=2"}) {
    EXPECT_FALSE(accepts_gzip(no)) << no;
  }
}

}  // namespace
}  // namespace hale::exporters
