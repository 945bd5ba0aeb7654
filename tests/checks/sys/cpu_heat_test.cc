#include "checks/sys/cpu_heat.h"

#include <gtest/gtest.h>

#include "tests/support/probe_folder.h"

namespace hale::checks {
namespace {

TEST(CpuHeatTest, ReadsWhatTheKernelCounts) {
  const test::ProbeFolder folder;
  folder.write("cpu0/thermal_throttle/core_throttle_count", "3\n");
  folder.write("cpu0/thermal_throttle/package_throttle_count", "4\n");
  folder.write("cpu1/thermal_throttle/core_throttle_count", "0\n");
  folder.write("cpuidle/x", "");
  folder.write("cpufreq/policy0/scaling_max_freq", "1500000\n");
  folder.write("cpufreq/policy0/cpuinfo_max_freq", "3000000\n");
  folder.write("cpufreq/policy1/scaling_max_freq", "3000000\n");
  folder.write("cpufreq/policy1/cpuinfo_max_freq", "3000000\n");
  folder.write("cpufreq/policy2/scaling_max_freq", "<unknown>\n");
  const CpuHeat heat = read_cpu_heat(folder.path());
  EXPECT_EQ(heat.throttles, (std::map<std::string, std::uint64_t>{{"cpu0", 7}, {"cpu1", 0}}));
  EXPECT_EQ(heat.frequency_limit, 0.5);
}

TEST(CpuHeatTest, IsEmptyWhereTheKernelDoesNotTell) {
  const test::ProbeFolder folder;
  folder.make("cpu0");
  const CpuHeat heat = read_cpu_heat(folder.path());
  EXPECT_TRUE(heat.throttles.empty());
  EXPECT_EQ(heat.frequency_limit, std::nullopt);
}

TEST(CpuHeatTest, CountsTheCpusThatWereThrottledMeanwhile) {
  const CpuHeat before{.throttles = {{"cpu0", 1}, {"cpu1", 5}, {"cpu2", 0}, {"cpu3", 9}}};
  const CpuHeat after{
      .throttles = {{"cpu0", 2}, {"cpu1", 5}, {"cpu2", 0}, {"cpu3", 0}, {"cpu9", 9}}};
  EXPECT_EQ(throttled_share(before, after), 0.25);
  EXPECT_EQ(throttled_share({}, after), std::nullopt);
  EXPECT_EQ(throttled_share(before, {}), std::nullopt);
}

}  // namespace
}  // namespace hale::checks
