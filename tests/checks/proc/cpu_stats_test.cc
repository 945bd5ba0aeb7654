#include "checks/proc/cpu_stats.h"

#include <string>

#include <gtest/gtest.h>

namespace hale::checks {
namespace {

constexpr const char* kTwoCpus =
    "cpu  1693746 59627 252193 877164 3319 0 19512 961 0 0\n"
    "cpu0 851613 27476 119820 445270 748 0 9197 476 0 0\n"
    "cpu1 842133 32151 132373 431894 2571 0 10315 485 0 0\n"
    "intr 13054727 0 0 0 0\nctxt 34843885\nbtime 1700000000\n";

CpuTimes times(std::uint32_t cpu, std::uint64_t user, std::uint64_t idle) {
  CpuTimes made;
  made.cpu = cpu;
  made.user = user;
  made.idle = idle;
  return made;
}

TEST(CpuTimesTest, ReadsEachCpuThatIsOnline) {
  const auto cpus = parse_cpu_times(kTwoCpus);
  ASSERT_TRUE(cpus.has_value());
  ASSERT_EQ(cpus->size(), 2U);
  const CpuTimes& one = (*cpus)[1];
  EXPECT_EQ(one.cpu, 1U);
  EXPECT_EQ(one.user, 842133U);
  EXPECT_EQ(one.nice, 32151U);
  EXPECT_EQ(one.system, 132373U);
  EXPECT_EQ(one.idle, 431894U);
  EXPECT_EQ(one.iowait, 2571U);
  EXPECT_EQ(one.irq, 0U);
  EXPECT_EQ(one.softirq, 10315U);
  EXPECT_EQ(one.steal, 485U);
}

TEST(CpuTimesTest, TakesWhatOldKernelsAndGapsInTheNumbersGive) {
  const auto cpus = parse_cpu_times("cpu  4 4 4 4\ncpu0 1 2 3 4\ncpu7 5 6 7 8 9\n");
  ASSERT_TRUE(cpus.has_value());
  EXPECT_EQ((*cpus)[0].total(), 10U);
  EXPECT_EQ((*cpus)[1].cpu, 7U);
  EXPECT_EQ((*cpus)[1].iowait, 9U);
}

TEST(CpuTimesTest, NamesTheLineThatItCannotRead) {
  struct Case {
    const char* text;
    const char* line;
  };
  const Case cases[] = {
      {"", ""},
      {"cpu 1 2 3 4\n", ""},
      {"intr 1\ncpu0 1 2 3 4\n", ""},
      {"cpu0 1 2 3\n", "cpu0 1 2 3"},
      {"cpu0 1 2 3 -4\n", "cpu0 1 2 3 -4"},
      {"cpu0 1 2 3 4 x\n", "cpu0 1 2 3 4 x"},
      {"cpux 1 2 3 4\n", "cpux 1 2 3 4"},
      {"cpu-1 1 2 3 4\n", "cpu-1 1 2 3 4"},
      {"cpu99999999999 1 2 3 4\n", "cpu99999999999 1 2 3 4"},
      {"cpu0 1 2 3 99999999999999999999\n", "cpu0 1 2 3 99999999999999999999"},
      {"cpu0 1 2 3 4\ncpu0 1 2 3 4\n", "cpu0 1 2 3 4"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    const auto cpus = parse_cpu_times(c.text);
    ASSERT_FALSE(cpus.has_value());
    EXPECT_EQ(cpus.error().line, c.line);
  }
}

TEST(CpuUsageTest, IsWhatWasSpentBetweenTwoLooks) {
  CpuTimes after = times(0, 1030, 540);
  after.nice = 5;
  after.system = 6;
  after.irq = 2;
  after.softirq = 2;
  after.iowait = 10;
  after.steal = 5;
  const auto usage = cpu_usage({times(0, 1000, 500)}, {after});
  ASSERT_TRUE(usage.has_value());
  EXPECT_DOUBLE_EQ(usage->user, 0.35);
  EXPECT_DOUBLE_EQ(usage->system, 0.10);
  EXPECT_DOUBLE_EQ(usage->iowait, 0.10);
  EXPECT_DOUBLE_EQ(usage->steal, 0.05);
  EXPECT_DOUBLE_EQ(usage->busy, 0.50);
}

TEST(CpuUsageTest, FindsTheBusiestCpu) {
  const auto usage = cpu_usage({times(0, 0, 0), times(1, 0, 0), times(5, 0, 0)},
                               {times(0, 10, 90), times(1, 20, 80), times(5, 90, 10)});
  ASSERT_TRUE(usage.has_value());
  EXPECT_DOUBLE_EQ(usage->busy, 0.4);
  EXPECT_DOUBLE_EQ(usage->busiest, 0.9);
  EXPECT_EQ(usage->busiest_cpu, 5U);
  EXPECT_EQ(usage->cpus, 3U);
}

TEST(CpuUsageTest, MakesNoNonsenseOfCountersThatComeGoOrRunBackwards) {
  const CpuTimes leapt = parse_cpu_times("cpu0 1 0 0 3 0 0 0 18446744073709551615\n")->front();
  struct Case {
    const char* what;
    std::vector<CpuTimes> before;
    std::vector<CpuTimes> after;
    std::optional<double> busy;
    std::size_t cpus;
  };
  const Case cases[] = {
      {"one CPU went", {times(0, 0, 0), times(1, 5000, 5000)}, {times(0, 30, 70)}, 0.3, 1},
      {"one CPU came", {times(0, 0, 0)}, {times(0, 30, 70), times(1, 9000, 1)}, 0.3, 1},
      {"another one", {times(0, 0, 0)}, {times(1, 30, 70)}, std::nullopt, 0},
      {"idle ran backwards", {times(0, 0, 500)}, {times(0, 1000, 490)}, 1.0, 1},
      {"one was set back",
       {times(0, 0, 0), times(1, 500, 500)},
       {times(0, 1, 3), times(1, 0, 9)},
       0.25,
       1},
      {"all were set back", {times(0, 500, 500)}, {times(0, 1, 3)}, std::nullopt, 0},
      {"stolen time fell below zero", {times(0, 0, 0)}, {leapt}, 0.25, 1},
      {"no time passed", {times(0, 5, 5)}, {times(0, 5, 5)}, std::nullopt, 0},
      {"no look before", {}, {times(0, 5, 5)}, std::nullopt, 0},
      {"nothing left", {times(0, 5, 5)}, {}, std::nullopt, 0},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    const auto usage = cpu_usage(c.before, c.after);
    ASSERT_EQ(usage.has_value(), c.busy.has_value());
    if (usage) {
      EXPECT_DOUBLE_EQ(usage->busy, *c.busy);
      EXPECT_EQ(usage->cpus, c.cpus);
    }
  }
}

}  // namespace
}  // namespace hale::checks
