#include "monitor/parameters.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace hale::monitor {
namespace {

using namespace std::chrono_literals;

Parameters of_every_type() {
  Parameters parameters;
  parameters.set("tls", true);
  parameters.set("port", std::int64_t{80});
  parameters.set("grace", Duration(5s));
  parameters.set("host", std::string("localhost"));
  parameters.set("mounts", std::vector<std::string>{"/", "/var"});
  parameters.set("token", Secret{"hush"});
  return parameters;
}

TEST(ParametersTest, HandsOutEveryTypeOfValue) {
  const Parameters parameters = of_every_type();
  EXPECT_TRUE(parameters.boolean("tls"));
  EXPECT_EQ(parameters.integer("port"), 80);
  EXPECT_EQ(parameters.duration("grace"), 5s);
  EXPECT_EQ(parameters.text("host"), "localhost");
  EXPECT_EQ(parameters.list("mounts").size(), 2U);
  EXPECT_EQ(std::get<Secret>(*parameters.find("token")).value, "hush");
  EXPECT_EQ(parameters.all().size(), 6U);
}

TEST(ParametersTest, AKeyThatWasLeftOutIsAbsentAndALaterValueReplacesAnEarlierOne) {
  Parameters parameters = of_every_type();
  EXPECT_EQ(parameters.find("user"), nullptr);
  parameters.set("port", std::int64_t{443});
  EXPECT_EQ(parameters.integer("port"), 443);
}

TEST(ParametersDeathTest, AskingForAnUndeclaredKeyOrAnotherTypeIsABug) {
  const Parameters parameters = of_every_type();
  EXPECT_DEATH(parameters.text("user"), "value != nullptr");
  EXPECT_DEATH(parameters.text("port"), "typed != nullptr");
}

}  // namespace
}  // namespace hale::monitor
