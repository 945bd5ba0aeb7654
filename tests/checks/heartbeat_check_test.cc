#include "checks/heartbeat_check.h"

#include <initializer_list>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/check_parameters.h"

namespace hale::checks {
namespace {

using namespace std::chrono_literals;
using test::Set;

std::string error_of(std::initializer_list<Set> set) {
  const auto& type = heartbeat_descriptor();
  const auto check = type.make(test::check_parameters(type.keys, set));
  return check ? "" : check.error().key + ": " + check.error().message;
}

TEST(HeartbeatCheckTest, SaysWhatIsWrongWithItsKeys) {
  EXPECT_EQ(error_of({}), "");
  EXPECT_EQ(error_of({{"schedule", std::string("0 3 * * 1-5")},
                      {"timezone", std::string("Europe/Berlin")},
                      {"max_runtime", monitor::Duration(2h)},
                      {"grace", monitor::Duration(0s)},
                      {"token", monitor::Secret{"open sesame"}}}),
            "");
  EXPECT_EQ(error_of({{"schedule", std::string("0 25 * * *")}}),
            "schedule: \"0 25 * * *\" is not a schedule: the hour is \"25\" (from 0 to 23, as "
            "\"*\", \"5\", \"1-5\", \"1,3\", \"*/2\")");
  EXPECT_EQ(error_of({{"timezone", std::string("Europe/Berln")}}),
            "timezone: \"Europe/Berln\" is not a time zone; did you mean \"Europe/Berlin\"?");
  EXPECT_EQ(error_of({{"max_runtime", monitor::Duration(0s)}}), "max_runtime: must be more than 0");
  EXPECT_EQ(error_of({{"token", monitor::Secret{""}}}),
            "token: is empty (leave it out where everybody may report)");
}

TEST(HeartbeatCheckTest, IsReportedTo) {
  const auto& type = heartbeat_descriptor();
  EXPECT_TRUE(type.passive);
  const auto check = type.make(test::check_parameters(type.keys)).value();
  ASSERT_NE(check->passive(), nullptr);
  EXPECT_TRUE(check->passive()->keeps_interval());
  const auto scheduled =
      type.make(test::check_parameters(type.keys, {{"schedule", std::string("@daily")}})).value();
  EXPECT_FALSE(scheduled->passive()->keeps_interval());
}

}  // namespace
}  // namespace hale::checks
