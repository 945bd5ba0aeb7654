// Which value wins: the check, its templates, its group, the type's own, [defaults], what is built
// in.
#include <gtest/gtest.h>

#include "tests/config/config_world.h"

namespace hale::config {
namespace {

using monitor::CheckSettings;
using monitor::Duration;
using monitor::Labels;
using monitor::Severity;
using monitor::Threshold;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

TEST(PrecedenceTest, FillsInWhatIsBuiltIn) {
  ConfigWorld world;
  const Config config = world.must_load("[checks.a]\ntype = \"plain\"\n");
  EXPECT_EQ(config.agent.name, "testhost");
  EXPECT_EQ(config.agent.profile, "standard");
  ASSERT_EQ(config.listen.size(), 1U);
  EXPECT_EQ(to_string(config.listen[0]), "127.0.0.1:4253");
  const CheckSettings& check = settings_of(config, "a");
  EXPECT_FALSE(check.critical);
  EXPECT_EQ(check.severity, Severity::kTicket);
  EXPECT_EQ(check.interval, 10s);
  EXPECT_EQ(check.interval_unhealthy, 10s);
  EXPECT_EQ(check.timeout, 5s);
  EXPECT_EQ(check.stale_after, 35s);
  EXPECT_EQ(check.fall, (Threshold{.count = 3, .of = 3}));
  EXPECT_EQ(check.rise, (Threshold{.count = 2, .of = 2}));
  EXPECT_EQ(check.max_unknown, 3);
  EXPECT_EQ(check.group, "");
  EXPECT_EQ(check.target, "here");
  EXPECT_TRUE(check.labels.empty());
}

TEST(PrecedenceTest, GoesFromTheCheckToWhatIsBuiltIn) {
  const std::string check =
      "[checks.a]\ntype = \"pinned\"\nuse = [\"weak\", \"strong\"]\n"
      "group = \"g\"\n";
  // Each line adds a layer above the ones before.
  const struct {
    std::string_view added;
    Duration interval;
  } kLayers[] = {
      {"", 1min},  // the type pins it
      {"[defaults]\ninterval = \"31s\"\n", 1min},
      {"[groups.g]\ninterval = \"32s\"\n", 32s},
      {"[templates.weak]\ninterval = \"33s\"\n", 33s},
      {"[templates.strong]\ninterval = \"34s\"\n", 34s},
      {"[checks.a]\ninterval = \"35s\"\n", 35s},
  };
  std::string text;
  for (const auto& layer : kLayers) {
    SCOPED_TRACE(layer.added);
    ConfigWorld world;
    std::string whole = check;
    if (layer.added.starts_with("[checks.a]\n")) {
      whole += layer.added.substr(11);
    } else {
      text += layer.added;
    }
    for (const std::string_view table : {"[groups.g]", "[templates.weak]", "[templates.strong]"}) {
      if (text.find(table) == std::string::npos) {
        whole += std::string(table) + "\n";
      }
    }
    EXPECT_EQ(settings_of(world.must_load(whole + text), "a").interval, layer.interval);
  }
}

TEST(PrecedenceTest, PrefersDefaultsToWhatIsBuiltInButNotToWhatATypePins) {
  ConfigWorld world;
  const Config config = world.must_load(R"(
[defaults]
interval = "30s"
fall = 5
rise = "4/6"
timeout = "3s"
critical = true
max_unknown = 9
[checks.plain]
type = "plain"
[checks.pinned]
type = "pinned"
)");
  const CheckSettings& plain = settings_of(config, "plain");
  EXPECT_EQ(plain.interval, 30s);
  EXPECT_EQ(plain.timeout, 3s);
  EXPECT_EQ(plain.fall, (Threshold{.count = 5, .of = 5}));
  EXPECT_EQ(plain.rise, (Threshold{.count = 4, .of = 6}));
  EXPECT_EQ(plain.max_unknown, 9);
  EXPECT_TRUE(plain.critical);
  EXPECT_EQ(plain.severity, Severity::kPage);
  const CheckSettings& pinned = settings_of(config, "pinned");
  EXPECT_EQ(pinned.interval, 1min);
  EXPECT_EQ(pinned.timeout, 20s);
  EXPECT_EQ(pinned.fall, (Threshold{.count = 1, .of = 1}));
  EXPECT_EQ(pinned.rise, (Threshold{.count = 2, .of = 3}));
  EXPECT_TRUE(pinned.critical);
}

TEST(PrecedenceTest, ShortensAPinnedTimeoutToFitTheInterval) {
  ConfigWorld world;
  const Config config = world.must_load("[checks.a]\ntype = \"pinned\"\ninterval = \"10s\"\n");
  EXPECT_EQ(settings_of(config, "a").timeout, 8s);
}

TEST(PrecedenceTest, LetsTheSecondTemplateWinAndATemplateOverWhatItUses) {
  ConfigWorld world;
  const Config config = world.must_load(R"(
[templates.base]
type = "probe"
host = "base"
port = 1
runbook = "base"
[templates.one]
use = "base"
port = 2
description = "one"
[templates.two]
port = 3
[checks.a]
use = ["one", "two"]
[checks.b]
use = ["two", "one"]
[checks.c]
use = ["one", "base"]   # the last wins, also over what would be stronger in the first
)");
  EXPECT_EQ(parameters_of(config, "a").integer("port"), 3);
  EXPECT_EQ(parameters_of(config, "a").text("host"), "base");
  EXPECT_EQ(settings_of(config, "a").description, "one");
  EXPECT_EQ(parameters_of(config, "b").integer("port"), 2);
  EXPECT_EQ(parameters_of(config, "c").integer("port"), 1);
  EXPECT_EQ(settings_of(config, "c").target, "base:1");
}

TEST(PrecedenceTest, MergesTablesKeyByKeyAndReplacesLists) {
  ConfigWorld world;
  const Config config = world.must_load(R"(
[defaults]
labels = { a = "defaults", e = "defaults" }
[groups.g]
labels = { a = "group", b = "group" }
warn = { users = 10, age = "10s" }
[templates.t]
labels = { b = "template", c = "template" }
warn = { age = "20s", busy = "50%" }
paths = ["/t", "/u"]
[checks.a]
type = "probe"
host = "x"
use = "t"
group = "g"
labels = { c = "check" }
warn = { busy = "60%" }
paths = ["/a"]
)");
  const CheckSettings& check = settings_of(config, "a");
  EXPECT_EQ(check.labels,
            (Labels{{"a", "group"}, {"b", "template"}, {"c", "check"}, {"e", "defaults"}}));
  EXPECT_EQ(parameters_of(config, "a").list("paths"), std::vector<std::string>{"/a"});
  EXPECT_EQ(texts_of(check.limits.check),
            (std::vector<std::string>{"warn free < 10%", "warn busy >= 60%", "warn users >= 10",
                                      "fail readonly == 1", "warn age >= 20s"}));
}

TEST(PrecedenceTest, GivesGroupsATitleAnOrderAndLabels) {
  ConfigWorld world;
  const Config config = world.must_load(R"(
[groups.web]
[groups.storage]
title = "Storage"
order = 10
labels = { team = "dba" }
critical = true
enabled = true
)");
  ASSERT_EQ(config.groups.size(), 2U);
  EXPECT_EQ(config.groups[0].name, "storage");
  EXPECT_EQ(config.groups[0].title, "Storage");
  EXPECT_EQ(config.groups[0].order, 10);
  EXPECT_EQ(config.groups[0].labels, (Labels{{"team", "dba"}}));
  EXPECT_EQ(config.groups[1].name, "web");
  EXPECT_EQ(config.groups[1].title, "web");
  EXPECT_EQ(config.groups[1].order, 0);
}

TEST(PrecedenceTest, ComputesDefaultsFromTheOtherValues) {
  ConfigWorld world;
  const Config config = world.must_load(R"(
[checks.fast]
type = "plain"
interval = "1s"
[checks.slow]
type = "plain"
interval = "5m"
interval_unhealthy = "20s"
fall = "2/4"
critical = true
[checks.all]
type = "plain"
interval = "10s"
timeout = "10s"
stale_after = "20s"
max_unknown = 7
severity = "info"
critical = true
)");
  const CheckSettings& fast = settings_of(config, "fast");
  EXPECT_EQ(fast.timeout, 800ms);
  EXPECT_EQ(fast.stale_after, 3800ms);
  const CheckSettings& slow = settings_of(config, "slow");
  EXPECT_EQ(slow.timeout, 5s);
  EXPECT_EQ(slow.stale_after, 15min + 5s);
  EXPECT_EQ(slow.interval_unhealthy, 20s);
  EXPECT_EQ(slow.max_unknown, 2);
  EXPECT_EQ(slow.severity, Severity::kPage);
  const CheckSettings& all = settings_of(config, "all");
  EXPECT_EQ(all.timeout, 10s);
  EXPECT_EQ(all.stale_after, 20s);
  EXPECT_EQ(all.max_unknown, 7);
  EXPECT_EQ(all.severity, Severity::kInfo);
}

TEST(PrecedenceTest, NeverSlowsAFasterCheckDownWhileUnhealthy) {
  ConfigWorld world;
  const Config config = world.must_load(R"(
[defaults]
interval_unhealthy = "5s"
[checks.fast]
type = "plain"
interval = "1s"
[checks.slow]
type = "plain"
interval = "1m"
)");
  EXPECT_EQ(settings_of(config, "fast").interval_unhealthy, 1s);
  EXPECT_EQ(settings_of(config, "slow").interval_unhealthy, 5s);
}

TEST(PrecedenceTest, ReplacesDefaultLimitsOneByOne) {
  ConfigWorld world;
  const Config config = world.must_load(R"(
[defaults]
fail = { duration = "3s" }
[checks.none]
type = "probe"
host = "x"
[checks.some]
type = "probe"
host = "x"
warn = { free = "20GiB" }
fail = { free = "5%", duration = "off" }
[checks.off]
type = "probe"
host = "x"
warn = { free = "off" }
fail = { readonly = "off" }
[checks.number]
type = "probe"
host = "x"
fail = { users = 3.5, readonly = false, busy = 0.9 }
)");
  EXPECT_EQ(
      texts_of(settings_of(config, "none").limits.check),
      (std::vector<std::string>{"warn free < 10%", "fail readonly == 1", "fail duration >= 3s"}));
  EXPECT_EQ(
      texts_of(settings_of(config, "some").limits.check),
      (std::vector<std::string>{"warn free < 20GiB", "fail free < 5%", "fail readonly == 1"}));
  EXPECT_EQ(texts_of(settings_of(config, "off").limits.check),
            std::vector<std::string>{"fail duration >= 3s"});
  EXPECT_EQ(texts_of(settings_of(config, "number").limits.check),
            (std::vector<std::string>{"warn free < 10%", "fail busy >= 90%", "fail users >= 3.5",
                                      "fail readonly == 0", "fail duration >= 3s"}));
}

TEST(PrecedenceTest, GivesItemsTheLimitsOfTheCheckAndTheirOwn) {
  ConfigWorld world;
  const Config config = world.must_load(R"(
[templates.t]
items."/scratch" = { fail = { free = "2%", users = 5 } }
items."/t" = { warn = { free = "off" } }
[checks.a]
type = "probe"
host = "x"
use = "t"
fail = { free = "3%" }
[checks.a.items."/scratch"]
fail = { free = "1%" }
)");
  const CheckSettings& check = settings_of(config, "a");
  EXPECT_EQ(texts_of(check.limits.for_item("/scratch")),
            (std::vector<std::string>{"warn free < 10%", "fail free < 1%", "fail users >= 5",
                                      "fail readonly == 1"}));
  EXPECT_EQ(texts_of(check.limits.for_item("/t")),
            (std::vector<std::string>{"fail free < 3%", "fail readonly == 1"}));
  EXPECT_EQ(texts_of(check.limits.for_item("/other")),
            (std::vector<std::string>{"warn free < 10%", "fail free < 3%", "fail readonly == 1"}));

  const auto asked_for = [](const std::vector<monitor::Limit>& limits) {
    std::vector<std::string> names;
    for (const monitor::Limit& limit : limits) {
      if (limit.asked_for) {
        names.emplace_back(limit.name());
      }
    }
    return names;
  };
  EXPECT_EQ(asked_for(check.limits.check), std::vector<std::string>{"free"});
  EXPECT_EQ(asked_for(check.limits.items.at("/scratch")),
            (std::vector<std::string>{"free", "users"}));
  const Config repeated = world.must_load(print(config));
  EXPECT_EQ(asked_for(settings_of(repeated, "a").limits.check), std::vector<std::string>{"free"})
      << "what the type brings along is not asked for by writing it down";
}

}  // namespace
}  // namespace hale::config
