#include <gtest/gtest.h>

#include "tests/config/config_world.h"

namespace hale::config {
namespace {

using monitor::CheckSettings;
using monitor::Secret;
using std::chrono_literals::operator""s;
using Lines = std::vector<std::string>;

TEST(LoadTest, TakesAnEmptyFile) {
  ConfigWorld world;
  const Config config = world.must_load("");
  EXPECT_TRUE(config.checks.empty());
}

TEST(LoadTest, ReadsTheAgentAndWhereItListens) {
  ConfigWorld world;
  const Config config = world.must_load(R"(
[agent]
name = "web-1"
labels = { env = "prod", az = "b" }
profile = "standard"
state_dir = ""
workers = 1
[http]
listen = ["127.0.0.1:4253", "[::1]:4253", "0.0.0.0:0"]
)");
  EXPECT_EQ(config.agent.name, "web-1");
  EXPECT_EQ(config.agent.labels, (monitor::Labels{{"az", "b"}, {"env", "prod"}}));
  ASSERT_EQ(config.listen.size(), 3U);
  EXPECT_EQ(to_string(config.listen[1]), "[::1]:4253");
  EXPECT_EQ(to_string(config.listen[2]), "0.0.0.0:0");
}

TEST(LoadTest, KeepsItsStateWhereItIsToldOrWhereSystemdHasMadeAFolder) {
  ConfigWorld world;
  Config config = world.must_load("");
  EXPECT_EQ(config.agent.state_dir, "/var/lib/hale");
  EXPECT_TRUE(config.agent.state_dir_by_default);
  for (const char* nothing : {"", "hale", ":"}) {
    world.environment["STATE_DIRECTORY"] = nothing;
    EXPECT_TRUE(world.must_load("").agent.state_dir_by_default) << nothing;
  }
  world.environment["STATE_DIRECTORY"] = "/var/lib/private/hale:/var/lib/other";
  config = world.must_load("");
  EXPECT_EQ(config.agent.state_dir, "/var/lib/private/hale");
  EXPECT_FALSE(config.agent.state_dir_by_default);
  for (const char* own : {"", "/srv/hale"}) {
    config = world.must_load("[agent]\nstate_dir = \"" + std::string(own) + "\"\n");
    EXPECT_EQ(config.agent.state_dir, own);
    EXPECT_FALSE(config.agent.state_dir_by_default);
  }
}

TEST(LoadTest, ReadsHowSystemdIsReached) {
  ConfigWorld world;
  EXPECT_EQ(world.must_load("").systemd_bus, "system");
  for (const char* bus : {"system", "user", "unix:path=/run/user/0/systemd/private"}) {
    EXPECT_EQ(world.must_load("[systemd]\nbus = \"" + std::string(bus) + "\"\n").systemd_bus, bus);
  }
}

TEST(LoadTest, MakesEveryCheckByItsFactoryWithEveryKey) {
  ConfigWorld world;
  const Config config = world.must_load(R"(
[checks.full]
type = "probe"
host = "h"
port = 99
local = true
grace = "1m"
paths = ["/", "/var"]
password = "hunter2"
[checks.bare]
type = "probe"
host = "h"
)");
  EXPECT_EQ(names_of(config), (Lines{"bare", "full"}));
  const monitor::Parameters& full = parameters_of(config, "full");
  EXPECT_EQ(full.text("host"), "h");
  EXPECT_EQ(full.integer("port"), 99);
  EXPECT_TRUE(full.boolean("local"));
  EXPECT_EQ(full.duration("grace"), 60s);
  EXPECT_EQ(full.list("paths"), (Lines{"/", "/var"}));
  ASSERT_NE(full.find("password"), nullptr);
  EXPECT_EQ(std::get<Secret>(*full.find("password")).value, "hunter2");
  const monitor::Parameters& bare = parameters_of(config, "bare");
  EXPECT_EQ(bare.integer("port"), 80);
  EXPECT_FALSE(bare.boolean("local"));
  EXPECT_EQ(bare.find("paths"), nullptr);
  EXPECT_EQ(bare.find("password"), nullptr);
  EXPECT_EQ(settings_of(config, "full").target, "h:99");
  for (const monitor::ConfiguredCheck& check : config.checks) {
    ASSERT_NE(check.check, nullptr);
    EXPECT_EQ(check.check->target(), check.settings->target);
  }
}

TEST(LoadTest, MakesOneCheckForEachTarget) {
  ConfigWorld world;
  const Config config = world.must_load(R"(
[templates.late]
timeout = "9s"
[checks.llm]
type = "probe"
interval = "20s"
warn = { users = 5, busy = "50%" }
[checks.llm.each]
openai = { host = "api", interval = "30s", warn = { users = 6 } }
local = { host = "127.0.0.1", port = 8000, use = "late" }
other = { host = "x", enabled = false }
)");
  EXPECT_EQ(names_of(config), (Lines{"llm.local", "llm.openai"}));
  const CheckSettings& openai = settings_of(config, "llm.openai");
  EXPECT_EQ(openai.target, "api:80");
  EXPECT_EQ(openai.interval, 30s);
  EXPECT_EQ(texts_of(openai.limits.check), (Lines{"warn free < 10%", "warn busy >= 50%",
                                                  "warn users >= 6", "fail readonly == 1"}));
  const CheckSettings& local = settings_of(config, "llm.local");
  EXPECT_EQ(local.interval, 20s);
  EXPECT_EQ(local.timeout, 9s);
}

TEST(LoadTest, LeavesOutWhatIsNotEnabled) {
  ConfigWorld world;
  world.environment["WITH_DB"] = "false";
  const Config config = world.must_load(R"(
[groups.off]
enabled = false
[checks.a]
type = "plain"
enabled = false
[checks.b]
type = "plain"
enabled = true
[checks.c]
type = "plain"
group = "off"
[checks.d]
type = "plain"
group = "off"
enabled = true
[checks.e]
type = "probe"
enabled = "${WITH_DB}"
host = "${DB_HOST}"
password = { file = "not-here" }
)");
  EXPECT_EQ(names_of(config), (Lines{"b", "d"}));
}

TEST(LoadTest, ConvertsVariablesToTheTypeOfTheKey) {
  ConfigWorld world;
  world.environment = {{"PORT", "99"},    {"YES", "true"},
                       {"SECONDS", "20"}, {"PATHS", "/, /var,"},
                       {"FALL", "3/5"},   {"LISTEN", "127.0.0.1:1,127.0.0.1:2"},
                       {"LIMIT", "20%"},  {"SEVERITY", "info"}};
  const Config config = world.must_load(R"(
[http]
listen = "${LISTEN}"
[checks.a]
type = "${TYPE:-probe}"
host = "h${PORT}"
port = "${PORT}"
local = "${YES}"
grace = "${SECONDS}s"
paths = "${PATHS}"
critical = "${YES}"
interval = "${SECONDS}s"
fall = "${FALL}"
max_unknown = "${PORT}"
severity = "${SEVERITY}"
description = "costs $${PORT}"
fail = { free = "${LIMIT}" }
labels = { port = "${PORT}" }
)");
  EXPECT_EQ(config.listen.size(), 2U);
  const CheckSettings& check = settings_of(config, "a");
  EXPECT_EQ(check.target, "h99:99");
  EXPECT_TRUE(parameters_of(config, "a").boolean("local"));
  EXPECT_EQ(parameters_of(config, "a").duration("grace"), 20s);
  EXPECT_EQ(parameters_of(config, "a").list("paths"), (Lines{"/", "/var"}));
  EXPECT_TRUE(check.critical);
  EXPECT_EQ(check.interval, 20s);
  EXPECT_EQ(check.fall, (monitor::Threshold{.count = 3, .of = 5}));
  EXPECT_EQ(check.max_unknown, 99);
  EXPECT_EQ(check.severity, monitor::Severity::kInfo);
  EXPECT_EQ(check.description, "costs ${PORT}");
  EXPECT_EQ(check.labels, (monitor::Labels{{"port", "99"}}));
  EXPECT_EQ(texts_of(check.limits.check),
            (Lines{"warn free < 10%", "fail free < 20%", "fail readonly == 1"}));
}

TEST(LoadTest, PutsInWhereTheAgentItselfListens) {
  const std::string check =
      "[checks.self]\ntype = \"probe\"\nhost = \"${hale.host}\"\n"
      "port = \"${hale.port}\"\n";
  const struct {
    std::string_view listen;
    std::string_view target;
  } kCases[] = {
      {"127.0.0.2:99", "127.0.0.2:99"}, {"0.0.0.0:99", "127.0.0.1:99"}, {"[::]:99", "::1:99"}};
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.listen);
    ConfigWorld world;
    const Config config =
        world.must_load("[http]\nlisten = [\"" + std::string(test.listen) + "\"]\n" + check);
    EXPECT_EQ(settings_of(config, "self").target, test.target);
  }
}

TEST(LoadTest, LeavesOutChecksThatNeedAPortThatThereIsNone) {
  ConfigWorld world;
  world.options.listen = {"127.0.0.1:0"};
  const std::string text =
      "[checks.self]\ntype = \"probe\"\nhost = \"${hale.host}\"\n"
      "port = \"${hale.port}\"\n[checks.other]\ntype = \"plain\"\n";
  EXPECT_EQ(names_of(world.must_load(text)), Lines{"other"}) << "the kernel has yet to choose";
  world.options.listen = {"unix:/run/hale.sock"};
  EXPECT_EQ(names_of(world.must_load(text)), Lines{"other"});
  world.options.listen = {"unix:/run/hale.sock", "127.0.0.1:33333"};
  EXPECT_EQ(settings_of(world.must_load(text), "self").target, "127.0.0.1:33333");
}

TEST(LoadTest, LetsTheCommandLineWin) {
  ConfigWorld world;
  world.options.set = {
      "agent.name=box",
      "agent.labels.env=test",
      "checks.web.port=99",
      "checks.web.interval=20s",
      "checks.web.critical=true",
      "checks.web.description=\"quoted\"",
      "checks.web.runbook=a=b#c",
      "checks.web.paths=[\"/a\", \"/b\"]",
      "checks.web.warn={ users = 5 }",
      "checks.web.items.\"/x=y\".fail.free=1%",
      "checks.new.type=plain",
      "templates.t.grace=9s",
      "groups.g.title=5",
      "defaults.fall=9",
  };
  world.options.listen = {"127.0.0.1:1", "127.0.0.1:2"};
  world.options.profile = "standard";
  const Config config = world.must_load(R"(
[agent]
name = "file"
labels = { env = "prod", az = "b" }
[http]
listen = ["127.0.0.1:3"]
[groups.g]
[templates.t]
[checks.web]
type = "probe"
host = "h"
port = 1
use = "t"
)");
  EXPECT_EQ(config.agent.name, "box");
  EXPECT_EQ(config.agent.labels, (monitor::Labels{{"az", "b"}, {"env", "test"}}));
  ASSERT_EQ(config.listen.size(), 2U);
  EXPECT_EQ(to_string(config.listen[0]), "127.0.0.1:1");
  EXPECT_EQ(config.groups[0].title, "5");
  EXPECT_EQ(names_of(config), (Lines{"new", "web"}));
  const CheckSettings& web = settings_of(config, "web");
  EXPECT_EQ(web.target, "h:99");
  EXPECT_EQ(web.interval, 20s);
  EXPECT_TRUE(web.critical);
  EXPECT_EQ(web.description, "quoted");
  EXPECT_EQ(web.runbook, "a=b#c");
  EXPECT_EQ(parameters_of(config, "web").list("paths"), (Lines{"/a", "/b"}));
  EXPECT_EQ(parameters_of(config, "web").duration("grace"), 9s);
  EXPECT_EQ(web.fall.count, 9);
  EXPECT_EQ(texts_of(web.limits.for_item("/x=y")),
            (Lines{"warn free < 10%", "fail free < 1%", "warn users >= 5", "fail readonly == 1"}));
}

TEST(LoadTest, NamesTheArgumentThatIsWrong) {
  const struct {
    std::string_view argument;
    std::string_view problem;
  } kCases[] = {
      {"checks.web.interval=10x",
       "--set checks.web.interval:1:1: checks.web.interval: \"10x\" is not a duration (write "
       "\"10s\", \"250ms\", \"1h30m\")"},
      {"agent.nmae=x", "--set agent.nmae:1:1: agent: unknown key \"nmae\"; did you mean \"name\"?"},
      {"checks.wbe.interval=5s",
       "--set checks.wbe.interval:1:1: checks.wbe: there is no check \"wbe\"; did you mean "
       "\"web\"?"},
      {"name", "--set name:1:1: argument: has no value (write --set KEY=VALUE)"},
      {"=x", "--set :1:1: argument: \"\" is not the name of a key (write agent.name)"},
      {"name=x", "--set name:1:1: argument: \"name\" is not the name of a key (write agent.name)"},
      {"a b.c=x",
       "--set a b.c:1:1: argument: \"a b.c\" is not the name of a key (write "
       "agent.name)"},
      {"agent.name=\"\nx", "--set agent.name:1:1: agent.name: is fine"},
      {"agent]\nx.y=1",
       "--set agent]\nx.y:1:1: argument: \"agent]\\nx.y\" is not the name of a key (write "
       "agent.name)"},
      {"systemd.bus=x",
       "--set systemd.bus:1:1: systemd.bus: \"x\" is not a bus (write \"system\", \"user\" or "
       "\"unix:path=/PATH\")"},
      {"timeouts.x=1",
       "--set timeouts.x:1:1: timeouts: this section is not built yet in this version of hale "
       "(leave it out)"},
      {"agent.name=\xFF", "--set agent.name:1:1: argument: is not UTF-8"},
      {"agent.workers=2",
       "--set agent.workers:1:1: agent.workers: 2 workers: more than one is not "
       "built yet in this version of hale (write 1)"},
      {"include.x=1",
       "--set include.x:1:1: include: cannot be set on the command line (write it "
       "in the file)"},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.argument);
    ConfigWorld world;
    world.options.set = {std::string(test.argument)};
    const Lines problems = world.problems("[checks.web]\ntype = \"plain\"\n");
    if (test.problem.ends_with("is fine")) {
      EXPECT_EQ(problems, Lines{});
    } else {
      EXPECT_EQ(problems, Lines{std::string(test.problem)});
    }
  }
  ConfigWorld world;
  world.options.listen = {"host:80", "127.0.0.1:1"};
  world.options.profile = "full";
  EXPECT_EQ(
      world.problems(""),
      (Lines{"--profile:1:1: agent.profile: profile \"full\" is not built yet in this version "
             "of hale (write \"standard\")",
             "--listen:1:1: http.listen[0]: \"host:80\" is not an address to listen on "
             "(write \"127.0.0.1:4253\", \"[::1]:4253\" or \"unix:/run/hale/hale.sock\")"}));
}

TEST(LoadTest, ReadsOnlyTheAddressesForAClient) {
  ConfigWorld world;
  world.write(R"(
[http]
listen = ["127.0.0.1:99"]
[checks.a]
type = "nothing"
password = { file = "only root reads this" }
)");
  world.options.registry = nullptr;
  const auto addresses = load_listen(world.options);
  ASSERT_TRUE(addresses.has_value());
  ASSERT_EQ(addresses->size(), 1U);
  EXPECT_EQ(to_string(addresses->front()), "127.0.0.1:99");
  world.write("[http]\nlisten = [\"x\"]\n");
  EXPECT_FALSE(load_listen(world.options).has_value());
  world.write("[http\n");
  EXPECT_FALSE(load_listen(world.options).has_value());
}

TEST(LoadTest, TakesManyChecksWithoutSlowingDown) {
  constexpr int kChecks = 20'000;
  std::string tables;
  std::string each = "[checks.many]\ntype = \"probe\"\n[checks.many.each]\n";
  for (int i = 0; i < kChecks; ++i) {
    const std::string number = std::to_string(i);
    tables += "[checks.c" + number + "]\ntype = \"probe\"\nhost = \"h\"\n";
    each += "c" + number + " = { host = \"h\" }\n";
  }
  ConfigWorld world;
  EXPECT_EQ(world.must_load(tables + each).checks.size(), 2U * kChecks);
}

TEST(LoadTest, GivesOneProblemForOneMistakeThatManyChecksShare) {
  std::string text = "[templates.t]\ninterval = \"10x\"\n";
  for (int i = 0; i < 100; ++i) {
    text += "[checks.c" + std::to_string(i) + "]\ntype = \"plain\"\nuse = \"t\"\n";
  }
  ConfigWorld world;
  EXPECT_EQ(world.problems(text).size(), 1U);
}

}  // namespace
}  // namespace hale::config
