#include "checks/sensor_check.h"

#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/probe_folder.h"
#include "tests/support/probe_world.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::Reason;
using monitor::Result;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::ProbeFolder;
using test::ProbeRun;
using test::ProbeWorld;
using Names = std::vector<std::string>;

void write_chips(const ProbeFolder& folder) {
  const std::string one = "class/hwmon/hwmon0/";
  folder.write(one + "name", "coretemp\n");
  folder.write(one + "temp1_input", "54000\n");
  folder.write(one + "temp1_label", "Package id 0\n");
  folder.write(one + "temp1_crit", "100000\n");
  const std::string two = "class/hwmon/hwmon1/";
  folder.write(two + "name", "board\n");
  folder.write(two + "fan1_input", "0\n");
  folder.write(two + "fan1_min", "300\n");
  folder.write(two + "temp1_input", "30000\n");
}

Names names_of(const CheckResult& result) {
  Names names;
  for (const monitor::ItemResult& item : result.items) {
    names.push_back(item.name);
  }
  return names;
}

class SensorCheckTest : public ::testing::Test {
 protected:
  SensorCheckTest() { world_.services().sys_root = folder_.path(); }

  CheckResult run(SensorCheck& check) { return world_.run(check, seconds(20)).result; }
  CheckResult run(NamePatterns patterns, std::vector<SensorKind> kinds = {}) {
    SensorCheck check(std::move(patterns), std::move(kinds));
    return run(check);
  }

  ProbeFolder folder_;
  ProbeWorld world_;
};

TEST_F(SensorCheckTest, LooksAtEverySensorThereIs) {
  write_chips(folder_);
  const CheckResult result = run({});
  EXPECT_EQ(names_of(result), (Names{"coretemp/Package id 0", "board/temp1", "board/fan1"}));
  EXPECT_EQ(result.outcome.message,
            "3 sensors, hottest coretemp/Package id 0: 54 °C (critical 100 °C)");
  EXPECT_EQ(result.items[0].outcome.result, Result::kPass);
  EXPECT_EQ(result.items[2].outcome.code, "stopped");
}

TEST_F(SensorCheckTest, FollowsTheListAndTheKinds) {
  write_chips(folder_);
  EXPECT_EQ(names_of(run({}, {SensorKind::kFan})), (Names{"board/fan1"}));
  EXPECT_EQ(names_of(run({.exclude = {"board/*"}})), (Names{"coretemp/Package id 0"}));
  const CheckResult result = run({.include = {"*/temp*", "coretemp/Package id 1"}});
  EXPECT_EQ(names_of(result), (Names{"board/temp1", "coretemp/Package id 1"}));
  EXPECT_EQ(result.items[1].outcome.result, Result::kFail);
  EXPECT_EQ(result.items[1].outcome.reason, Reason::kMissing);
}

TEST_F(SensorCheckTest, IsUnknownWhereThereIsNone) {
  const CheckResult result = run({});
  EXPECT_EQ(result.outcome.result, Result::kUnknown);
  EXPECT_EQ(result.outcome.reason, Reason::kUnsupported);
}

// A pipe that nobody writes to stands for a chip on a bus that hangs: opening it does not return.
TEST_F(SensorCheckTest, DoesNotLoseTheOthersToAChipThatHangs) {
  write_chips(folder_);
  SensorCheck check({}, {});
  ASSERT_EQ(run(check).items.size(), 3U);
  const std::string input = folder_.path() / "class/hwmon/hwmon1/temp1_input";
  std::filesystem::remove(input);
  ASSERT_EQ(::mkfifo(input.c_str(), 0600), 0);
  ProbeRun hanging = world_.run(check, milliseconds(300));
  EXPECT_FALSE(hanging.cancelled);
  EXPECT_LE(hanging.took, milliseconds(350));
  EXPECT_EQ(names_of(hanging.result),
            (Names{"coretemp/Package id 0", "board/temp1", "board/fan1"}));
  EXPECT_EQ(hanging.result.items[0].outcome.result, Result::kPass);
  EXPECT_EQ(hanging.result.items[1].outcome.result, Result::kUnknown);
  EXPECT_EQ(hanging.result.items[1].outcome.reason, Reason::kTimeout);
  EXPECT_EQ(world_.run(check, milliseconds(300)).result.items[2].outcome.reason, Reason::kStuck);
  SensorCheck fresh({}, {});
  EXPECT_EQ(names_of(world_.run(fresh, milliseconds(300)).result),
            (Names{"coretemp/Package id 0", "board"}));
  // Whoever waits to read meets a writer, and the test ends with no thread left behind.
  const ProbeRun cancelled = world_.run_and_cancel(check, seconds(20), milliseconds(20));
  EXPECT_LT(cancelled.took, milliseconds(500));
  std::ofstream(input) << "30000\n" << std::flush;
  EXPECT_TRUE(world_.wait_for([&] { return world_.files().stats().stuck == 0; }, seconds(10)));
}

TEST_F(SensorCheckTest, RefusesAKindThatThereIsNot) {
  const auto made = [](std::vector<std::string> kinds) {
    const std::vector<std::string> none;
    monitor::Parameters parameters;
    parameters.set("sensors", none);
    parameters.set("exclude", none);
    parameters.set("kinds", std::move(kinds));
    return sensor_descriptor().make(parameters);
  };
  EXPECT_TRUE(made({"temperature", "fan", "voltage", "current", "power"}).has_value());
  EXPECT_EQ(made({"humidity"}).error().key, "kinds");
}

TEST_F(SensorCheckTest, WorksOnThisMachine) {
  world_.services().sys_root = "/sys";
  const CheckResult result = run({});
  if (result.items.empty()) {
    EXPECT_EQ(result.outcome.reason, Reason::kUnsupported) << "a machine without sensors";
  } else {
    EXPECT_EQ(result.outcome.result, Result::kPass);
  }
}

}  // namespace
}  // namespace hale::checks
