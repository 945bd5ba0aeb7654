#include "ingest/statsd_line.h"

#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace hale::ingest {
namespace {

using monitor::Result;

StatsdMetric metric_of(std::string_view line) {
  const auto parsed = parse_statsd_line(line);
  if (!parsed || !std::holds_alternative<StatsdMetric>(*parsed)) {
    ADD_FAILURE() << line << " is no metric";
    return {};
  }
  return std::get<StatsdMetric>(*parsed);
}

std::vector<std::string> values_of(std::string_view values) {
  std::vector<std::string> all;
  std::string_view value;
  while (next_value(values, value)) {
    all.emplace_back(value);
  }
  return all;
}

TEST(StatsdLineTest, TellsTheTypesApart) {
  const struct {
    std::string_view line;
    StatsdType type;
  } tests[] = {
      {"llm_chat:812|ms", StatsdType::kTimer},      {"jobs:1|c", StatsdType::kCounter},
      {"queue.depth:4|g", StatsdType::kGauge},      {"render:12.5|h", StatsdType::kHistogram},
      {"render:12.5|d", StatsdType::kDistribution},
  };
  for (const auto& test : tests) {
    SCOPED_TRACE(test.line);
    const StatsdMetric metric = metric_of(test.line);
    EXPECT_EQ(metric.type, test.type);
    EXPECT_EQ(metric.name, test.line.substr(0, test.line.find(':')));
    EXPECT_EQ(metric.rate, 1);
    EXPECT_EQ(metric.tags, "");
  }
}

TEST(StatsdLineTest, ReadsRateAndTagsInAnyOrderAndSkipsWhatItDoesNotKnow) {
  for (const std::string_view line :
       {"a:1|ms|@0.1|#model:x,env:prod", "a:1|ms|#model:x,env:prod|@0.1",
        "a:1|ms|@0.1|#model:x,env:prod|c:ci-0|T1763753600|e:it|card:low|unheard of"}) {
    SCOPED_TRACE(line);
    const StatsdMetric metric = metric_of(line);
    EXPECT_EQ(metric.rate, 0.1);
    EXPECT_EQ(metric.tags, "model:x,env:prod");
  }
}

TEST(StatsdLineTest, UnpacksValues) {
  EXPECT_EQ(values_of(metric_of("a:1:2.5:3|d").values),
            (std::vector<std::string>{"1", "2.5", "3"}));
  EXPECT_EQ(values_of(metric_of("a:7|d").values), (std::vector<std::string>{"7"}));
  EXPECT_EQ(values_of(metric_of("a:1::2:|d").values), (std::vector<std::string>{"1", "", "2", ""}))
      << "an empty value is one that is wrong, not one that is not there";
}

TEST(StatsdLineTest, ReadsFiniteNumbersOnly) {
  EXPECT_EQ(parse_value("12"), 12);
  EXPECT_EQ(parse_value("-1.5e3"), -1500);
  EXPECT_EQ(parse_value("+4"), 4);
  EXPECT_EQ(parse_value("0.25"), 0.25);
  for (const std::string_view wrong :
       {"", "x", "1x", " 1", "1 ", "+-1", "nan", "inf", "-inf", "1e999", "0x10", "1,5", "--1"}) {
    EXPECT_EQ(parse_value(wrong), std::nullopt) << wrong;
  }
}

TEST(StatsdLineTest, SaysWhyALineIsNotTaken) {
  const struct {
    std::string_view line;
    Rejection rejection;
  } tests[] = {
      {"", Rejection::kMalformed},
      {"hello", Rejection::kMalformed},
      {":1|c", Rejection::kMalformed},
      {"a:|c", Rejection::kMalformed},
      {"a:1", Rejection::kMalformed},
      {"a:1|", Rejection::kMalformed},
      {"a|1|c", Rejection::kMalformed},
      {"a:1|s", Rejection::kType},
      {"a:1|m", Rejection::kType},
      {"a:1|counter", Rejection::kType},
      {"a:1||@1", Rejection::kType},
      {"_e{1,1}:a|b", Rejection::kType},
      {"a:1|c|@0", Rejection::kRate},
      {"a:1|c|@-1", Rejection::kRate},
      {"a:1|c|@1.5", Rejection::kRate},
      {"a:1|c|@", Rejection::kRate},
      {"a:1|c|@nan", Rejection::kRate},
      {"a:1|c|@1e-9", Rejection::kRate},
      {"_sc|", Rejection::kMalformed},
      {"_sc|backup", Rejection::kMalformed},
      {"_sc||0", Rejection::kMalformed},
      {"_sc|backup|", Rejection::kMalformed},
      {"_sc|backup|4", Rejection::kMalformed},
      {"_sc|backup|OK", Rejection::kMalformed},
      {"_sc|backup|00", Rejection::kMalformed},
  };
  for (const auto& test : tests) {
    SCOPED_TRACE(test.line);
    const auto parsed = parse_statsd_line(test.line);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error(), test.rejection);
  }
}

TEST(StatsdLineTest, ReadsServiceChecks) {
  const struct {
    std::string_view line;
    std::string_view name;
    Result result;
    std::string message;
  } tests[] = {
      {"_sc|backup|0", "backup", Result::kPass, ""},
      {"_sc|backup|1|m:slow", "backup", Result::kWarn, "slow"},
      {"_sc|jobs.nightly|2|d:1763753600|h:web-1|#env:prod|m:exit | status 3", "jobs.nightly",
       Result::kFail, "exit | status 3"},
      {"_sc|backup|3|m:a\\nb m\\:c", "backup", Result::kUnknown, "a b m:c"},
      {"_sc|backup|0|x:what is this", "backup", Result::kPass, ""},
  };
  for (const auto& test : tests) {
    SCOPED_TRACE(test.line);
    const auto parsed = parse_statsd_line(test.line);
    ASSERT_TRUE(parsed);
    const auto* check = std::get_if<ServiceCheck>(&*parsed);
    ASSERT_NE(check, nullptr);
    EXPECT_EQ(check->name, test.name);
    EXPECT_EQ(check->result, test.result);
    EXPECT_EQ(check->message, test.message);
  }
}

}  // namespace
}  // namespace hale::ingest
