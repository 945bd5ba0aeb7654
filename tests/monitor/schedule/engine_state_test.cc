// Findings from runs to the board, and what an engine knows of the time before it.
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "monitor/passive.h"
#include "tests/support/engine_world.h"

namespace hale::testing {
namespace {

using namespace std::chrono_literals;
using monitor::CheckResult;
using monitor::EventKind;
using monitor::Finding;
using monitor::FindingList;
using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;
using monitor::Status;
using monitor::WallTime;

const monitor::CheckDescriptor& finding_descriptor() {
  static const monitor::CheckDescriptor kDescriptor = [] {
    monitor::CheckDescriptor descriptor = scripted_descriptor();
    descriptor.name = "finder";
    descriptor.findings = {{.name = "loop", .help = "Something goes round."}};
    return descriptor;
  }();
  return kDescriptor;
}

std::shared_ptr<monitor::CheckSettings> finder(const std::string& name) {
  auto settings = make_settings(name);
  settings->type = &finding_descriptor();
  return settings;
}

CheckResult with_finding() {
  CheckResult result = failing(Reason::kConflict);
  result.findings.push_back(
      {.kind = "loop", .key = "x", .message = "x goes round", .evidence = {}});
  return result;
}

// A world that begins with the state that another one has left.
class LaterWorld : public EngineWorld {
 public:
  explicit LaterWorld(const monitor::StateStore& state) {
    for (const auto& [name, section] : state.sections()) {
      for (const auto& [key, record] : section) {
        services.state.put(name, key, record);
      }
    }
  }
};

FindingList findings(EngineWorld& world) {
  return *world.view()->findings;
}

// "->open", "open->resolved".
std::vector<std::string> finding_events(const EngineWorld& world) {
  std::vector<std::string> texts;
  for (const monitor::Event& event : world.events) {
    if (event.kind == EventKind::kFinding) {
      texts.push_back(event.from + "->" + event.to);
    }
  }
  return texts;
}

using Texts = std::vector<std::string>;

TEST(EngineStateTest, ARunOpensAndResolvesFindings) {
  EngineWorld world;
  bool found = true;
  world.add(finder("a"), [&found](auto&) { return give(found ? with_finding() : passing()); });
  world.start();
  world.clock.run_for(3s);
  ASSERT_EQ(findings(world).size(), 1U);
  EXPECT_EQ(findings(world)[0].check, "a");
  EXPECT_EQ(findings(world)[0].finding.message, "x goes round");
  EXPECT_FALSE(findings(world)[0].resolved);
  EXPECT_EQ(finding_events(world), Texts{"->open"});
  found = false;
  world.clock.run_for(10s);
  ASSERT_EQ(findings(world).size(), 1U);
  EXPECT_TRUE(findings(world)[0].resolved);
  EXPECT_EQ(finding_events(world), (Texts{"->open", "open->resolved"}));
}

TEST(EngineStateTest, ARunThatCouldNotLookResolvesNothing) {
  EngineWorld world;
  int run = 0;
  world.add(finder("a"), [&run](monitor::RunContext& context) {
    switch (run++) {
      case 0:
        return give(with_finding());
      case 1:
        return hang(context);
      case 2:
        throw std::runtime_error("a bug");
      default: {
        CheckResult blind;
        blind.outcome = Outcome::unknown(Reason::kPermission, Phase::kQuery, "no right");
        return give(std::move(blind));
      }
    }
  });
  world.start();
  world.clock.run_for(60s);
  EXPECT_GE(run, 4);
  ASSERT_EQ(findings(world).size(), 1U);
  EXPECT_FALSE(findings(world)[0].resolved);
}

TEST(EngineStateTest, ATypeThatDeclaresNoFindingsHasNone) {
  EngineWorld world;
  world.add("a", [](auto&) { return give(with_finding()); });
  world.start();
  world.clock.run_for(3s);
  EXPECT_TRUE(findings(world).empty());
}

TEST(EngineStateTest, FindingsGoWithAPauseAndComeBackAfterIt) {
  EngineWorld world;
  world.add(finder("a"), [](auto&) { return give(with_finding()); });
  world.start();
  world.clock.run_for(3s);
  world.engine.pause("a", {}, [](const auto&) {});
  ASSERT_EQ(findings(world).size(), 1U);
  EXPECT_TRUE(findings(world)[0].resolved);
  EXPECT_EQ(world.events.back().message, "x goes round (the check is paused)");

  world.engine.run_now("a", [](const auto&) {});
  world.clock.run_for(1s);
  EXPECT_EQ(finding_events(world), (Texts{"->open", "open->resolved"}))
      << "a look on demand opens nothing while paused";

  world.engine.resume("a", [](const auto&) {});
  world.clock.run_for(1s);
  ASSERT_EQ(findings(world).size(), 2U);
  EXPECT_FALSE(findings(world)[0].resolved);
}

TEST(EngineStateTest, AFindingIsAsOldAfterARestart) {
  EngineWorld before;
  before.add(finder("a"), [](auto&) { return give(with_finding()); });
  before.start();
  before.clock.run_for(3s);
  const WallTime since = findings(before).at(0).since;

  LaterWorld after(before.services.state);
  after.clock.run_for(1h);
  after.add(finder("a"), [](auto&) { return give(with_finding()); });
  after.start();
  ASSERT_EQ(findings(after).size(), 1U) << "known before the first run";
  after.clock.run_for(10s);
  ASSERT_EQ(findings(after).size(), 1U);
  EXPECT_FALSE(findings(after)[0].resolved);
  EXPECT_LT(findings(after)[0].since - since, 1ms);
  EXPECT_EQ(finding_events(after), Texts{}) << "told before";
}

TEST(EngineStateTest, AFindingOfACheckThatIsGoneIsResolved) {
  EngineWorld before;
  before.add(finder("a"), [](auto&) { return give(with_finding()); });
  before.start();
  before.clock.run_for(3s);

  LaterWorld after(before.services.state);
  after.add(finder("b"), [](auto&) { return give(passing()); });
  after.start();
  ASSERT_EQ(findings(after).size(), 1U);
  EXPECT_TRUE(findings(after)[0].resolved);
  EXPECT_EQ(finding_events(after), Texts{"open->resolved"});
}

TEST(EngineStateTest, APauseSurvivesARestartAndEndsWhenItWasToEnd) {
  EngineWorld before;
  before.add("a", [](auto&) { return give(passing()); });
  before.add("b", [](auto&) { return give(passing()); });
  before.add("c", [](auto&) { return give(passing()); });
  before.start();
  before.engine.pause("a", {.duration = 1h, .reason = "a release", .by = "ann"},
                      [](const auto&) {});
  before.engine.pause("b", {.duration = 1min, .reason = "", .by = ""}, [](const auto&) {});
  before.engine.pause("c", {}, [](const auto&) {});
  const WallTime since = before.check("a")->pause->since;

  LaterWorld after(before.services.state);
  after.clock.run_for(30min);
  int runs = 0;
  after.add("a", [&runs](auto&) {
    ++runs;
    return give(passing());
  });
  after.add("b", [](auto&) { return give(passing()); });
  after.add("c", [](auto&) { return give(passing()); });
  after.start();
  const auto a = after.check("a");
  ASSERT_EQ(a->status, Status::kPaused);
  EXPECT_EQ(a->pause->reason, "a release");
  EXPECT_EQ(a->pause->by, "ann");
  EXPECT_LT(since - a->pause->since, 1ms);
  EXPECT_LT(since + 1h - *a->pause->until, 1ms);
  EXPECT_EQ(after.check("b")->status, Status::kPending) << "it has ended meanwhile";
  EXPECT_EQ(after.check("c")->status, Status::kPaused);
  EXPECT_FALSE(after.check("c")->pause->until);

  after.clock.run_for(29min);
  EXPECT_EQ(runs, 0);
  after.clock.run_for(2min);
  EXPECT_GT(runs, 0);
  EXPECT_EQ(after.check("a")->status, Status::kHealthy);
  EXPECT_EQ(after.check("c")->status, Status::kPaused);

  LaterWorld last(after.services.state);
  last.add("a", [](auto&) { return give(passing()); });
  last.start();
  EXPECT_EQ(last.check("a")->status, Status::kPending);
  EXPECT_TRUE(last.services.state.section("pauses").empty()) << "c is not there any more";
}

TEST(EngineStateTest, AResumeIsRememberedToo) {
  EngineWorld before;
  before.add("a", [](auto&) { return give(passing()); });
  before.start();
  before.engine.pause("a", {}, [](const auto&) {});
  EXPECT_EQ(before.services.state.section("pauses").size(), 1U);
  before.engine.resume("a", [](const auto&) {});
  EXPECT_TRUE(before.services.state.section("pauses").empty());
}

TEST(EngineStateTest, DoesNotTrustThePausesThatItReads) {
  EngineWorld world;
  world.services.state.put("pauses", "a", {"yesterday", "", "", ""});
  world.services.state.put("pauses", "b", {"1", "never", "", ""});
  world.services.state.put("pauses", "c", {"1"});
  world.services.state.put("pauses", "d", {});
  for (const char* name : {"a", "b", "c", "d"}) {
    world.add(name, [](auto&) { return give(passing()); });
  }
  world.start();
  for (const char* name : {"a", "b", "c", "d"}) {
    EXPECT_EQ(world.check(name)->status, Status::kPending) << name;
  }
  EXPECT_TRUE(world.services.state.section("pauses").empty());
}

// Knows one word, and that it was restored.
class Reported final : public monitor::Check, public monitor::Passive {
 public:
  explicit Reported(std::string word) : word_(std::move(word)) {}
  Passive* passive() override { return this; }
  monitor::Task<CheckResult> run(monitor::RunContext&) override { return give(passing()); }
  bool admits(std::string_view) const override { return true; }
  void begin(const monitor::Moment& now, const monitor::CheckSettings&) override { begun_ = now; }
  std::optional<monitor::PassiveRun> report(monitor::Report report,
                                            const monitor::Moment& now) override {
    monitor::PassiveRun run;
    run.started = now.wall;
    run.duration = report.duration;
    run.result.outcome = Outcome::fail(Reason::kStatus, Phase::kNone, report.message);
    return run;
  }
  monitor::Moment expected(const monitor::Moment&) const override {
    return begun_.at(begun_.time + 24h);
  }
  std::optional<monitor::PassiveRun> overdue(const monitor::Moment&) override { return {}; }
  bool keeps_interval() const override { return true; }
  monitor::StateRecord state() const override { return {word_}; }
  void restore(const monitor::StateRecord& record, const monitor::Moment&) override {
    EXPECT_EQ(record, monitor::StateRecord{word_});
    restored = true;
  }

  bool restored = false;

 private:
  std::string word_;
  monitor::Moment begun_;
};

Reported* add_reported(EngineWorld& world, const std::string& name, monitor::Duration interval) {
  auto settings = make_settings(name);
  settings->interval = interval;
  settings->fall = settings->rise = {.count = 1, .of = 1};
  auto check = std::make_unique<Reported>("word of " + name);
  Reported* added = check.get();
  world.engine.add({.settings = settings, .parameters = {}, .check = std::move(check)});
  return added;
}

TEST(EngineStateTest, WhatWasReportedIsKnownAfterARestartWhereReportsAreSeldom) {
  EngineWorld before;
  add_reported(before, "often", 1min);
  add_reported(before, "seldom", 24h);
  before.start();
  before.clock.run_for(1s);
  monitor::Report report;
  report.message = "disk full";
  report.duration = 90s;
  for (const char* name : {"often", "seldom"}) {
    before.engine.report(name, "", report, [](const auto&) {});
  }
  before.clock.run_for(1s);
  const auto told = before.check("seldom")->last;

  LaterWorld after(before.services.state);
  after.clock.run_for(1h);
  const Reported* often = add_reported(after, "often", 1min);
  const Reported* seldom = add_reported(after, "seldom", 24h);
  after.start();
  EXPECT_FALSE(often->restored);
  EXPECT_TRUE(seldom->restored);
  EXPECT_EQ(after.check("often")->status, Status::kPending);
  const auto check = after.check("seldom");
  EXPECT_EQ(check->status, Status::kUnhealthy);
  ASSERT_NE(check->last, nullptr);
  EXPECT_EQ(check->last->outcome.message, "disk full");
  EXPECT_EQ(check->last->outcome.reason, Reason::kStatus);
  EXPECT_EQ(check->last->duration, 90s);
  EXPECT_LT(told->time - check->last->time, 1ms);
}

TEST(EngineStateTest, DoesNotTrustTheReportsThatItReads) {
  const std::string word = "word of a";
  for (const monitor::StateRecord& record :
       {monitor::StateRecord{"1", "pass", "timeout", "", "", word},
        {"1", "good", "", "", "", word},
        {"x", "pass", "", "", "", word},
        {"9999999999999", "pass", "", "", "", word}}) {
    EngineWorld later;
    later.services.state.put("reports", "a", record);
    later.services.state.put("reports", "b", {"1", "pass", "", "", "", ""});
    later.services.state.put("reports", "c", {"1"});
    add_reported(later, "a", 24h);
    later.add("b", [](auto&) { return give(passing()); });
    later.start();
    EXPECT_EQ(later.check("a")->status, Status::kPending);
    EXPECT_EQ(later.services.state.section("reports").size(), 1U);
  }
}

TEST(EngineStateTest, APartOfTheAgentMayFailAndComeBack) {
  EngineWorld world;
  world.add("a", [](auto&) { return give(passing()); });
  world.engine.set_component("state", "on");
  world.start();
  const auto component = [&world] {
    for (const auto& [name, state] : world.view()->agent->components) {
      if (name == "state") {
        return state;
      }
    }
    return std::string();
  };
  EXPECT_EQ(component(), "on");
  world.engine.set_component("state", "failed");
  world.engine.tell("state_failed", "the disk is full");
  EXPECT_EQ(component(), "failed");
  EXPECT_EQ(world.events.back().kind, EventKind::kAgent);
  EXPECT_EQ(world.events.back().to, "state_failed");
  EXPECT_EQ(world.events.back().message, "the disk is full");
  world.engine.set_component("state", "on");
  EXPECT_EQ(component(), "on");
}

}  // namespace
}  // namespace hale::testing
