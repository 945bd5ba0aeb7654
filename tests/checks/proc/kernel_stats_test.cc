#include "checks/proc/kernel_stats.h"

#include <string>

#include <gtest/gtest.h>

namespace hale::checks {
namespace {

TEST(MeminfoTest, ReadsWhatTheKernelSays) {
  const auto stats = parse_meminfo(
      "MemTotal:       24684092 kB\nMemFree:        24248956 kB\nMemAvailable:   24319892 kB\n"
      "SwapTotal:       1000 kB\nSwapFree:         250 kB\nHugePages_Total:       0\n");
  ASSERT_TRUE(stats.has_value());
  EXPECT_EQ(stats->total, 24684092ULL * 1024);
  EXPECT_EQ(stats->available, 24319892ULL * 1024);
  EXPECT_EQ(stats->swap_total, 1000U * 1024);
  EXPECT_EQ(stats->swap_free, 250U * 1024);
}

TEST(MeminfoTest, KnowsWhatIsAbsent) {
  const auto stats = parse_meminfo("MemTotal: 100 kB\nMemFree: 10 kB");
  ASSERT_TRUE(stats.has_value());
  EXPECT_EQ(stats->available, std::nullopt);
  EXPECT_EQ(stats->swap_total, 0U);
}

TEST(MeminfoTest, NamesTheLineThatItCannotRead) {
  struct Case {
    const char* text;
    const char* line;
  };
  const Case cases[] = {
      {"", ""},
      {"MemFree: 10 kB\n", ""},
      {"MemTotal: 0 kB\n", ""},
      {"MemTotal: 100\n", "MemTotal: 100"},
      {"MemTotal: 100 MB\n", "MemTotal: 100 MB"},
      {"MemTotal: 100 kB more\n", "MemTotal: 100 kB more"},
      {"MemTotal: -1 kB\n", "MemTotal: -1 kB"},
      {"MemTotal: many kB\n", "MemTotal: many kB"},
      {"MemTotal: 99999999999999999999 kB\n", "MemTotal: 99999999999999999999 kB"},
      {"MemTotal: 18446744073709551615 kB\n", "MemTotal: 18446744073709551615 kB"},
      {"MemTotal: 100 kB\nMemAvailable:\n", "MemAvailable:"},
      {"MemTotal: 100 kB\nSwapFree: x kB\n", "SwapFree: x kB"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    const auto stats = parse_meminfo(c.text);
    ASSERT_FALSE(stats.has_value());
    EXPECT_EQ(stats.error().line, c.line);
  }
}

TEST(LoadavgTest, ReadsLoadsAndRunnableTasks) {
  const auto stats = parse_loadavg("0.52 12.40 3.00 5/1287 999\n");
  ASSERT_TRUE(stats.has_value());
  EXPECT_DOUBLE_EQ(stats->load1, 0.52);
  EXPECT_DOUBLE_EQ(stats->load5, 12.4);
  EXPECT_DOUBLE_EQ(stats->load15, 3);
  EXPECT_EQ(stats->runnable, 5U);
}

TEST(LoadavgTest, RefusesWhatIsNoLoadavg) {
  for (const char* text :
       {"", "\n", "0.1 0.2 0.3", "0.1 0.2 0.3 5", "0.1 0.2 x 1/2 3", "-1 0 0 1/2 3",
        "nan 0 0 1/2 3", "inf 0 0 1/2 3", "0 0 0 -1/2 3", "0 0 0 /2 3"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(parse_loadavg(text).has_value());
  }
}

TEST(PressureTest, ReadsTheLastTenSecondsOfSome) {
  const auto pressure = parse_pressure(
      "some avg10=12.50 avg60=0.00 avg300=0.05 total=5965522\n"
      "full avg10=99.00 avg60=0.00 avg300=0.00 total=0\n");
  ASSERT_TRUE(pressure.has_value());
  EXPECT_DOUBLE_EQ(*pressure, 0.125);
}

TEST(PressureTest, RefusesWhatIsNoPressure) {
  for (const char* text : {"", "full avg10=1.00", "some", "some avg60=1.00", "some avg10=",
                           "some avg10=x", "some avg10=-1", "some avg10=101", "some avg10=nan"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(parse_pressure(text).has_value());
  }
}

}  // namespace
}  // namespace hale::checks
