#include "checks/exec/nagios_output.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace hale::checks {
namespace {

using monitor::Measurement;
using monitor::Range;
using monitor::Unit;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The only value of `perfdata`; a default one where there is another number of them.
Measurement only(const std::string& perfdata) {
  const NagiosOutput output = parse_nagios_output("OK | " + perfdata);
  EXPECT_EQ(output.values.size(), 1U) << perfdata;
  return output.values.size() == 1 ? output.values.front() : Measurement{};
}

TEST(NagiosRangeTest, FollowsTheGuidelines) {
  const struct {
    const char* text;
    double low;
    double high;
    bool inside;
  } kCases[] = {
      {"10", 0, 10, false},
      {"10:", 10, kInfinity, false},
      {"~:10", -kInfinity, 10, false},
      {"10:20", 10, 20, false},
      {"@10:20", 10, 20, true},
      {"@10", 0, 10, true},
      {"@~:0", -kInfinity, 0, true},
      {"-5:-1", -5, -1, false},
      {"0.5:1e3", 0.5, 1000, false},
      {":10", 0, 10, false},
      {"5:5", 5, 5, false},
      {"~:", -kInfinity, kInfinity, false},
      {"1,5", 0, 1.5, false},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.text);
    const auto range = parse_nagios_range(test.text);
    ASSERT_TRUE(range.has_value());
    EXPECT_EQ(range->low, test.low);
    EXPECT_EQ(range->high, test.high);
    EXPECT_EQ(range->inside, test.inside);
  }
}

TEST(NagiosRangeTest, RefusesWhatIsNone) {
  for (const char* text : {"", "@", "a", "10:5", "-1", "10:b", "10 ", " 10", "1:2:3", "nan", "inf",
                           "~", "--5:", "+-5:", "1e999", "@@1", "0x10", "10%"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(parse_nagios_range(text).has_value());
  }
}

TEST(NagiosOutputTest, TakesTheFirstLineApart) {
  const NagiosOutput output = parse_nagios_output("USERS OK - 3 users |users=3;5;10;0;20\n");
  EXPECT_EQ(output.text, "USERS OK - 3 users");
  EXPECT_EQ(output.dropped, 0U);
  ASSERT_EQ(output.values.size(), 1U);
  const Measurement& users = output.values.front();
  EXPECT_EQ(users.name, "users");
  EXPECT_EQ(users.value, 3);
  EXPECT_EQ(users.total, 20);
  ASSERT_TRUE(users.open.has_value());
  EXPECT_EQ(users.open->unit, Unit::kNone);
  EXPECT_EQ(users.open->warn, (Range{.low = 0, .high = 5}));
  EXPECT_EQ(users.open->fail, (Range{.low = 0, .high = 10}));
}

TEST(NagiosOutputTest, KnowsTheUnits) {
  const struct {
    const char* text;
    double value;
    Unit unit;
    double scale;
  } kCases[] = {
      {"a=1.5s", 1.5, Unit::kSeconds, 1},
      {"a=200ms", 0.2, Unit::kSeconds, 1e-3},
      {"a=7us", 7e-6, Unit::kSeconds, 1e-6},
      {"a=85%", 0.85, Unit::kRatio, 0.01},
      {"a=12B", 12, Unit::kBytes, 1},
      {"a=2KB", 2048, Unit::kBytes, 1024},
      {"a=3MB", 3145728, Unit::kBytes, 1048576},
      {"a=1GiB", 1073741824, Unit::kBytes, 1073741824},
      {"a=42c", 42, Unit::kNone, 1},
      {"a=21.5C", 21.5, Unit::kNone, 1},
      {"a=-4", -4, Unit::kNone, 1},
      {"a=+4", 4, Unit::kNone, 1},
      {"a=.5", 0.5, Unit::kNone, 1},
      {"a=1e3", 1000, Unit::kNone, 1},
      {"a=0,25", 0.25, Unit::kNone, 1},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.text);
    const Measurement value = only(test.text);
    EXPECT_DOUBLE_EQ(value.value, test.value);
    ASSERT_TRUE(value.open.has_value());
    EXPECT_EQ(value.open->unit, test.unit);
    EXPECT_EQ(value.open->scale, test.scale);
  }
}

TEST(NagiosOutputTest, ScalesRangesAndTotalsWithTheValue) {
  const Measurement time = only("time=250ms;100:500;@1000:2000;0;4000");
  EXPECT_DOUBLE_EQ(time.value, 0.25);
  EXPECT_DOUBLE_EQ(time.total.value_or(0), 4);
  EXPECT_EQ(time.open->warn, (Range{.low = 0.1, .high = 0.5}));
  EXPECT_EQ(time.open->fail, (Range{.low = 1, .high = 2, .inside = true}));
}

TEST(NagiosOutputTest, ReadsLabelsInQuotes) {
  EXPECT_EQ(only("'/ used'=5%").name, "/ used");
  EXPECT_EQ(only("'it''s'=5").name, "it's");
  EXPECT_EQ(only("'a=b'=5").name, "a=b");
  EXPECT_EQ(only("'C:\\ %'=5").name, "C:\\ %");
  EXPECT_EQ(only("'a\x01\xFF'=5").name, "a\\x01\\xff");
  EXPECT_EQ(only("'\xC3\xA4'=5").name, "\xC3\xA4");
}

TEST(NagiosOutputTest, ReadsPerformanceDataOfLaterLines) {
  const NagiosOutput output = parse_nagios_output(
      "DISK OK - free space: / 3326 MB (56%); | /=2643MB;5948;5958;0;5968\n"
      "/ 15272 MB (77%);\n"
      "/boot 68 MB (69%); | /boot=68MB;88;93;0;98\n"
      "/home=69357MB;253404;253409;0;253414\n"
      "'/var/log'=818MB;970;975;0;980\n");
  EXPECT_EQ(output.text, "DISK OK - free space: / 3326 MB (56%);");
  ASSERT_EQ(output.values.size(), 4U);
  EXPECT_EQ(output.values[0].name, "/");
  EXPECT_EQ(output.values[1].name, "/boot");
  EXPECT_EQ(output.values[2].name, "/home");
  EXPECT_EQ(output.values[3].name, "/var/log");
  EXPECT_EQ(output.dropped, 0U);
}

TEST(NagiosOutputTest, LeavesOutWhatIsNoValueAndKeepsTheRest) {
  const NagiosOutput output = parse_nagios_output(
      "x | a=1 b= c=U =3 novalue 'open=4 d=nan e=inf f=1e999 g=--1 a=2 'q'x=1 h=5;;;; i=6;x;y;z;w");
  ASSERT_EQ(output.values.size(), 3U);
  EXPECT_EQ(output.values[0].name, "a");
  EXPECT_EQ(output.values[0].value, 1) << "the first of its name";
  EXPECT_EQ(output.values[1].name, "h");
  EXPECT_EQ(output.values[2].name, "i");
  EXPECT_FALSE(output.values[2].open->warn || output.values[2].open->fail);
  EXPECT_EQ(output.dropped, 11U);
}

TEST(NagiosOutputTest, IsEmptyWhereThereIsNothing) {
  for (const char* text : {"", "\n", "|", " | ", "\n\n|\n", "|||", "||\n||"}) {
    SCOPED_TRACE(text);
    const NagiosOutput output = parse_nagios_output(text);
    EXPECT_TRUE(output.text.empty());
    EXPECT_TRUE(output.values.empty());
  }
}

TEST(NagiosOutputTest, IsBounded) {
  std::string text = "x |";
  for (int i = 0; i < 1000; ++i) {
    text += " v" + std::to_string(i) + "=1";
  }
  const NagiosOutput many = parse_nagios_output(text);
  EXPECT_EQ(many.values.size(), 256U);
  EXPECT_EQ(many.dropped, 744U);
  EXPECT_TRUE(parse_nagios_output("x | " + std::string(200, 'a') + "=1").values.empty());
  EXPECT_TRUE(parse_nagios_output("x | a=" + std::string(100'000, '9')).values.empty());
  EXPECT_EQ(parse_nagios_output("x |" + std::string(100'000, '\'')).values.size(), 0U);
}

}  // namespace
}  // namespace hale::checks
