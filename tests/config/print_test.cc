#include <filesystem>

#include <gtest/gtest.h>

#include "config/keys.h"
#include "tests/config/config_world.h"

namespace hale::config {
namespace {

TEST(PrintTest, ShowsEveryDefault) {
  ConfigWorld world;
  const Config config = world.must_load(R"(
[checks.a]
type = "probe"
host = "h"
password = "hunter2"
)");
  EXPECT_EQ(
      print(config),
      R"(# The effective configuration: every default filled in, templates, groups and variables
# resolved, checks that are not enabled left out, secrets masked.

[agent]
name = "testhost"
labels = {}
profile = "standard"
state_dir = "/var/lib/hale"
workers = 1

[http]
listen = ["127.0.0.1:4253"]

[metrics]
histograms = "classic"
percentiles = true

[systemd]
bus = "system"

[statsd]
listen = []
unit = "ms"

[operations]
labels = []
max_operations = 1000
slo = {}

[checks.a]
type = "probe"
enabled = true
critical = false
severity = "ticket"
runbook = ""
description = ""
group = ""
labels = {}
interval = "10s"
interval_unhealthy = "10s"
timeout = "5s"
fall = 3
rise = 2
max_unknown = 3
stale_after = "35s"
warn = { free = "< 10%" }
fail = { readonly = "== 1" }
items = {}
host = "h"
port = 80
local = false
grace = "1s"
password = "***"
)");
}

TEST(PrintTest, ShowsEveryKeyThatIsBuilt) {
  ConfigWorld world;
  const std::string text = print(world.must_load(
      "[checks.a]\ntype = \"probe\"\nhost = \"h\"\nslo = { success = \"99.9%\" }\n"));
  for (const KeySpec& key : check_keys()) {
    const bool resolved = key.name == "use" || key.name == "each";
    EXPECT_EQ(text.find("\n" + std::string(key.name) + " = ") != text.npos, key.built && !resolved)
        << key.name;
  }
}

// Every good configuration gives the same one when it is printed and loaded again.
TEST(PrintTest, LoadsAgainAsTheSameConfiguration) {
  const std::filesystem::path folder =
      std::filesystem::path(HALE_SOURCE_DIR) / "tests" / "config" / "good";
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".toml") {
      continue;
    }
    SCOPED_TRACE(entry.path().filename());
    ++count;
    ConfigWorld world;
    world.environment = {{"HOST", "from-environment"}, {"PORT", "99"}};
    world.options.file = entry.path();
    const Config config = world.must_load();
    EXPECT_FALSE(config.checks.empty());
    const std::string printed = print(config);
    world.environment.clear();
    const Config again = world.must_load(printed);
    expect_same(config, again);
    EXPECT_EQ(print(again), printed);
  }
  EXPECT_GE(count, 3);
}

}  // namespace
}  // namespace hale::config
