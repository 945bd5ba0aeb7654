#include "monitor/values.h"

#include <gtest/gtest.h>

namespace hale::monitor {
namespace {

using namespace std::chrono_literals;

TEST(DurationTest, ReadsNumbersWithUnits) {
  const struct {
    std::string_view text;
    Duration duration;
  } kCases[] = {
      {"250ms", 250ms},
      {"10s", 10s},
      {"1h30m", 90min},
      {"1d", 24h},
      {"1d2h3m4s5ms", 26h + 3min + 4s + 5ms},
      {"0s", 0s},
      {"1.5s", 1500ms},
      {"0.1s", 100ms},
      {"1.000001ms", 1'000'001ns},
      {"2h 5m", 125min},
      {"1.9 ms", 1'900'000ns},
      {"36500d", 36500 * 24h},
      {"0.25h", 15min},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.text);
    const auto parsed = parse_duration(test.text);
    ASSERT_TRUE(parsed.has_value()) << parsed.error();
    EXPECT_EQ(*parsed, test.duration);
  }
}

TEST(DurationTest, RefusesEverythingElse) {
  for (const std::string_view text :
       {"",         " ",    "10",   "s",     "10x",  "10 ",    "-1s",
        "+1s",      "1s1s", "1m1h", "1s1m",  "1,5s", "1.s",    ".5s",
        "1e3s",     "0x5s", "10S",  "10sec", "1h30", "ms",     "inf",
        "nan",      "1s ",  " 1s",  "1  s",  "10µs", "40000d", "99999999999999999999999s",
        "36500d1ms"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(parse_duration(text).has_value());
  }
}

TEST(DurationTest, IsWrittenSoThatItReadsBackExactly) {
  const struct {
    Duration duration;
    std::string_view text;
  } kCases[] = {
      {0s, "0s"},          {250ms, "250ms"},
      {10s, "10s"},        {90s, "1m30s"},
      {90min, "1h30m"},    {49h, "2d1h"},
      {1500ms, "1s500ms"}, {1'500'000ns, "1.5ms"},
      {1ns, "0.000001ms"}, {3s + 1ns, "3s0.000001ms"},
      {24h, "1d"},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.text);
    EXPECT_EQ(to_text(test.duration), test.text);
    EXPECT_EQ(parse_duration(test.text), test.duration);
  }
}

TEST(SizeTest, KnowsPowersOfTenAndOfTwo) {
  const struct {
    std::string_view text;
    std::int64_t bytes;
  } kCases[] = {
      {"0", 0},
      {"1B", 1},
      {"1kB", 1000},
      {"1KiB", 1024},
      {"2MB", 2'000'000},
      {"2MiB", 2 << 20},
      {"1.5GB", 1'500'000'000},
      {"20GiB", std::int64_t{20} << 30},
      {"1TB", 1'000'000'000'000},
      {"1TiB", std::int64_t{1} << 40},
      {"12.5 GiB", 13'421'772'800},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.text);
    const auto parsed = parse_size(test.text);
    ASSERT_TRUE(parsed.has_value()) << parsed.error();
    EXPECT_EQ(*parsed, test.bytes);
  }
  for (const std::string_view text :
       {"", "20", "20G", "20gb", "20 ", "-1B", "1e3B", "GiB", "1KB", "9999999999TiB"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(parse_size(text).has_value());
  }
}

TEST(ShareTest, IsAPercentage) {
  EXPECT_EQ(parse_share("90%"), 0.9);
  EXPECT_EQ(parse_share("0%"), 0.0);
  EXPECT_EQ(parse_share("99.9%"), 0.999);
  EXPECT_EQ(parse_share("8.5 %"), 0.085);
  for (const std::string_view text : {"", "%", "90", "-1%", "90%%", "x%", "1e1%", "90  %"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(parse_share(text).has_value());
  }
}

}  // namespace
}  // namespace hale::monitor
