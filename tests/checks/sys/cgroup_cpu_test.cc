#include "checks/sys/cgroup_cpu.h"

#include <chrono>

#include <gtest/gtest.h>

#include "tests/support/probe_folder.h"

namespace hale::checks {
namespace {

using std::chrono::seconds;

TEST(CgroupCpuTest, ReadsTheLimit) {
  EXPECT_EQ(parse_cpu_max("50000 100000\n").value(), 0.5);
  EXPECT_EQ(parse_cpu_max("400000 100000\n").value(), 4.0);
  EXPECT_EQ(parse_cpu_max("max 100000\n").value(), std::nullopt);
  for (const char* text : {"", "max", "max 0", "0 100000", "-1 100000", "x 100000", "1 2 3"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(parse_cpu_max(text).has_value());
  }
}

TEST(CgroupCpuTest, ReadsTheStatistics) {
  const auto stats = parse_cgroup_cpu_stat(
      "usage_usec 12345\nuser_usec 1\nsystem_usec 2\nnr_periods 50\nnr_throttled 7\n"
      "throttled_usec 99\n");
  ASSERT_TRUE(stats.has_value());
  EXPECT_EQ(stats->usage_us, 12345U);
  EXPECT_EQ(stats->periods, 50U);
  EXPECT_EQ(stats->throttled, 7U);
  for (const char* text : {"", "nr_periods 5\n", "usage_usec\n", "usage_usec x\n"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(parse_cgroup_cpu_stat(text).has_value());
  }
}

TEST(CgroupCpuTest, ComparesTwoLooks) {
  const CgroupCpu before{.limit_cpus = 0.5,
                         .stats = {.usage_us = 1'000'000, .periods = 10, .throttled = 0}};
  const CgroupCpu after{.limit_cpus = 0.5,
                        .stats = {.usage_us = 3'000'000, .periods = 30, .throttled = 5}};
  const auto use = quota_use(before, after, seconds(10));
  ASSERT_TRUE(use.has_value());
  EXPECT_DOUBLE_EQ(use->used, 0.4);
  EXPECT_DOUBLE_EQ(use->throttled, 0.25);
  EXPECT_FALSE(quota_use(after, before, seconds(10)).has_value()) << "made anew";
  EXPECT_FALSE(quota_use(before, after, seconds(0)).has_value());
  EXPECT_DOUBLE_EQ(quota_use(before, before, seconds(10))->throttled, 0);
}

TEST(CgroupCpuTest, IsAbsentWithoutALimit) {
  const test::ProbeFolder folder;
  EXPECT_EQ(read_cgroup_cpu(folder.path() / "none").value().has_value(), false);
  folder.write("g/cpu.max", "max 100000\n");
  EXPECT_EQ(read_cgroup_cpu(folder.path() / "g").value().has_value(), false);
  folder.write("g/cpu.max", "150000 100000\n");
  EXPECT_FALSE(read_cgroup_cpu(folder.path() / "g").has_value()) << "no cpu.stat";
  folder.write("g/cpu.stat", "usage_usec 5\n");
  EXPECT_DOUBLE_EQ(read_cgroup_cpu(folder.path() / "g").value()->limit_cpus, 1.5);
}

}  // namespace
}  // namespace hale::checks
