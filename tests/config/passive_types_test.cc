// Checks that are reported to: what of the keys of every check is about them.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "checks/builtin_checks.h"
#include "tests/config/config_world.h"

namespace hale::config {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

class PassiveTypesTest : public ::testing::Test {
 protected:
  PassiveTypesTest() {
    checks::register_builtin_checks(registry_);
    world_.options.registry = &registry_;
  }

  monitor::CheckRegistry registry_;
  ConfigWorld world_;
};

TEST_F(PassiveTypesTest, HaveOneResultDecideAndADay) {
  const Config config = world_.must_load("[checks.backup]\ntype = \"heartbeat\"\n");
  const monitor::CheckSettings& settings = *config.checks.at(0).settings;
  EXPECT_EQ(settings.interval, 24h);
  EXPECT_EQ(settings.fall, (monitor::Threshold{1, 1}));
  EXPECT_EQ(settings.rise, (monitor::Threshold{1, 1}));
  EXPECT_EQ(settings.max_unknown, 1);
}

TEST_F(PassiveTypesTest, AreNotConcernedByHowOthersAreRun) {
  EXPECT_EQ(world_.problems(R"(
[defaults]
timeout = "1m"
interval = "2m"
interval_unhealthy = "50s"
stale_after = "5m"
[checks.beat]
type = "heartbeat"
interval = "30s"
)"),
            Lines{});
}

TEST_F(PassiveTypesTest, ArePrintedAsTheyCanBeRead) {
  const Config config = world_.must_load("[checks.beat]\ntype = \"heartbeat\"\n");
  const std::string printed = print(config);
  EXPECT_FALSE(printed.contains("timeout")) << printed;
  EXPECT_EQ(print(world_.must_load(printed)), printed);
}

TEST_F(PassiveTypesTest, RefuseKeysThatSayHowTheyAreRun) {
  const std::string kWhy =
      " has no meaning for type \"heartbeat\", which is reported to and not run (leave it out)";
  EXPECT_EQ(world_.problems(R"(
[checks.beat]
type = "heartbeat"
timeout = "1m"
interval_unhealthy = "1m"
stale_after = "5d"
)"),
            (Lines{"4:1: checks.beat: \"timeout\"" + kWhy,
                   "5:1: checks.beat: \"interval_unhealthy\"" + kWhy,
                   "6:1: checks.beat: \"stale_after\"" + kWhy}));
}

TEST_F(PassiveTypesTest, SayWhereASecretOrAScheduleIsWrong) {
  EXPECT_EQ(world_.problems(R"(
[checks.beat]
type = "heartbeat"
schedule = "0 3 * *"
[checks.zone]
type = "heartbeat"
timezone = "Europe/Berln"
[checks.open]
type = "heartbeat"
token = ""
max_runtime = "0s"
)"),
            (Lines{"4:12: checks.beat.schedule: \"0 3 * *\" is not a schedule (write \"MINUTE HOUR "
                   "DAY MONTH WEEKDAY\", as \"0 3 * * 1-5\", or \"@daily\")",
                   "7:12: checks.zone.timezone: \"Europe/Berln\" is not a time zone; did you mean "
                   "\"Europe/Berlin\"?",
                   "11:15: checks.open.max_runtime: must be more than 0"}));
}

}  // namespace
}  // namespace hale::config
