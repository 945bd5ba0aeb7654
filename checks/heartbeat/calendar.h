// Local time: time zones by name, and a schedule in one of them. Wraps the library "date", which
// reads the host's /usr/share/zoneinfo once, when the first zone is asked for; its exceptions end
// here. Immutable once made.
#pragma once

#include <chrono>
#include <expected>
#include <string>
#include <string_view>

#include "checks/heartbeat/cron.h"
#include "monitor/time.h"

namespace date {
class time_zone;  // NOLINT(readability-identifier-naming): the library's
}

namespace hale::checks {

class Zone {
 public:
  // An IANA name, "Europe/Berlin". The error continues a sentence that began with it in quotes.
  static std::expected<Zone, std::string> find(std::string_view name);
  // That of /etc/localtime; UTC where a host has none. An error where it has one without a name.
  static std::expected<Zone, std::string> host();
  static Zone utc() { return Zone(nullptr); }

  // "2026-11-21 03:00 CET"
  std::string text(monitor::WallTime time) const;

  std::chrono::local_time<monitor::Duration> local(monitor::WallTime time) const;

  // A time that the zone skips, when its clocks go forward, is the end of the gap; one that it has
  // twice is the first.
  monitor::WallTime wall(LocalMinute time) const;

 private:
  explicit Zone(const date::time_zone* zone) : zone_(zone) {}

  const date::time_zone* zone_;  // null: UTC; static storage duration
};

class Calendar {
 public:
  Calendar(CronSchedule schedule, Zone zone) : schedule_(schedule), zone_(zone) {}

  // The first time after `time`. What is due at several local times that are one, at the end of a
  // gap, is due once.
  monitor::WallTime next(monitor::WallTime time) const;

  const Zone& zone() const { return zone_; }

 private:
  CronSchedule schedule_;
  Zone zone_;
};

}  // namespace hale::checks
