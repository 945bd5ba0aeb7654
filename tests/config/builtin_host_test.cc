#include <gtest/gtest.h>

#include "checks/builtin_checks.h"
#include "tests/config/config_world.h"

namespace hale::config {
namespace {

using Lines = std::vector<std::string>;

const monitor::CheckRegistry& real_registry() {
  static const monitor::CheckRegistry kRegistry = [] {
    monitor::CheckRegistry registry;
    checks::register_builtin_checks(registry);
    return registry;
  }();
  return kRegistry;
}

TEST(BuiltinHostTest, WatchesTheHostAndTheAgentItself) {
  ConfigWorld world;
  world.options.registry = &real_registry();
  const Config config = world.must_load();
  EXPECT_EQ(names_of(config),
            (Lines{"conflicts", "cpu", "disks", "hale", "load", "memory", "network"}));
  EXPECT_TRUE(settings_of(config, "disks").critical);
  EXPECT_TRUE(settings_of(config, "memory").critical);
  EXPECT_FALSE(settings_of(config, "load").critical);
  EXPECT_FALSE(settings_of(config, "cpu").critical);
  EXPECT_FALSE(settings_of(config, "network").critical);
  EXPECT_FALSE(settings_of(config, "hale").critical);
  EXPECT_EQ(settings_of(config, "hale").target, "127.0.0.1:4253");
  ASSERT_EQ(config.groups.size(), 1U);
  EXPECT_EQ(config.groups[0].title, "This host");
}

TEST(BuiltinHostTest, FollowsTheAddressThatTheAgentListensOn) {
  ConfigWorld world;
  world.options.registry = &real_registry();
  world.options.listen = {"0.0.0.0:99"};
  EXPECT_EQ(settings_of(world.must_load(), "hale").target, "127.0.0.1:99");
}

TEST(BuiltinHostTest, IsTheTextThatTheProgramCarries) {
  EXPECT_EQ(builtin_host().substr(0, 2), "# ");
  EXPECT_NE(builtin_host().find("[checks.disks]"), std::string_view::npos);
  ConfigWorld world;
  world.options.registry = &real_registry();
  const Config embedded = world.must_load();
  expect_same(embedded, world.must_load(std::string(builtin_host())));
}

TEST(BuiltinHostTest, GivesWayToLaterChecksOfTheSameName) {
  ConfigWorld world;
  world.options.registry = &real_registry();
  const Config config = world.must_load(R"(
include = ["builtin:host"]
[checks.load]
type = "load"
interval = "45s"
[checks.mine]
type = "load"
)");
  EXPECT_EQ(names_of(config),
            (Lines{"conflicts", "cpu", "disks", "hale", "load", "memory", "mine", "network"}));
  EXPECT_EQ(settings_of(config, "load").interval, std::chrono::seconds(45));
  EXPECT_EQ(settings_of(config, "load").group, "");  // replaced whole, not merged
}

TEST(BuiltinHostTest, CanBeChangedKeyByKeyOnTheCommandLine) {
  ConfigWorld world;
  world.options.registry = &real_registry();
  world.options.set = {"checks.load.interval=45s"};
  const Config config = world.must_load();
  const monitor::CheckSettings& load_check = settings_of(config, "load");
  EXPECT_EQ(load_check.interval, std::chrono::seconds(45));
  EXPECT_EQ(load_check.group, "host");
}

TEST(BuiltinHostTest, DoesNotReplaceWhatCameBefore) {
  ConfigWorld world;
  world.options.registry = &real_registry();
  world.files.write("mine.toml", "[checks.load]\ntype = \"load\"\n");
  const Lines problems = world.problems("include = [\"mine.toml\", \"builtin:host\"]\n");
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_NE(problems[0].find("checks.load: defined twice; first at mine.toml:1:1 (include "
                             "\"builtin:host\" first: later files replace its checks)"),
            std::string::npos)
      << problems[0];
}

TEST(BuiltinTypesTest, GiveExamplesThatAreConfigurations) {
  for (const monitor::CheckDescriptor* type : real_registry().all()) {
    SCOPED_TRACE(type->name);
    ConfigWorld world;
    world.options.registry = &real_registry();
    const Config config = world.must_load(std::string(type->example));
    ASSERT_EQ(config.checks.size(), 1U);
    EXPECT_EQ(config.checks[0].settings->type, type);
    expect_same(config, world.must_load(print(config)));
  }
}

}  // namespace
}  // namespace hale::config
