#include "checks/heartbeat/calendar.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace hale::checks {
namespace {

using namespace std::chrono_literals;
using monitor::WallTime;

WallTime utc(int year, int month, int day, int hour = 0, int minute = 0) {
  return std::chrono::sys_days(std::chrono::year(year) / month / day) + std::chrono::hours(hour) +
         std::chrono::minutes(minute);
}

Zone berlin() {
  return Zone::find("Europe/Berlin").value();
}

Calendar calendar(std::string_view schedule, Zone zone) {
  return {CronSchedule::parse(schedule).value(), zone};
}

TEST(CalendarTest, WritesTimesAsTheirZoneHasThem) {
  EXPECT_EQ(berlin().text(utc(2026, 11, 21, 2, 0)), "2026-11-21 03:00 CET");
  EXPECT_EQ(berlin().text(utc(2026, 7, 1, 22, 30) + 59s), "2026-07-02 00:30 CEST");
  EXPECT_EQ(Zone::find("UTC")->text(utc(2026, 11, 21, 2, 0)), "2026-11-21 02:00 UTC");
}

// In 2027 Berlin's clocks go from 02:00 CET to 03:00 CEST on 28 March, and from 03:00 CEST to
// 02:00 CET on 31 October.
TEST(CalendarTest, FollowsTheClocksOfItsZone) {
  struct Case {
    std::string_view schedule;
    WallTime from;
    std::vector<std::string> next;
  };
  const Case kCases[] = {
      {"0 3 * * *",
       utc(2027, 3, 27),
       {"2027-03-27 03:00 CET", "2027-03-28 03:00 CEST", "2027-03-29 03:00 CEST"}},
      {"0 3 * * *",
       utc(2027, 10, 30),
       {"2027-10-30 03:00 CEST", "2027-10-31 03:00 CET", "2027-11-01 03:00 CET"}},
      // 02:30 does not exist on that day: the end of the gap.
      {"30 2 * * *",
       utc(2027, 3, 27),
       {"2027-03-27 02:30 CET", "2027-03-28 03:00 CEST", "2027-03-29 02:30 CEST"}},
      // It exists twice: once.
      {"30 2 * * *",
       utc(2027, 10, 30),
       {"2027-10-30 02:30 CEST", "2027-10-31 02:30 CEST", "2027-11-01 02:30 CET"}},
      // All that the gap swallows is due once, at its end.
      {"*/20 2,3 * * *",
       utc(2027, 3, 28),
       {"2027-03-28 03:00 CEST", "2027-03-28 03:20 CEST", "2027-03-28 03:40 CEST"}},
      {"*/30 * * * *",
       utc(2027, 3, 28, 0, 29),
       {"2027-03-28 01:30 CET", "2027-03-28 03:00 CEST", "2027-03-28 03:30 CEST"}},
      // Seen from within the hour that comes a second time.
      {"30 2 * * *", utc(2027, 10, 31, 1, 15), {"2027-11-01 02:30 CET"}},
      {"*/30 * * * *", utc(2027, 10, 31, 1, 15), {"2027-10-31 03:00 CET"}},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(std::string(c.schedule) + " " + berlin().text(c.from));
    const Calendar schedule = calendar(c.schedule, berlin());
    WallTime time = c.from;
    for (const std::string& expected : c.next) {
      time = schedule.next(time);
      EXPECT_EQ(berlin().text(time), expected);
    }
  }
}

TEST(CalendarTest, IsAlwaysLaterAndNeverTwice) {
  const Calendar schedule = calendar("*/10 * * * *", berlin());
  for (const WallTime from : {utc(2027, 3, 27, 22), utc(2027, 10, 30, 22)}) {
    WallTime time = from;
    while (time < from + 12h) {
      const WallTime next = schedule.next(time);
      ASSERT_GT(next, time);
      for (const monitor::Duration before : {monitor::Duration(1ns), monitor::Duration(60s)}) {
        ASSERT_EQ(schedule.next(next - std::min(before, next - time)), next);
      }
      time = next;
    }
  }
}

TEST(CalendarTest, SaysWhichZonesThereAre) {
  EXPECT_EQ(Zone::find("Europe/Berln").error(),
            "is not a time zone; did you mean \"Europe/Berlin\"?");
  for (const std::string_view name : {"Mars/Olympus", "", "../../etc/passwd", "CET+1"}) {
    SCOPED_TRACE(name);
    const auto zone = Zone::find(name);
    ASSERT_FALSE(zone);
    EXPECT_TRUE(zone.error().starts_with("is not a time zone")) << zone.error();
  }
}

}  // namespace
}  // namespace hale::checks
