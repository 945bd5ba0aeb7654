// What every check type owes to those who configure it and to those who read its metrics.
#include "checks/builtin_checks.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "monitor/check.h"

namespace hale::checks {
namespace {

using monitor::CheckDescriptor;
using monitor::CheckRegistry;
using monitor::DefaultLimit;
using monitor::KeyDescriptor;
using monitor::KeyType;
using monitor::MeasurementDescriptor;
using monitor::ParameterValue;
using monitor::Result;
using monitor::Unit;

CheckRegistry builtin() {
  CheckRegistry registry;
  register_builtin_checks(registry);
  return registry;
}

bool is_word(std::string_view name) {
  return !name.empty() &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

// One or more sentences on one line.
void expect_sentence(std::string_view text) {
  EXPECT_GE(text.size(), 8U);
  EXPECT_TRUE(text.ends_with('.')) << text;
  EXPECT_FALSE(text.contains('\n')) << text;
}

bool holds(const ParameterValue& value, const KeyDescriptor& key) {
  switch (key.type) {
    case KeyType::kBoolean:
      return std::holds_alternative<bool>(value);
    case KeyType::kInteger:
    case KeyType::kSize:
      return std::holds_alternative<std::int64_t>(value);
    case KeyType::kDuration:
      return std::holds_alternative<monitor::Duration>(value);
    case KeyType::kString:
      return key.secret ? std::holds_alternative<monitor::Secret>(value)
                        : std::holds_alternative<std::string>(value);
    case KeyType::kPath:
      return std::holds_alternative<std::string>(value);
    case KeyType::kChoice:
      return std::holds_alternative<std::string>(value) &&
             std::ranges::count(key.choices, std::get<std::string>(value)) == 1;
    case KeyType::kStringList:
      return key.secret ? std::holds_alternative<monitor::TextList>(value)
                        : std::holds_alternative<std::vector<std::string>>(value);
    case KeyType::kMap:
      return std::holds_alternative<monitor::TextMap>(value);
    case KeyType::kTable:
    case KeyType::kTableList:
      return std::holds_alternative<std::vector<monitor::Parameters>>(value);
  }
  return false;
}

bool is_nested(const KeyDescriptor& key) {
  return key.type == KeyType::kTable || key.type == KeyType::kTableList;
}

void expect_explained(const std::vector<KeyDescriptor>& keys, const std::string& where) {
  std::set<std::string_view> names;
  for (const KeyDescriptor& key : keys) {
    const std::string path = where + "." + std::string(key.name);
    SCOPED_TRACE(path);
    EXPECT_TRUE(is_word(key.name));
    EXPECT_TRUE(names.insert(key.name).second) << "declared twice";
    expect_sentence(key.help);
    EXPECT_FALSE(key.required && key.default_value.has_value());
    if (key.default_value) {
      EXPECT_TRUE(holds(*key.default_value, key));
    }
    EXPECT_TRUE(!(key.minimum || key.maximum) || key.type == KeyType::kInteger ||
                key.type == KeyType::kSize);
    EXPECT_EQ(key.choices.empty(), key.type != KeyType::kChoice);
    EXPECT_EQ(key.keys.empty(), !is_nested(key));
    expect_explained(key.keys, path);
  }
}

TEST(BuiltinChecksTest, SayWhatTheyAre) {
  const CheckRegistry registry = builtin();
  for (const CheckDescriptor* type : registry.all()) {
    SCOPED_TRACE(type->name);
    EXPECT_TRUE(is_word(type->name));
    expect_sentence(type->summary);
    EXPECT_LE(type->summary.size(), 100U) << "one line of `hale types`";
    EXPECT_FALSE(type->reasons.empty());
    EXPECT_FALSE(std::ranges::count(type->reasons, monitor::Reason::kNone));
    EXPECT_FALSE(std::ranges::count(type->reasons, monitor::Reason::kThreshold))
        << "limits are the engine's";
    EXPECT_TRUE(type->item_label.empty() || is_word(type->item_label));
  }
}

TEST(BuiltinChecksTest, ExplainTheirKeys) {
  const CheckRegistry registry = builtin();
  EXPECT_FALSE(registry.all().empty());
  for (const CheckDescriptor* type : registry.all()) {
    expect_explained(type->keys, std::string(type->name));
  }
}

// "disk_free_bytes": the type first, the unit last.
TEST(BuiltinChecksTest, NameTheirMetricsByTheRules) {
  const CheckRegistry registry = builtin();
  std::set<std::string_view> metrics;
  for (const CheckDescriptor* type : registry.all()) {
    for (const MeasurementDescriptor& measurement : type->measurements) {
      SCOPED_TRACE(measurement.metric);
      EXPECT_TRUE(is_word(measurement.name));
      EXPECT_NE(measurement.name, "duration") << "every type has that one already";
      EXPECT_TRUE(is_word(measurement.metric));
      if (measurement.is_remaining) {
        EXPECT_TRUE(measurement.metric.ends_with("_timestamp_seconds"));
        EXPECT_EQ(measurement.unit, Unit::kSeconds);
        continue;  // the points in time that all types share
      }
      EXPECT_TRUE(metrics.insert(measurement.metric).second) << "used twice";
      EXPECT_TRUE(measurement.metric.starts_with(std::string(type->name) + "_" +
                                                 std::string(measurement.name)));
      EXPECT_EQ(measurement.metric.ends_with("_bytes"), measurement.unit == Unit::kBytes);
      EXPECT_EQ(measurement.metric.ends_with("_seconds"), measurement.unit == Unit::kSeconds);
      EXPECT_EQ(measurement.metric.ends_with("_ratio"), measurement.unit == Unit::kRatio);
      EXPECT_FALSE(measurement.metric.ends_with("_total")) << "that is a counter's name";
      expect_sentence(measurement.help);
    }
  }
}

TEST(BuiltinChecksTest, LimitWhatTheyMeasure) {
  const CheckRegistry registry = builtin();
  for (const CheckDescriptor* type : registry.all()) {
    std::set<std::pair<Result, std::string_view>> limited;
    for (const DefaultLimit& limit : type->default_limits) {
      SCOPED_TRACE(std::string(type->name) + ": " + std::string(limit.measurement));
      EXPECT_TRUE(limit.severity == Result::kWarn || limit.severity == Result::kFail);
      EXPECT_TRUE(limited.emplace(limit.severity, limit.measurement).second) << "limited twice";
      EXPECT_FALSE(limit.text.empty());
      const MeasurementDescriptor* measurement = type->measurement(limit.measurement);
      ASSERT_NE(measurement, nullptr);
      EXPECT_TRUE(!limit.text.ends_with('%') || measurement->has_total ||
                  measurement->unit == Unit::kRatio);
    }
  }
}

TEST(BuiltinChecksTest, ShowAnExampleWithEveryRequiredKey) {
  const CheckRegistry registry = builtin();
  for (const CheckDescriptor* type : registry.all()) {
    SCOPED_TRACE(type->name);
    EXPECT_TRUE(type->example.starts_with("[checks."));
    EXPECT_TRUE(type->example.ends_with('\n'));
    EXPECT_TRUE(type->example.contains("\ntype = \"" + std::string(type->name) + "\"\n"));
    for (const KeyDescriptor& key : type->keys) {
      EXPECT_TRUE(!key.required || type->example.contains("\n" + std::string(key.name) + " = "))
          << key.name;
    }
  }
}

}  // namespace
}  // namespace hale::checks
