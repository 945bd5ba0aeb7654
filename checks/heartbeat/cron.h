// When a job of cron(8) is due, as crontab(5) writes it: minute, hour, day of the month, month, day
// of the week. Pure; local time, which knows no zones (checks/heartbeat/calendar.h does).
//
// Fields: `*`, numbers, names (jan-dec, sun-sat; 7 is sunday as well), ranges, lists, and steps on
// `*` and on ranges. @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually stand for
// what they say. Where both days are restricted, which is when neither field begins with `*`, one
// of them is enough; else both must fit.
//
// Worked example: "0 3 1 * mon" is due on the first of the month and on every monday; "0 3 1 * *"
// on the first only, and "0 3 */2 * mon" on the mondays with an odd date.
#pragma once

#include <bitset>
#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace hale::checks {

using LocalMinute = std::chrono::local_time<std::chrono::minutes>;

class CronSchedule {
 public:
  // The error continues a sentence that began with the text in quotes.
  static std::expected<CronSchedule, std::string> parse(std::string_view text);

  // The first minute after `time` that fits.
  LocalMinute next(LocalMinute time) const;

 private:
  static constexpr int kYears = 50;  // 29 February on a given weekday may be 40 years away

  std::optional<LocalMinute> find(LocalMinute time) const;
  bool fits(std::chrono::local_days day) const;

  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;    // from 1
  std::bitset<13> months_;  // from 1
  std::bitset<7> weekdays_;
  bool any_day_ = false;  // one of the two days is enough
};

}  // namespace hale::checks
