// Limits of measurements whose names only a run knows.
#include <gtest/gtest.h>

#include "config/config.h"
#include "tests/config/config_world.h"

namespace hale::config {
namespace {

using Lines = std::vector<std::string>;

monitor::CheckDescriptor describe() {
  monitor::CheckDescriptor type;
  type.name = "plugin";
  type.summary = "A type with open measurements.";
  type.measurements = {
      {.name = "size",
       .metric = "plugin_size_bytes",
       .unit = monitor::Unit::kBytes,
       .help = "Size."},
      {.name = "perfdata", .metric = "plugin_perfdata", .open = true, .help = "Any name."}};
  type.make = [](const monitor::Parameters& /*parameters*/)
      -> std::expected<std::unique_ptr<monitor::Check>, monitor::ParameterError> {
    return std::make_unique<FakeCheck>("there");
  };
  return type;
}

class OpenLimitsTest : public ::testing::Test {
 protected:
  OpenLimitsTest() {
    registry_.add(type_);
    world_.options.registry = &registry_;
  }
  const monitor::CheckDescriptor type_ = describe();
  monitor::CheckRegistry registry_;
  ConfigWorld world_;
};

TEST_F(OpenLimitsTest, TakeAnyNameAndUnit) {
  const Config config = world_.must_load(R"(
[checks.a]
type = "plugin"
warn = { users = 50, "/ used" = "90%", time = "off" }
fail = { users = ">= 100", time = "2s", size = "1MB" }
)");
  const auto& limits = settings_of(config, "a").limits.check;
  Lines lines;
  for (const monitor::Limit& limit : limits) {
    lines.push_back(std::string(monitor::to_string(limit.severity)) + " " +
                    std::string(limit.name()) + " " + to_text(limit));
  }
  EXPECT_EQ(lines, (Lines{"fail size >= 1MB", "warn / used >= 90%", "warn time off",
                          "fail time >= 2s", "warn users >= 50", "fail users >= 100"}));
}

TEST_F(OpenLimitsTest, ReadBackAsTheyArePrinted) {
  const Config config = world_.must_load(R"(
[checks.a]
type = "plugin"
warn = { users = 50, "/ used" = "90%", time = "off" }
)");
  const std::string printed = print(config);
  EXPECT_TRUE(printed.contains("\"/ used\" = \">= 90%\"")) << printed;
  EXPECT_TRUE(printed.contains("time = \"off\"")) << printed;
  EXPECT_EQ(print(world_.must_load(printed)), printed);
}

TEST_F(OpenLimitsTest, RefuseWhatIsNoLimit) {
  EXPECT_EQ(
      world_.problems("[checks.a]\ntype = \"plugin\"\nwarn = { users = \"many\" }\n"),
      (Lines{"3:18: checks.a.warn.users: \"many\" is not a limit for \"perfdata\" (write 100, "
             "\">= 100\", \"2s\", \"20GiB\", \"90%\" or \"off\")"}));
}

TEST_F(OpenLimitsTest, AreInTheSchema) {
  const std::string schema = json_schema(registry_);
  const std::size_t size = schema.find("\"Size.\"");
  const std::size_t open = schema.find("\"additionalProperties\": {", size);
  ASSERT_NE(open, std::string::npos) << schema;
  EXPECT_TRUE(schema.substr(open, 120).contains("definitions/limit")) << schema.substr(open, 120);
}

}  // namespace
}  // namespace hale::config
