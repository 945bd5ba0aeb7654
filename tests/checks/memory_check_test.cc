#include "checks/memory_check.h"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/probe_folder.h"
#include "tests/support/probe_world.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::Measurement;
using monitor::Reason;
using monitor::Result;
using test::ProbeFolder;
using test::ProbeRun;
using test::ProbeWorld;

constexpr std::uint64_t kGiB = 1ULL << 30U;

TEST(MemoryCheckTest, MeasuresWhatThereIs) {
  const CheckResult result = memory_result(
      {.total = 16 * kGiB, .available = 4 * kGiB, .swap_total = 2 * kGiB, .swap_free = kGiB}, 0.03);
  EXPECT_EQ(result.outcome.result, Result::kPass);
  EXPECT_EQ(result.outcome.message,
            "4.0 GiB available of 16.0 GiB (25.0 %), swap 50.0 % used, pressure 3.0 %");
  ASSERT_EQ(result.measurements.size(), 3U);
  EXPECT_EQ(result.measurements[0].name, "available");
  EXPECT_EQ(result.measurements[0].value, 4.0 * static_cast<double>(kGiB));
  EXPECT_EQ(result.measurements[0].total, 16.0 * static_cast<double>(kGiB));
  EXPECT_EQ(result.measurements[1].name, "swap_used");
  EXPECT_EQ(result.measurements[1].value, static_cast<double>(kGiB));
  EXPECT_EQ(result.measurements[1].total, 2.0 * static_cast<double>(kGiB));
  EXPECT_EQ(result.measurements[2].name, "pressure");
  EXPECT_EQ(result.measurements[2].value, 0.03);
}

TEST(MemoryCheckTest, LeavesOutWhatTheHostDoesNotHave) {
  const CheckResult result =
      memory_result({.total = 2 * kGiB, .available = kGiB, .swap_total = 0, .swap_free = 0}, {});
  EXPECT_EQ(result.outcome.message, "1.0 GiB available of 2.0 GiB (50.0 %)");
  EXPECT_EQ(result.measurements.size(), 1U);
}

TEST(MemoryCheckTest, IsUnknownOnAKernelThatDoesNotSay) {
  const CheckResult result =
      memory_result({.total = kGiB, .available = {}, .swap_total = 0, .swap_free = 0}, 0.5);
  EXPECT_EQ(result.outcome.result, Result::kUnknown);
  EXPECT_EQ(result.outcome.reason, Reason::kUnsupported);
  EXPECT_TRUE(result.measurements.empty());
}

TEST(MemoryCheckTest, LooksAtTheFilesOfProc) {
  const ProbeFolder folder;
  ProbeWorld world(folder.path());
  MemoryCheck check;
  const auto run = [&] { return world.run(check, std::chrono::seconds(20)).result; };

  EXPECT_EQ(run().outcome.reason, Reason::kUnsupported) << "no meminfo";
  folder.write("meminfo", "MemTotal: lots\n");
  EXPECT_EQ(run().outcome.reason, Reason::kInternal);
  EXPECT_TRUE(run().outcome.message.contains("\"MemTotal: lots\"")) << run().outcome.message;
  folder.write("meminfo", "MemTotal: 1000 kB\nMemAvailable: 250 kB\n");
  EXPECT_EQ(run().outcome.message, "250.0 KiB available of 1000.0 KiB (25.0 %)");
  folder.write("pressure/memory", "some avg10=1.00 avg60=0.00 avg300=0.00 total=0\n");
  EXPECT_EQ(run().measurements.back().name, "pressure");
  folder.write("pressure/memory", "garbage\n");
  EXPECT_EQ(run().outcome.result, Result::kUnknown);
  EXPECT_EQ(run().outcome.reason, Reason::kInternal);
}

TEST(MemoryCheckTest, WorksOnThisMachine) {
  ProbeWorld world;
  MemoryCheck check;
  const ProbeRun run = world.run(check, std::chrono::seconds(20));
  EXPECT_EQ(run.result.outcome.result, Result::kPass) << run.result.outcome.message;
  for (const Measurement& measurement : run.result.measurements) {
    EXPECT_GE(measurement.value, 0);
    EXPECT_LE(measurement.value, measurement.total.value_or(1));
  }
}

}  // namespace
}  // namespace hale::checks
