// Five deliberate bugs in the scheduler and the engine: the simulation must find each, by the rule
// that it breaks. A simulation that finds nothing would pass just as well if it looked at nothing.
#include "monitor/schedule/planted_bug.h"

#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "tests/sim/world.h"

namespace hale::sim {
namespace {

using monitor::PlantedBug;

class Planted {
 public:
  explicit Planted(PlantedBug bug) { monitor::the_planted_bug = bug; }
  ~Planted() { monitor::the_planted_bug = PlantedBug::kNone; }
  Planted(const Planted&) = delete;
  Planted& operator=(const Planted&) = delete;
};

constexpr std::uint64_t kSeeds = 20;

// How many of the seeds broke which rule first.
std::map<Rule, int> rules_broken_by(PlantedBug bug) {
  const Planted planted(bug);
  std::map<Rule, int> broken;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const SeedReport seen = run_seed(seed);
    if (seen.violation) {
      ++broken[seen.violation->rule];
    }
  }
  return broken;
}

// One of `rules` is the first that is broken, in some seed at least.
void expect_caught(PlantedBug bug, const std::set<Rule>& rules) {
  std::map<Rule, int> broken = rules_broken_by(bug);
  std::string text;
  for (const auto& [other, count] : broken) {
    text += std::string(to_string(other)) + ": " + std::to_string(count) + "; ";
  }
  SCOPED_TRACE(text);
  int caught = 0;
  for (const Rule rule : rules) {
    caught += broken[rule];
  }
  EXPECT_GT(caught, 0);
  ::testing::Test::RecordProperty("broken", text);
}

TEST(PlantedBugTest, WithoutABugNoRuleIsBroken) {
  EXPECT_TRUE(rules_broken_by(PlantedBug::kNone).empty());
}

TEST(PlantedBugTest, ARunWithoutADeadlineIsCaught) {
  expect_caught(PlantedBug::kNoDeadline, {Rule::kDeadline});
}

TEST(PlantedBugTest, TwoRunsInFlightAreCaught) {
  expect_caught(PlantedBug::kTwoInFlight, {Rule::kOneRunAtATime});
}

TEST(PlantedBugTest, CatchingUpIsCaught) {
  // A tick that was missed is run later, when none is due.
  expect_caught(PlantedBug::kCatchUp, {Rule::kNoCatchUp, Rule::kOnTheGrid});
}

TEST(PlantedBugTest, DriftIsCaught) {
  expect_caught(PlantedBug::kDrift, {Rule::kOnTheGrid});
}

TEST(PlantedBugTest, ASkipThatIsNotCountedIsCaught) {
  expect_caught(PlantedBug::kUncountedSkip, {Rule::kSkipsCounted});
}

}  // namespace
}  // namespace hale::sim
