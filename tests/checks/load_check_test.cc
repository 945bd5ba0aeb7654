#include "checks/load_check.h"

#include <chrono>

#include <gtest/gtest.h>

#include "tests/support/probe_folder.h"
#include "tests/support/probe_world.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::Reason;
using monitor::Result;
using test::ProbeFolder;
using test::ProbeRun;
using test::ProbeWorld;

TEST(LoadCheckTest, MeasuresTheLoadOfEachCpu) {
  const CheckResult result =
      load_result({.load1 = 6, .load5 = 4.25, .load15 = 0.5, .runnable = 9}, 4, 0.25);
  EXPECT_EQ(result.outcome.result, Result::kPass);
  EXPECT_EQ(result.outcome.message, "load 6, 4.25, 0.5 on 4 CPUs, pressure 25.0 %");
  ASSERT_EQ(result.measurements.size(), 3U);
  EXPECT_EQ(result.measurements[0].name, "per_core");
  EXPECT_EQ(result.measurements[0].value, 1.5);
  EXPECT_EQ(result.measurements[1].name, "pressure");
  EXPECT_EQ(result.measurements[1].value, 0.25);
  EXPECT_EQ(result.measurements[2].name, "runnable");
  EXPECT_EQ(result.measurements[2].value, 9);
}

TEST(LoadCheckTest, LeavesOutThePressureThatTheKernelDoesNotKeep) {
  const CheckResult result =
      load_result({.load1 = 1, .load5 = 1, .load15 = 1, .runnable = 1}, 1, {});
  EXPECT_EQ(result.outcome.message, "load 1, 1, 1 on 1 CPU");
  EXPECT_EQ(result.measurements.size(), 2U);
}

TEST(LoadCheckTest, LooksAtTheFilesOfProc) {
  const ProbeFolder folder;
  ProbeWorld world(folder.path());
  LoadCheck check;
  const auto run = [&] { return world.run(check, std::chrono::seconds(20)).result; };

  EXPECT_EQ(run().outcome.result, Result::kUnknown);
  EXPECT_EQ(run().outcome.reason, Reason::kUnsupported) << "no loadavg";
  folder.write("loadavg", "busy\n");
  EXPECT_EQ(run().outcome.reason, Reason::kInternal);
  folder.write("loadavg", "0.50 0.40 0.30 3/100 999\n");
  EXPECT_EQ(run().outcome.result, Result::kPass);
  EXPECT_EQ(run().measurements.back().value, 3);
  folder.write("pressure/cpu", "some avg10=200.00\n");
  EXPECT_EQ(run().outcome.result, Result::kUnknown);
  EXPECT_EQ(run().outcome.reason, Reason::kInternal);
}

TEST(LoadCheckTest, WorksOnThisMachine) {
  ProbeWorld world;
  LoadCheck check;
  const ProbeRun run = world.run(check, std::chrono::seconds(20));
  EXPECT_EQ(run.result.outcome.result, Result::kPass) << run.result.outcome.message;
  EXPECT_EQ(run.result.measurements.front().name, "per_core");
}

}  // namespace
}  // namespace hale::checks
