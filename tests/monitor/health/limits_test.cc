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

const MeasurementDescriptor kOpen = {
    .name = "perfdata", .metric = "perfdata", .open = true, .help = "Any."};

Limit open_limit(std::string name, Comparison comparison, double value, Unit unit,
                 Result severity) {
  Limit limit;
  limit.measurement = &kOpen;
  limit.open_name = std::move(name);
  limit.open_unit = unit;
  limit.comparison = comparison;
  limit.value = value;
  limit.severity = severity;
  return limit;
}

Measurement open_measurement(std::string name, double value, OpenMeasurement open) {
  return {.name = std::move(name), .value = value, .open = open};
}

TEST(OpenLimitsTest, CompareBareNumbersInTheSourcesUnitAndOthersInTheirOwn) {
  const std::vector<Measurement> measured = {
      open_measurement("users", 120, {}),
      open_measurement("time", 0.25, {.unit = Unit::kSeconds, .scale = 0.001}),
      open_measurement("load", 0.85, {.unit = Unit::kRatio, .scale = 0.01})};
  const auto result = [&](const Limit& limit) { return judged({limit}, measured); };
  const Comparison at_least = Comparison::kGreaterEqual;
  EXPECT_EQ(result(open_limit("users", at_least, 120, Unit::kNone, Result::kFail)).message,
            "users 120 is 120 or more: fine");
  EXPECT_EQ(result(open_limit("time", at_least, 250, Unit::kNone, Result::kWarn)).message,
            "time 250 ms is 250 ms or more: fine");
  EXPECT_EQ(result(open_limit("time", at_least, 251, Unit::kNone, Result::kWarn)).result,
            Result::kPass);
  EXPECT_EQ(result(open_limit("time", at_least, 0.2, Unit::kSeconds, Result::kFail)).message,
            "time 250 ms is 200 ms or more: fine");
  EXPECT_EQ(result(open_limit("load", at_least, 85, Unit::kNone, Result::kFail)).result,
            Result::kFail);
  Limit share = open_limit("load", at_least, 0.8, Unit::kNone, Result::kFail);
  share.share = true;
  EXPECT_EQ(result(share).message, "load 85.0 % is 80.0 % or more: fine");
}

TEST(OpenLimitsTest, TheSourcesOwnHoldUnlessTheUserHasAnother) {
  const OpenMeasurement ranges = {.warn = Range{.low = 0, .high = 10},
                                  .fail = Range{.low = 0, .high = 20}};
  const auto users = [&](double value) {
    return std::vector<Measurement>{open_measurement("users", value, ranges)};
  };
  EXPECT_EQ(judged({}, users(10)).result, Result::kPass);
  EXPECT_EQ(judged({}, users(11)).result, Result::kWarn);
  EXPECT_EQ(judged({}, users(11)).message, "users 11 is above 10: fine");
  EXPECT_EQ(judged({}, users(21)).result, Result::kFail);
  EXPECT_EQ(judged({}, users(-1)).message, "users -1 is below 0: fine");

  Limit off = open_limit("users", Comparison::kGreaterEqual, 0, Unit::kNone, Result::kFail);
  off.off = true;
  EXPECT_EQ(judged({off}, users(21)).result, Result::kWarn) << "the other severity stays";
  const Limit own = open_limit("users", Comparison::kGreaterEqual, 100, Unit::kNone, Result::kWarn);
  EXPECT_EQ(judged({off, own}, users(99)).result, Result::kPass);
  EXPECT_EQ(judged({off, own}, users(100)).result, Result::kWarn);
}

TEST(OpenLimitsTest, DoNotTouchADeclaredMeasurementOfTheSameName) {
  const std::vector<Limit> limits = {limit(kDepth, Comparison::kGreaterEqual, 1, Result::kFail)};
  EXPECT_EQ(judged(limits, {open_measurement("depth", 5, {})}).result, Result::kPass);
}

CheckResult passed(std::vector<Measurement> measurements) {
  CheckResult result;
  result.outcome = Outcome::pass("fine");
  result.measurements = std::move(measurements);
  return result;
}

LimitSet asked_for(Limit limit) {
  limit.asked_for = true;
  return {.check = {std::move(limit)}, .items = {}};
}

TEST(RequiredMeasurementsTest, AnOpenOneThatWatchesNothingIsUnknown) {
  const Limit users = open_limit("usres", Comparison::kGreaterEqual, 1, Unit::kNone, Result::kFail);
  LimitSet limits = asked_for(users);
  CheckResult result = passed({open_measurement("users", 5, {})});
  require_measurements(limits, result);
  EXPECT_EQ(result.outcome.result, Result::kUnknown);
  EXPECT_EQ(result.outcome.reason, Reason::kMissing);
  EXPECT_EQ(result.outcome.message, "\"usres\" has a limit and was not reported");

  limits.check[0].off = true;
  result = passed({});
  require_measurements(limits, result);
  EXPECT_EQ(result.outcome.result, Result::kPass) << "one that is off needs nothing";
}

TEST(RequiredMeasurementsTest, OnlyWhatAUserAskedForMustBeThere) {
  const Limit deep = limit(kDepth, Comparison::kGreaterEqual, 10, Result::kFail);
  CheckResult result = passed({});
  require_measurements({.check = {deep}, .items = {}}, result);
  EXPECT_EQ(result.outcome.result, Result::kPass) << "the type's own limit";
  require_measurements(asked_for(deep), result);
  EXPECT_EQ(result.outcome.message, "\"depth\" has a limit and was not reported");

  result = passed({depth(3)});
  require_measurements(asked_for(deep), result);
  EXPECT_EQ(result.outcome.result, Result::kPass);

  result = passed({});
  require_measurements(
      asked_for(limit(duration_measurement(), Comparison::kGreaterEqual, 10, Result::kFail)),
      result);
  EXPECT_EQ(result.outcome.result, Result::kPass) << "the engine takes it later";

  result.outcome = Outcome::fail(Reason::kRefused, Phase::kConnect, "refused");
  require_measurements(asked_for(deep), result);
  EXPECT_EQ(result.outcome.reason, Reason::kRefused) << "a run that failed says why by itself";
}

TEST(RequiredMeasurementsTest, OneItemMustHaveALimitOfTheCheckAndAnItemItsOwn) {
  LimitSet limits = asked_for(limit(kDepth, Comparison::kGreaterEqual, 10, Result::kFail));
  CheckResult result = passed({});
  result.items.resize(2);
  result.items[0] = {.name = "a", .outcome = Outcome::pass("fine"), .measurements = {depth(1)}};
  result.items[1] = {.name = "b", .outcome = Outcome::pass("fine"), .measurements = {}};
  require_measurements(limits, result);
  EXPECT_EQ(result.outcome.result, Result::kPass);
  EXPECT_EQ(result.items[1].outcome.result, Result::kPass);

  limits.items["b"] = limits.check;
  require_measurements(limits, result);
  EXPECT_EQ(result.outcome.result, Result::kPass);
  EXPECT_EQ(result.items[0].outcome.result, Result::kPass);
  EXPECT_EQ(result.items[1].outcome.message, "\"depth\" has a limit and was not reported");
}

TEST(RangeTest, AlarmsOutsideOrInside) {
  EXPECT_FALSE((Range{.low = 0, .high = 10}).alarms(0));
  EXPECT_FALSE((Range{.low = 0, .high = 10}).alarms(10));
  EXPECT_TRUE((Range{.low = 0, .high = 10}).alarms(10.5));
  EXPECT_TRUE((Range{.low = 0, .high = 10, .inside = true}).alarms(10));
  EXPECT_FALSE((Range{.low = 0, .high = 10, .inside = true}).alarms(11));
  EXPECT_FALSE(Range{}.alarms(1e300));
}

}  // namespace
}  // namespace hale::monitor
