#include "checks/heartbeat/cron.h"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>
#include <gtest/gtest.h>

namespace hale::checks {
namespace {

LocalMinute at(int year, unsigned month, unsigned day, int hour = 0, int minute = 0) {
  return std::chrono::local_days(std::chrono::year(year) / static_cast<int>(month) /
                                 static_cast<int>(day)) +
         std::chrono::hours(hour) + std::chrono::minutes(minute);
}

std::string text(LocalMinute time) {
  const std::chrono::local_days day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const auto minute = (time - day).count();
  return fmt::format("{}-{:02}-{:02} {:02}:{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     minute / 60, minute % 60);
}

TEST(CronTest, KnowsWhatComesNext) {
  struct Case {
    std::string_view schedule;
    LocalMinute from;
    std::vector<std::string> next;
  };
  // 2026-11-20 is a friday.
  const Case kCases[] = {
      {"* * * * *", at(2026, 11, 20, 23, 58), {"2026-11-20 23:59", "2026-11-21 00:00"}},
      {"0 3 * * *", at(2026, 11, 20, 3, 0), {"2026-11-21 03:00", "2026-11-22 03:00"}},
      {"0 3 * * *", at(2026, 11, 20, 2, 59), {"2026-11-20 03:00"}},
      {"0 3 * * 1-5", at(2026, 11, 20, 3, 0), {"2026-11-23 03:00", "2026-11-24 03:00"}},
      {"0 3 * * Mon-FRI", at(2026, 11, 20, 3, 0), {"2026-11-23 03:00"}},
      {"*/20 22,23 * * *",
       at(2026, 11, 20, 22, 30),
       {"2026-11-20 22:40", "2026-11-20 23:00", "2026-11-20 23:20", "2026-11-20 23:40",
        "2026-11-21 22:00"}},
      {"10-30/10 0 * * *",
       at(2026, 11, 20),
       {"2026-11-20 00:10", "2026-11-20 00:20", "2026-11-20 00:30", "2026-11-21 00:10"}},
      {"0 0 31 * *",
       at(2026, 11, 20),
       {"2026-12-31 00:00", "2027-01-31 00:00", "2027-03-31 00:00"}},
      {"0 0 29 2 *", at(2026, 11, 20), {"2028-02-29 00:00", "2032-02-29 00:00"}},
      {"0 0 29 feb *", at(2096, 11, 20), {"2104-02-29 00:00"}},
      {"0 0 1 jan,jul *", at(2026, 11, 20), {"2027-01-01 00:00", "2027-07-01 00:00"}},
      {"0 0 * * 0", at(2026, 11, 20), {"2026-11-22 00:00", "2026-11-29 00:00"}},
      {"0 0 * * 7", at(2026, 11, 20), {"2026-11-22 00:00", "2026-11-29 00:00"}},
      {"0 0 * * fri-sun",
       at(2026, 11, 20),
       {"2026-11-21 00:00", "2026-11-22 00:00", "2026-11-27 00:00"}},
      // Both days restricted: one is enough.
      {"0 3 1 * mon",
       at(2026, 11, 24),
       {"2026-11-30 03:00", "2026-12-01 03:00", "2026-12-07 03:00"}},
      // One begins with a star: both must fit.
      {"0 3 */2 * mon", at(2026, 11, 20), {"2026-11-23 03:00", "2026-12-07 03:00"}},
      {"0 3 13 * */5", at(2026, 11, 20), {"2026-12-13 03:00", "2027-06-13 03:00"}},
      {"0 0 29 2 */7", at(2026, 11, 20), {"2032-02-29 00:00"}},
      {"  5\t4  *  * * ", at(2026, 11, 20), {"2026-11-20 04:05"}},
      {"*/70 * * * *", at(2026, 11, 20, 1, 30), {"2026-11-20 02:00", "2026-11-20 03:00"}},
      {"@hourly", at(2026, 11, 20, 1, 30), {"2026-11-20 02:00"}},
      {"@daily", at(2026, 11, 20, 1, 30), {"2026-11-21 00:00"}},
      {"@midnight", at(2026, 11, 20, 1, 30), {"2026-11-21 00:00"}},
      {"@weekly", at(2026, 11, 20, 1, 30), {"2026-11-22 00:00"}},
      {"@monthly", at(2026, 11, 20, 1, 30), {"2026-12-01 00:00"}},
      {"@yearly", at(2026, 11, 20, 1, 30), {"2027-01-01 00:00"}},
      {"@annually", at(2026, 11, 20, 1, 30), {"2027-01-01 00:00"}},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.schedule);
    const auto schedule = CronSchedule::parse(c.schedule);
    ASSERT_TRUE(schedule) << schedule.error();
    LocalMinute time = c.from;
    for (const std::string& expected : c.next) {
      time = schedule->next(time);
      EXPECT_EQ(text(time), expected);
    }
  }
}

// Against the definition, minute by minute.
TEST(CronTest, MissesNoMinute) {
  const auto schedule = CronSchedule::parse("7-59/13 */5 10-20 2,3 *").value();
  LocalMinute next = schedule.next(at(2027, 1, 1));
  for (LocalMinute time = at(2027, 1, 1, 0, 1); time < at(2027, 5, 1);
       time += std::chrono::minutes(1)) {
    const std::chrono::local_days day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const auto of_day = (time - day).count();
    const unsigned month = static_cast<unsigned>(date.month());
    const unsigned of_month = static_cast<unsigned>(date.day());
    const bool fits = of_day % 60 % 13 == 7 && of_day / 60 % 5 == 0 && of_month >= 10 &&
                      of_month <= 20 && (month == 2 || month == 3);
    ASSERT_EQ(time == next, fits) << text(time);
    next = fits ? schedule.next(time) : next;
  }
}

TEST(CronTest, SaysWhatIsWrong) {
  const std::string kShape =
      "is not a schedule (write \"MINUTE HOUR DAY MONTH WEEKDAY\", as \"0 3 * * 1-5\", or "
      "\"@daily\")";
  const auto field = [](std::string_view name, std::string_view value, std::string_view range) {
    return fmt::format(
        "is not a schedule: {} is \"{}\" (from {}, as \"*\", \"5\", \"1-5\", \"1,3\", \"*/2\")",
        name, value, range);
  };
  const std::pair<std::string, std::string> kCases[] = {
      {"", kShape},
      {"daily", kShape},
      {"@reboot", kShape},
      {"0 3 * *", kShape},
      {"0 0 3 * * *", kShape},
      {std::string(300, '*'), "is longer than a schedule can be"},
      {"60 * * * *", field("the minute", "60", "0 to 59")},
      {"-1 * * * *", field("the minute", "-1", "0 to 59")},
      {"1- * * * *", field("the minute", "1-", "0 to 59")},
      {"5-1 * * * *", field("the minute", "5-1", "0 to 59")},
      {"1,,2 * * * *", field("the minute", "1,,2", "0 to 59")},
      {"1, * * * *", field("the minute", "1,", "0 to 59")},
      {"*/0 * * * *", field("the minute", "*/0", "0 to 59")},
      {"*/ * * * *", field("the minute", "*/", "0 to 59")},
      {"*/-2 * * * *", field("the minute", "*/-2", "0 to 59")},
      {"5/10 * * * *", field("the minute", "5/10", "0 to 59")},
      {"*5 * * * *", field("the minute", "*5", "0 to 59")},
      {"0x3 * * * *", field("the minute", "0x3", "0 to 59")},
      {"99999999999999999999 * * * *", field("the minute", "99999999999999999999", "0 to 59")},
      {"0 24 * * *", field("the hour", "24", "0 to 23")},
      {"0 mon * * *", field("the hour", "mon", "0 to 23")},
      {"0 0 0 * *", field("the day of the month", "0", "1 to 31")},
      {"0 0 L * *", field("the day of the month", "L", "1 to 31")},
      {"0 0 * 13 *", field("the month", "13", "1 to 12")},
      {"0 0 * mon *", field("the month", "mon", "1 to 12")},
      {"0 0 * * 8", field("the day of the week", "8", "0 to 7")},
      {"0 0 * * monday", field("the day of the week", "monday", "0 to 7")},
      {"0 0 30 2 *", "never comes: no month of those has such a day"},
      {"0 0 31 4,6,9,11 *", "never comes: no month of those has such a day"},
  };
  for (const auto& [schedule, message] : kCases) {
    SCOPED_TRACE(schedule);
    const auto parsed = CronSchedule::parse(schedule);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error(), message);
  }
}

}  // namespace
}  // namespace hale::checks
