#include "monitor/health/limits.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace hale::monitor {
namespace {

const MeasurementDescriptor kFree = {.name = "free",
                                     .metric = "disk_free_bytes",
                                     .unit = Unit::kBytes,
                                     .bad = Bad::kLow,
                                     .has_total = true,
                                     .help = "Free."};
const MeasurementDescriptor kDepth = {
    .name = "depth", .metric = "depth", .unit = Unit::kNone, .help = "Depth."};

Limit limit(const MeasurementDescriptor& measurement, Comparison comparison, double value,
            Result severity) {
  Limit limit;
  limit.measurement = &measurement;
  limit.comparison = comparison;
  limit.value = value;
  limit.severity = severity;
  return limit;
}

Measurement depth(double value) {
  return {.name = "depth", .value = value};
}

Outcome judged(const std::vector<Limit>& limits, const std::vector<Measurement>& measurements,
               Outcome outcome = Outcome::pass("fine")) {
  apply_limits(limits, measurements, outcome);
  return outcome;
}

TEST(LimitsTest, TriggersExactlyWhereTheComparisonHolds) {
  struct Case {
    Comparison comparison;
    bool below;
    bool equal;
    bool above;
    const char* word;
  };
  const Case cases[] = {
      {Comparison::kLess, true, false, false, "<"},
      {Comparison::kLessEqual, true, true, false, "<="},
      {Comparison::kGreater, false, false, true, ">"},
      {Comparison::kGreaterEqual, false, true, true, ">="},
      {Comparison::kEqual, false, true, false, "=="},
      {Comparison::kNotEqual, true, false, true, "!="},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.word);
    EXPECT_EQ(to_string(c.comparison), c.word);
    const std::vector<Limit> limits = {limit(kDepth, c.comparison, 10, Result::kFail)};
    EXPECT_EQ(judged(limits, {depth(9)}).result == Result::kFail, c.below);
    EXPECT_EQ(judged(limits, {depth(10)}).result == Result::kFail, c.equal);
    EXPECT_EQ(judged(limits, {depth(11)}).result == Result::kFail, c.above);
  }
}

TEST(LimitsTest, ABreachIsByThresholdInThePhaseEvaluateAndSaysWhatBrokeWhat) {
  const std::vector<Limit> limits = {limit(kDepth, Comparison::kGreaterEqual, 10, Result::kWarn)};
  const Outcome outcome = judged(limits, {depth(12)});
  EXPECT_EQ(outcome.result, Result::kWarn);
  EXPECT_EQ(outcome.reason, Reason::kThreshold);
  EXPECT_EQ(outcome.phase, Phase::kEvaluate);
  EXPECT_EQ(outcome.message, "depth 12 is 10 or more");
}

TEST(LimitsTest, AShareIsAShareOfTheTotalAndSaysNothingWithoutOne) {
  Limit share = limit(kFree, Comparison::kLess, 0.1, Result::kFail);
  share.share = true;
  Measurement free = {.name = "free", .value = 4.0 * 1024 * 1024 * 1024};
  EXPECT_EQ(judged({share}, {free}).result, Result::kPass);
  free.total = 0;
  EXPECT_EQ(judged({share}, {free}).result, Result::kPass);
  free.total = 64.0 * 1024 * 1024 * 1024;
  const Outcome outcome = judged({share}, {free});
  EXPECT_EQ(outcome.result, Result::kFail);
  EXPECT_EQ(outcome.message, "free 4.0 GiB (6.2 %) is below 10.0 %");
  free.total = 40.0 * 1024 * 1024 * 1024;
  EXPECT_EQ(judged({share}, {free}).result, Result::kPass) << "10 % is not below 10 %";
}

TEST(LimitsTest, TheWorstBreachCountsWhateverTheOrder) {
  const Limit warn = limit(kDepth, Comparison::kGreaterEqual, 10, Result::kWarn);
  const Limit fail = limit(kDepth, Comparison::kGreaterEqual, 20, Result::kFail);
  for (const auto& limits : {std::vector<Limit>{warn, fail}, std::vector<Limit>{fail, warn}}) {
    EXPECT_EQ(judged(limits, {depth(5)}).result, Result::kPass);
    EXPECT_EQ(judged(limits, {depth(15)}).message, "depth 15 is 10 or more");
    EXPECT_EQ(judged(limits, {depth(25)}).message, "depth 25 is 20 or more");
    EXPECT_EQ(judged(limits, {depth(15), depth(25)}).result, Result::kFail);
  }
}

TEST(LimitsTest, LeavesAloneWhatIsAsBadAlreadyAndWhatWasNotSeen) {
  const std::vector<Limit> limits = {limit(kDepth, Comparison::kGreaterEqual, 10, Result::kWarn),
                                     limit(kDepth, Comparison::kGreaterEqual, 20, Result::kFail)};
  const Outcome failed = Outcome::fail(Reason::kRefused, Phase::kConnect, "no");
  EXPECT_EQ(judged(limits, {depth(30)}, failed).reason, Reason::kRefused);
  const Outcome blind = Outcome::unknown(Reason::kPermission, Phase::kRun, "may not");
  EXPECT_EQ(judged(limits, {depth(30)}, blind).result, Result::kUnknown);
  const Outcome warned = Outcome::warn(Reason::kStatus, Phase::kRun, "hm");
  EXPECT_EQ(judged(limits, {depth(15)}, warned).reason, Reason::kStatus);
  EXPECT_EQ(judged(limits, {depth(30)}, warned).reason, Reason::kThreshold);
}

TEST(LimitsTest, ALimitOnAMeasurementThatWasNotTakenHoldsStill) {
  const std::vector<Limit> limits = {limit(kFree, Comparison::kLess, 10, Result::kFail)};
  EXPECT_EQ(judged(limits, {depth(1)}).result, Result::kPass);
  EXPECT_EQ(judged(limits, {}).message, "fine");
}

TEST(LimitsTest, AnItemWithLimitsOfItsOwnHasThoseAndNoOthers) {
  LimitSet set;
  set.check = {limit(kDepth, Comparison::kGreaterEqual, 10, Result::kWarn)};
  set.items["/scratch"] = {limit(kDepth, Comparison::kGreaterEqual, 99, Result::kFail)};
  EXPECT_EQ(set.for_item("/"), set.check);
  EXPECT_EQ(set.for_item("/scratch"), set.items["/scratch"]);
}

}  // namespace
}  // namespace hale::monitor
