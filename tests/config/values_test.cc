#include "config/values.h"

#include <gtest/gtest.h>

#include "monitor/check_settings.h"

namespace hale::config {
namespace {

using monitor::Bad;
using monitor::Comparison;
using monitor::MeasurementDescriptor;
using monitor::Result;
using monitor::Unit;

constexpr MeasurementDescriptor measurement(std::string_view name, Unit unit, Bad bad,
                                            bool has_total) {
  return {
      .name = name, .metric = name, .unit = unit, .bad = bad, .has_total = has_total, .help = ""};
}

constexpr MeasurementDescriptor kFree = measurement("free", Unit::kBytes, Bad::kLow, true);
constexpr MeasurementDescriptor kSent = measurement("sent", Unit::kBytes, Bad::kHigh, false);
constexpr MeasurementDescriptor kAge = measurement("age", Unit::kSeconds, Bad::kHigh, false);
constexpr MeasurementDescriptor kBusy = measurement("busy", Unit::kRatio, Bad::kHigh, false);
constexpr MeasurementDescriptor kUsers = measurement("users", Unit::kNone, Bad::kHigh, false);
constexpr MeasurementDescriptor kSlots = measurement("slots", Unit::kNone, Bad::kLow, true);

// Null where the text is no limit, or "off".
const monitor::Limit* get(const Parsed<LimitValue>& parsed) {
  if (!parsed) {
    return nullptr;
  }
  const std::optional<monitor::Limit>& limit = parsed->limit;
  return limit ? &*limit : nullptr;
}

TEST(ThresholdTest, IsANumberOrSomeOfTheLast) {
  EXPECT_EQ(parse_threshold("3"), (monitor::Threshold{.count = 3, .of = 3}));
  EXPECT_EQ(parse_threshold("3/5"), (monitor::Threshold{.count = 3, .of = 5}));
  EXPECT_EQ(parse_threshold("64"), (monitor::Threshold{.count = 64, .of = 64}));
  EXPECT_EQ(to_text(monitor::Threshold{.count = 3, .of = 3}), "3");
  EXPECT_EQ(to_text(monitor::Threshold{.count = 3, .of = 5}), "3/5");
  for (const std::string_view text :
       {"", "0", "-1", "65", "5/3", "1/65", "3/", "/3", "3/5/7", "a"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(parse_threshold(text).has_value());
  }
}

TEST(LimitTest, FollowsTheBadDirectionUnlessAnOperatorStandsFirst) {
  const struct {
    const MeasurementDescriptor& measurement;
    std::string_view text;
    Comparison comparison;
    double value;
    bool share;
  } kCases[] = {
      {kFree, "20GiB", Comparison::kLess, 21474836480.0, false},
      {kFree, "10%", Comparison::kLess, 0.1, true},
      {kFree, "> 90%", Comparison::kGreater, 0.9, true},
      {kFree, "<= 1kB", Comparison::kLessEqual, 1000, false},
      {kFree, "0", Comparison::kLess, 0, false},
      {kSent, "1MB", Comparison::kGreaterEqual, 1e6, false},
      {kAge, "800ms", Comparison::kGreaterEqual, 0.8, false},
      {kAge, "< 3d", Comparison::kLess, 259200, false},
      {kBusy, "90%", Comparison::kGreaterEqual, 0.9, false},
      {kBusy, "0.5", Comparison::kGreaterEqual, 0.5, false},
      {kBusy, "250%", Comparison::kGreaterEqual, 2.5, false},
      {kUsers, "100", Comparison::kGreaterEqual, 100, false},
      {kUsers, ">=100", Comparison::kGreaterEqual, 100, false},
      {kUsers, "== -1.5", Comparison::kEqual, -1.5, false},
      {kUsers, "!= 0", Comparison::kNotEqual, 0, false},
      {kUsers, "1e6", Comparison::kGreaterEqual, 1e6, false},
      {kUsers, "true", Comparison::kEqual, 1, false},
      {kUsers, "false", Comparison::kEqual, 0, false},
      {kSlots, "5", Comparison::kLess, 5, false},
      {kSlots, "10%", Comparison::kLess, 0.1, true},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(std::string(test.measurement.name) + " " + std::string(test.text));
    const auto limit = parse_limit(test.text, test.measurement, Result::kFail);
    ASSERT_NE(get(limit), nullptr);
    EXPECT_EQ(get(limit)->measurement, &test.measurement);
    EXPECT_EQ(get(limit)->comparison, test.comparison);
    EXPECT_DOUBLE_EQ(get(limit)->value, test.value);
    EXPECT_EQ(get(limit)->share, test.share);
    EXPECT_EQ(get(limit)->severity, Result::kFail);
  }
}

TEST(LimitTest, CanBeSwitchedOff) {
  const auto limit = parse_limit("off", kFree, Result::kWarn);
  ASSERT_TRUE(limit.has_value());
  EXPECT_FALSE(limit->limit.has_value());
}

TEST(LimitTest, OfAnOpenMeasurementTakesAnyUnit) {
  const MeasurementDescriptor open = {
      .name = "perfdata", .metric = "perfdata", .open = true, .help = ""};
  const struct {
    std::string_view text;
    double value;
    Unit unit;
    bool share;
    std::string_view written;
  } kCases[] = {
      {"100", 100, Unit::kNone, false, ">= 100"},
      {"< -5", -5, Unit::kNone, false, "< -5"},
      {"2s", 2, Unit::kSeconds, false, ">= 2s"},
      {"0", 0, Unit::kNone, false, ">= 0"},
      {"20GiB", 21474836480.0, Unit::kBytes, false, ">= 20GiB"},
      {"> 90%", 0.9, Unit::kNone, true, "> 90%"},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.text);
    const auto limit = parse_limit(test.text, open, Result::kFail);
    ASSERT_NE(get(limit), nullptr);
    EXPECT_DOUBLE_EQ(get(limit)->value, test.value);
    EXPECT_EQ(get(limit)->open_unit, test.unit);
    EXPECT_EQ(get(limit)->share, test.share);
    EXPECT_EQ(to_text(*get(limit)), test.written);
  }
  const auto off = parse_limit("off", open, Result::kWarn);
  ASSERT_NE(get(off), nullptr) << "it silences what the source brings along";
  EXPECT_TRUE(get(off)->off);
  EXPECT_EQ(to_text(*get(off)), "off");
  EXPECT_FALSE(parse_limit("many", open, Result::kWarn).has_value());
}

TEST(LimitTest, RefusesUnitsThatTheMeasurementDoesNotHave) {
  const struct {
    const MeasurementDescriptor& measurement;
    std::string_view text;
  } kCases[] = {
      {kFree, "20"},   {kFree, "2s"},     {kFree, "110%"},  {kFree, "true"},    {kFree, ""},
      {kSent, "10%"},  {kAge, "3"},       {kAge, "10%"},    {kAge, "20GiB"},    {kBusy, "50"},
      {kBusy, "-1"},   {kUsers, "10%"},   {kUsers, "10GB"}, {kUsers, "nan"},    {kUsers, "inf"},
      {kUsers, ">="},  {kUsers, "=> 5"},  {kUsers, "= 5"},  {kUsers, "> true"}, {kUsers, "5 5"},
      {kUsers, "OFF"}, {kUsers, "> off"}, {kSlots, "101%"},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(std::string(test.measurement.name) + " " + std::string(test.text));
    EXPECT_FALSE(parse_limit(test.text, test.measurement, Result::kWarn).has_value());
  }
}

TEST(LimitTest, IsWrittenSoThatItReadsBackExactly) {
  const struct {
    const MeasurementDescriptor& measurement;
    std::string_view text;
    std::string_view written;
  } kCases[] = {
      {kFree, "20GiB", "< 20GiB"}, {kFree, "1500MB", "< 1500MB"}, {kFree, "1023B", "< 1023B"},
      {kFree, "10%", "< 10%"},     {kFree, "33.3%", "< 33.3%"},   {kFree, "100%", "< 100%"},
      {kFree, "0.07%", "< 0.07%"}, {kFree, "0", "< 0B"},          {kAge, "800ms", ">= 800ms"},
      {kAge, "3d", ">= 3d"},       {kAge, "1.1s", ">= 1s100ms"},  {kBusy, "0.29", ">= 29%"},
      {kUsers, "> 0.1", "> 0.1"},  {kUsers, "1e21", ">= 1e+21"},  {kUsers, "true", "== 1"},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.text);
    const auto limit = parse_limit(test.text, test.measurement, Result::kWarn);
    ASSERT_NE(get(limit), nullptr);
    EXPECT_EQ(to_text(*get(limit)), test.written);
    const auto again = parse_limit(to_text(*get(limit)), test.measurement, Result::kWarn);
    ASSERT_NE(get(again), nullptr);
    EXPECT_EQ(*get(again), *get(limit));
  }
}

TEST(LimitTest, ReadsBackForEveryTenthOfAPercent) {
  for (int tenth = 0; tenth <= 1000; ++tenth) {
    const std::string text = std::to_string(tenth / 10) + "." + std::to_string(tenth % 10) + "%";
    SCOPED_TRACE(text);
    const auto limit = parse_limit(text, kFree, Result::kWarn);
    ASSERT_NE(get(limit), nullptr);
    const auto again = parse_limit(to_text(*get(limit)), kFree, Result::kWarn);
    ASSERT_NE(get(again), nullptr);
    EXPECT_EQ(*get(again), *get(limit));
  }
}

}  // namespace
}  // namespace hale::config
