#include "checks/cpu_check.h"

#include <chrono>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/probe_folder.h"
#include "tests/support/probe_world.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::Reason;
using monitor::Result;
using std::chrono::seconds;
using test::ProbeFolder;
using test::ProbeRun;
using test::ProbeWorld;

std::map<std::string, double> values_of(const CheckResult& result) {
  std::map<std::string, double> values;
  for (const monitor::Measurement& measurement : result.measurements) {
    values[measurement.name] = measurement.value;
  }
  return values;
}

CpuTimes times(std::uint32_t cpu, std::uint64_t user, std::uint64_t idle) {
  CpuTimes made;
  made.cpu = cpu;
  made.user = user;
  made.idle = idle;
  return made;
}

TEST(CpuCheckTest, MeasuresWhatThereIs) {
  CpuLook before;
  before.cpus = {times(0, 0, 0), times(1, 0, 0)};
  before.cgroup = CgroupCpu{.limit_cpus = 2, .stats = {}};
  before.heat.throttles = {{"cpu0", 1}, {"cpu1", 1}};
  CpuLook after;
  after.time = before.time + seconds(10);
  after.cpus = {times(0, 900, 100), times(1, 100, 900)};
  after.cgroup = CgroupCpu{.limit_cpus = 2,
                           .stats = {.usage_us = 10'000'000, .periods = 100, .throttled = 20}};
  after.heat.throttles = {{"cpu0", 5}, {"cpu1", 1}};
  after.heat.frequency_limit = 0.8;
  const auto result = cpu_result(before, after, 0.07);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(
      result->outcome.message,
      "50.0 % busy over 10 s on 2 CPUs (user 50.0 %, system 0.0 %, iowait 0.0 %, steal 0.0 "
      "%), busiest cpu0 90.0 %, pressure 7.0 %, 50.0 % of the CPUs throttled by heat, held at "
      "80.0 % of their frequency, cgroup used 50.0 % of its limit of 2 CPUs and was throttled "
      "in 20.0 % of its periods");
  const std::map<std::string, double> expected = {{"busy", 0.5},
                                                  {"user", 0.5},
                                                  {"system", 0},
                                                  {"iowait", 0},
                                                  {"steal", 0},
                                                  {"busiest", 0.9},
                                                  {"imbalance", 0.4},
                                                  {"pressure", 0.07},
                                                  {"throttled", 0.5},
                                                  {"quota_used", 0.5},
                                                  {"quota_throttled", 0.2},
                                                  {"frequency_limit", 0.8}};
  EXPECT_EQ(values_of(*result), expected);
}

TEST(CpuCheckTest, LeavesOutWhatTheHostDoesNotTell) {
  CpuLook before;
  before.cpus = {times(0, 0, 0)};
  CpuLook after;
  after.time = before.time + seconds(1);
  after.cpus = {times(0, 1, 99)};
  const auto result = cpu_result(before, after, std::nullopt);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->measurements.size(), 7U);
  EXPECT_EQ(result->outcome.message,
            "1.0 % busy over 1 s on 1 CPU (user 1.0 %, system 0.0 %, iowait 0.0 %, steal 0.0 %)");
  EXPECT_FALSE(cpu_result(after, before, std::nullopt).has_value());
}

TEST(CpuCheckTest, LooksAtTheFilesOfProc) {
  const ProbeFolder folder;
  ProbeWorld world(folder.path());
  world.services().sys_root = folder.path() / "sys";
  CpuCheck check;
  const auto run = [&] { return world.run(check, seconds(20)).result; };

  EXPECT_EQ(run().outcome.reason, Reason::kUnsupported) << "no stat";
  folder.write("stat", "cpu0 many\n");
  EXPECT_EQ(run().outcome.reason, Reason::kInternal);
  EXPECT_TRUE(run().outcome.message.contains("\"cpu0 many\"")) << run().outcome.message;
  folder.write("stat", "cpu0 1 1 1 1\n");
  EXPECT_EQ(run().outcome.reason, Reason::kTimeout) << "a stat that stands still";
  folder.write("stat", "cpu0 2 1 1 2\n");
  EXPECT_EQ(values_of(run())["busy"], 0.5);
  folder.write("stat", "cpu0 5 1 1 3\n");
  folder.write("pressure/cpu", "some avg10=25.00 avg60=0.00 avg300=0.00 total=0\n");
  EXPECT_EQ(values_of(run())["pressure"], 0.25);
  folder.write("stat", "cpu0 50 1 1 3\n");
  folder.write("pressure/cpu", "garbage\n");
  EXPECT_EQ(run().outcome.reason, Reason::kInternal);
}

TEST(CpuCheckTest, LooksAtACgroupOfItsOwn) {
  const ProbeFolder folder;
  ProbeWorld world(folder.path());
  world.services().sys_root = folder.path();
  CpuCheck check("system.slice/db.service");
  folder.write("stat", "cpu0 1 1 1 1\n");
  const CheckResult missing = world.run(check, seconds(20)).result;
  EXPECT_EQ(missing.outcome.result, Result::kFail);
  EXPECT_EQ(missing.outcome.reason, Reason::kMissing);
  const std::string group = "fs/cgroup/system.slice/db.service/";
  folder.write(group + "cpu.max", "max 100000\n");
  EXPECT_EQ(world.run(check, seconds(20)).result.outcome.reason, Reason::kTimeout);
  folder.write(group + "cpu.max", "100000 100000\n");
  folder.write(group + "cpu.stat", "usage_usec 0\nnr_periods 0\nnr_throttled 0\n");
  folder.write("stat", "cpu0 2 1 1 2\n");
  EXPECT_FALSE(values_of(world.run(check, seconds(20)).result).contains("quota_used"));
  folder.write(group + "cpu.stat", "usage_usec 1000\nnr_periods 4\nnr_throttled 1\n");
  folder.write("stat", "cpu0 3 1 1 3\n");
  EXPECT_EQ(values_of(world.run(check, seconds(20)).result)["quota_throttled"], 0.25);
}

TEST(CpuCheckTest, RefusesACgroupOutsideOfTheTree) {
  const auto made = [](const char* cgroup) {
    monitor::Parameters parameters;
    parameters.set("cgroup", std::string(cgroup));
    return cpu_descriptor().make(parameters);
  };
  EXPECT_TRUE(made("").has_value());
  EXPECT_TRUE(made("/system.slice/a..b.service").has_value());
  EXPECT_EQ(made("system.slice/../../x").error().key, "cgroup");
  EXPECT_EQ(made("..").error().key, "cgroup");
}

TEST(CpuCheckTest, TellsSomethingAtItsFirstRunOnThisMachine) {
  ProbeWorld world;
  CpuCheck check;
  const ProbeRun run = world.run(check, seconds(20));
  EXPECT_EQ(run.result.outcome.result, Result::kPass) << run.result.outcome.message;
  for (const monitor::Measurement& measurement : run.result.measurements) {
    SCOPED_TRACE(measurement.name);
    EXPECT_GE(measurement.value, 0);
    EXPECT_LE(measurement.value, measurement.name == "quota_used" ? 10 : 1);
  }
}

TEST(CpuCheckTest, HoldsItsDeadline) {
  ProbeWorld world;
  CpuCheck check;
  const ProbeRun run = world.run(check, std::chrono::milliseconds(100));
  EXPECT_FALSE(run.cancelled);
  EXPECT_EQ(run.result.outcome.result, Result::kPass) << run.result.outcome.message;
  CpuCheck other;
  const ProbeRun paused = world.run_and_cancel(other, seconds(20), std::chrono::milliseconds(20));
  EXPECT_TRUE(paused.threw);
  EXPECT_LT(paused.took, std::chrono::milliseconds(200));
}

}  // namespace
}  // namespace hale::checks
