#include "discovery/plan.h"

#include <algorithm>
#include <random>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "config/config.h"
#include "config/keys.h"
#include "discovery/configuration_text.h"
#include "tests/discovery/made_picture.h"
#include "tests/support/golden.h"
#include "tests/support/probe_folder.h"

namespace hale::discovery {
namespace {

std::string text_of(const Picture& picture) {
  return configuration_text(make_plan(picture, all_types()), all_types());
}

// The configuration that the text is; every problem is a failure of the test.
std::vector<monitor::ConfiguredCheck> load(const std::string& text) {
  test::ProbeFolder folder;
  config::LoadOptions options;
  options.file = folder.write("hale.toml", text);
  options.registry = &all_types();
  options.host_name = "web-1";
  options.listen = {"127.0.0.1:4253"};
  auto loaded = config::load(options);
  if (!loaded) {
    for (const config::Problem& problem : loaded.error()) {
      ADD_FAILURE() << problem.to_string() << "\n" << text;
    }
    return {};
  }
  return std::move(loaded->checks);
}

const PlannedCheck* find(const Plan& plan, std::string_view name) {
  const auto found = std::ranges::find(plan.checks, name, &PlannedCheck::name);
  return found == plan.checks.end() ? nullptr : &*found;
}

bool has_line(const std::vector<std::string>& lines, std::string_view part) {
  return std::ranges::any_of(lines,
                             [part](const std::string& line) { return line.contains(part); });
}

bool has_risk(const Plan& plan, std::string_view kind, std::string_view part) {
  return std::ranges::any_of(plan.risks, [&](const monitor::Finding& risk) {
    return risk.kind == kind && risk.message.contains(part);
  });
}

TEST(PlanTest, ReadsAsItShould) {
  const Plan plan = make_plan(made_picture(), all_types());
  testing::expect_golden("discovery/hale.toml", configuration_text(plan, all_types()));
  testing::expect_golden("discovery/report.txt", report_text(plan));
}

TEST(PlanTest, IsAConfigurationThatLoads) {
  const Picture picture = made_picture();
  const Plan plan = make_plan(picture, all_types());
  std::set<std::string> loaded;
  for (const monitor::ConfiguredCheck& check : load(text_of(picture))) {
    loaded.insert(check.settings->name);
  }
  for (const PlannedCheck& check : plan.checks) {
    EXPECT_TRUE(loaded.contains(check.name)) << check.name;
  }
}

TEST(PlanTest, IsTheSameInWhateverOrderThingsWereSeen) {
  Picture picture = made_picture();
  const std::string text = text_of(picture);
  std::mt19937 random(1);
  for (int i = 0; i < 20; ++i) {
    std::ranges::shuffle(picture.endpoints, random);
    EXPECT_EQ(text_of(picture), text);
  }
}

TEST(PlanTest, ShowsNothingOfCommandLinesPidsAndTimes) {
  const std::string text = text_of(made_picture());
  for (const std::string_view secret :
       {"hunter2", "password=", "812", "10:02", "46 restarts", "0123456789abcdef", "41217"}) {
    EXPECT_FALSE(text.contains(secret)) << secret;
  }
}

TEST(PlanTest, NamesAreValidAndUniqueWhateverUnitsAreCalled) {
  Picture picture;
  const std::vector<std::string> units = {
      "-.service",       "a@b.service", "a_b.service", "a:b.service",
      "a\\x2db.service", ".service",    "@.service",   std::string(200, 'n') + ".service"};
  for (const std::string& unit : units) {
    add_unit(picture, unit, "enabled");
    picture.endpoints.push_back(
        answering(made_endpoint(7000, "p", unit, {"127.0.0.1"}), "a connection"));
  }
  const Plan plan = make_plan(picture, all_types());
  std::set<std::string> names;
  for (const PlannedCheck& check : plan.checks) {
    EXPECT_TRUE(config::is_name(check.name)) << check.name;
    EXPECT_TRUE(names.insert(check.name).second) << check.name;
  }
  EXPECT_GE(names.size(), units.size());
  EXPECT_FALSE(load(configuration_text(plan, all_types())).empty());
}

TEST(PlanTest, NothingThatTheHostCallsItsThingsBecomesConfiguration) {
  Picture picture;
  for (const std::string name :
       {"a\"]\n[checks.evil]\ntype = \"exec\"\n.service", "${HOME}.service", "a b.service",
        "\xff\xfe.service", "#\r\n.service", "x\x01\x7f.service"}) {
    add_unit(picture, name, "enabled");
    picture.endpoints.push_back(
        answering(made_endpoint(7000, "p", name, {"127.0.0.1"}), "a connection"));
    picture.endpoints.push_back(answering(made_endpoint(6379, name, "", {"127.0.0.1"}), ""));
    picture.network_mounts.push_back("/mnt/" + name);
    picture.programs.push_back(name);
    picture.chips.push_back(name);
  }
  Endpoint redis = answering(made_endpoint(6379, "redis-server", "a\n[x].service", {"::1"}), "");
  picture.endpoints.push_back(redis);
  const std::string text = text_of(picture);
  for (const char c : text) {
    const bool shows = c == '\n' || (c >= ' ' && c != '\x7f');
    EXPECT_TRUE(shows) << static_cast<int>(c);
  }
  std::set<std::string> loaded;
  for (const monitor::ConfiguredCheck& check : load(text)) {
    loaded.insert(check.settings->name);
  }
  EXPECT_TRUE(loaded.contains("redis-6379"));
  EXPECT_FALSE(loaded.contains("evil") || loaded.contains("x"));
}

TEST(PlanTest, LeavesOutWhatNobodyCanExpectToStay) {
  const Plan plan = make_plan(made_picture(), all_types());
  EXPECT_EQ(find(plan, "containerd-41217"), nullptr);
  EXPECT_TRUE(
      has_line(plan.left_out, "a port of containerd in containerd.service that the kernel"));
  EXPECT_EQ(find(plan, "python3-8000"), nullptr);
  EXPECT_TRUE(has_line(plan.left_out, "tcp port 8000 of python3 in session-3.scope: not recogn"));
  EXPECT_TRUE(std::ranges::none_of(
      plan.checks, [](const PlannedCheck& check) { return check.name.starts_with("hale"); }));
}

TEST(PlanTest, DoesNotStartWhatSystemdStartsOnAConnection) {
  const Plan plan = make_plan(made_picture(), all_types());
  EXPECT_EQ(find(plan, "sshd-22"), nullptr);
  EXPECT_TRUE(has_line(plan.left_out, "tcp port 22 of systemd in ssh.socket: a connection would"));
}

TEST(PlanTest, KeepsAServiceOnATemporaryPortThatWasAskedAndIsItsOnlyOne) {
  Picture picture;
  picture.endpoints = {answering(made_endpoint(40000, "redis-server", "", {"127.0.0.1"}), "+PONG")};
  EXPECT_NE(find(make_plan(picture, all_types()), "redis-40000"), nullptr);
  EXPECT_TRUE(has_risk(make_plan(picture, all_types()), "temporary_port", "port 40000"));
  picture.endpoints.push_back(
      answering(made_endpoint(6379, "redis-server", "", {"127.0.0.1"}), "+PONG"));
  EXPECT_EQ(find(make_plan(picture, all_types()), "redis-40000"), nullptr);
}

TEST(PlanTest, AListenerThatDoesNotAnswerGetsTheCheckThatWantsTheLeast) {
  Picture picture;
  Endpoint mute = made_endpoint(6379, "redis-server", "", {"127.0.0.1"});
  mute.answer.asked = true;
  mute.answer.refusal = "timeout";
  picture.endpoints = {mute};
  const Plan plan = make_plan(picture, all_types());
  const PlannedCheck* check = find(plan, "redis-6379");
  ASSERT_NE(check, nullptr);
  EXPECT_EQ(check->type, "tcp");
  EXPECT_FALSE(check->keys.has("dialogue"));
  EXPECT_TRUE(has_line(check->comment, "did not answer when it was asked: timeout"));
  EXPECT_TRUE(has_risk(plan, "no_answer", "port 6379 of redis-server"));
}

TEST(PlanTest, OwnersOfOnePortAtSeveralAddressesAreToldApart) {
  Picture picture;
  add_unit(picture, "nginx.service", "enabled");
  add_unit(picture, "caddy.service", "enabled");
  picture.endpoints = {
      answering(made_endpoint(80, "nginx", "nginx.service", {"127.0.0.1"}), "GET /", 200),
      answering(made_endpoint(80, "caddy", "caddy.service", {"10.0.0.5", "10.0.0.6"}), "GET /",
                200)};
  const Plan plan = make_plan(picture, all_types());
  const PlannedCheck* owner = find(plan, "caddy-80-owner");
  ASSERT_NE(owner, nullptr);
  EXPECT_EQ(owner->keys.text("address"), "10.0.0.5");
  EXPECT_EQ(find(plan, "caddy-80")->keys.text("url"), "http://10.0.0.5/");
  EXPECT_EQ(find(plan, "nginx-80-owner")->keys.text("address"), "127.0.0.1");
}

TEST(PlanTest, TellsRisks) {
  const Plan plan = make_plan(made_picture(), all_types());
  EXPECT_TRUE(has_risk(plan, "exposed",
                       "port 6379 of redis-server in redis-server.service listens "
                       "on every address and asks for no password"));
  EXPECT_TRUE(has_risk(plan, "not_enabled", "Redis (redis-server in redis-server.service) runs"));
  EXPECT_TRUE(has_risk(plan, "not_enabled", "session-3.scope) was started by hand"));
  EXPECT_TRUE(has_risk(plan, "failed_unit", "backup.service has failed: exit-code"));
  EXPECT_TRUE(has_risk(plan, "certificate", "expires on 2026-12-02"));
  EXPECT_FALSE(has_risk(plan, "exposed", "5432"));
  EXPECT_FALSE(has_risk(plan, "not_enabled", "postgresql"));
  EXPECT_FALSE(has_risk(plan, "not_enabled", "ssh"));
}

TEST(PlanTest, SaysNothingAboutUnitsWithoutSystemd) {
  Picture picture = made_picture();
  picture.units.reset();
  picture.unseen = {{.what = "systemd's units", .why = "no systemd answers here"}};
  const Plan plan = make_plan(picture, all_types());
  EXPECT_EQ(find(plan, "services"), nullptr);
  EXPECT_FALSE(has_risk(plan, "not_enabled", ""));
  EXPECT_NE(find(plan, "nginx-80"), nullptr);
  EXPECT_TRUE(configuration_text(plan, all_types()).contains("systemd's units: no systemd"));
}

TEST(PlanTest, AnEmptyHostHasTheBuiltinChecks) {
  const std::string text = text_of(Picture());
  EXPECT_TRUE(text.contains("include = [\"builtin:host\"]"));
  EXPECT_FALSE(load(text).empty());
}

TEST(PlanTest, UsesOnlyTypesThatThereAre) {
  const monitor::CheckRegistry none;
  Picture picture;
  add_unit(picture, "nginx.service", "enabled");
  const Plan plan = make_plan(picture, none);
  EXPECT_TRUE(plan.checks.empty());
}

}  // namespace
}  // namespace hale::discovery
