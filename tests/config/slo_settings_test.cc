#include "config/slo_settings.h"

#include <gtest/gtest.h>

#include "config/keys.h"
#include "tests/config/config_world.h"

namespace hale::config {
namespace {

using monitor::SloSettings;
using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

// "success 0.999, latency_p95 0.95 2s"
std::string objectives_of(const SloSettings& settings) {
  std::string text;
  for (const monitor::SloObjective& objective : settings.objectives) {
    text += (text.empty() ? "" : ", ") + objective.name + " " + share_to_text(objective.share);
    if (objective.latency) {
      text += " " + to_text(*objective.latency);
    }
  }
  return text;
}

TEST(SloSettingsTest, FillsInWhatIsNotSaid) {
  ConfigWorld world;
  const Config config = world.must_load(R"(
[checks.none]
type = "plain"
[checks.web]
type = "plain"
[checks.web.slo]
success = "99.9%"
)");
  EXPECT_EQ(settings_of(config, "none").slo, nullptr);
  const auto slo = settings_of(config, "web").slo;
  ASSERT_NE(slo, nullptr);
  EXPECT_EQ(objectives_of(*slo), "success 99.9%");
  EXPECT_EQ(slo->window, 30 * 24h);
  EXPECT_FALSE(slo->degrade);
  EXPECT_EQ(slo->min_failures, 3U);
}

TEST(SloSettingsTest, WhatIsFilledInIsWhatTheKeysSay) {
  const SloSettings defaults;
  EXPECT_EQ(find_key(slo_keys(), "window")->default_text, to_text(defaults.window));
  EXPECT_EQ(find_key(slo_keys(), "degrade")->default_text, defaults.degrade ? "true" : "false");
  EXPECT_EQ(find_key(slo_keys(), "min_failures")->default_text,
            std::to_string(defaults.min_failures));
}

TEST(SloSettingsTest, ReadsEveryKeyAndEveryPercentile) {
  ConfigWorld world;
  world.environment = {{"SHARE", "99.99%"}, {"FAST", "true"}};
  const Config config = world.must_load(R"(
[checks.web]
type = "plain"
[checks.web.slo]
latency_p99 = "4s"
latency_p95 = "3s"
latency_p90 = "2s"
latency_p50 = "250ms"
success = "${SHARE}"
window = "90d"
degrade = "${FAST}"
min_failures = 1000
)");
  const auto slo = settings_of(config, "web").slo;
  ASSERT_NE(slo, nullptr);
  EXPECT_EQ(objectives_of(*slo),
            "success 99.99%, latency_p50 50% 250ms, latency_p90 90% 2s, latency_p95 95% 3s, "
            "latency_p99 99% 4s");
  EXPECT_EQ(slo->window, 90 * 24h);
  EXPECT_TRUE(slo->degrade);
  EXPECT_EQ(slo->min_failures, 1000U);
}

TEST(SloSettingsTest, TablesMergeKeyByKey) {
  ConfigWorld world;
  const Config config = world.must_load(R"(
[defaults.slo]
success = "90%"
window = "1h"
min_failures = 7
[groups.g.slo]
success = "91%"
latency_p95 = "5s"
[templates.t.slo]
latency_p95 = "4s"
degrade = true
[checks.alone]
type = "plain"
[checks.web]
type = "plain"
use = "t"
group = "g"
[checks.web.each]
a = { slo = { success = "99%" } }
b = { slo.window = "2h" }
)");
  EXPECT_EQ(objectives_of(*settings_of(config, "alone").slo), "success 90%");
  const auto a = settings_of(config, "web.a").slo;
  EXPECT_EQ(objectives_of(*a), "success 99%, latency_p95 95% 4s");
  EXPECT_EQ(a->window, 1h);
  EXPECT_EQ(a->min_failures, 7U);
  EXPECT_TRUE(a->degrade);
  const auto b = settings_of(config, "web.b").slo;
  EXPECT_EQ(objectives_of(*b), "success 91%, latency_p95 95% 4s");
  EXPECT_EQ(b->window, 2h);
}

TEST(SloSettingsTest, WhatIsSaidForManyChecksGivesNoneAnSloByItself) {
  ConfigWorld world;
  const Config config = world.must_load(R"(
[defaults.slo]
window = "7d"
[groups.g.slo]
degrade = true
[checks.other]
type = "plain"
group = "g"
[checks.web]
type = "plain"
group = "g"
slo = { latency_p95 = "2s" }
)");
  EXPECT_EQ(settings_of(config, "other").slo, nullptr);
  const auto slo = settings_of(config, "web").slo;
  EXPECT_EQ(objectives_of(*slo), "latency_p95 95% 2s");
  EXPECT_EQ(slo->window, 7 * 24h);
  EXPECT_TRUE(slo->degrade);
}

TEST(SloSettingsTest, WhatThisHostLacksIsNoProblemOfADisabledCheck) {
  ConfigWorld world;
  const Config config = world.must_load(R"(
[checks.other]
type = "plain"
[checks.web]
type = "plain"
enabled = false
slo = { success = "${NOT_SET}" }
)");
  EXPECT_EQ(config.checks.size(), 1U);
}

TEST(SloSettingsTest, IsSetOnTheCommandLine) {
  ConfigWorld world;
  world.options.set = {"checks.web.slo.success=99.5%", "checks.web.slo.degrade=true"};
  const Config config = world.must_load("[checks.web]\ntype = \"plain\"\n");
  EXPECT_EQ(objectives_of(*settings_of(config, "web").slo), "success 99.5%");
  EXPECT_TRUE(settings_of(config, "web").slo->degrade);
}

TEST(SloSettingsTest, IsWrittenAsItIsRead) {
  SloSettings settings;
  settings.objectives = {{.name = "success", .share = 0.9995, .latency = std::nullopt},
                         {.name = "latency_p50", .share = 0.5, .latency = 1500ms}};
  EXPECT_EQ(slo_to_text(&settings),
            "{ success = \"99.95%\", latency_p50 = \"1s500ms\", window = \"30d\", "
            "degrade = false, min_failures = 3 }");
  EXPECT_EQ(slo_to_text(nullptr), "");
}

}  // namespace
}  // namespace hale::config
