#include "checks/heartbeat/calendar.h"

#include <chrono>
#include <exception>
#include <filesystem>
#include <optional>
#include <system_error>
#include <vector>

#include <date/tz.h>
#include <fmt/core.h>

#include "monitor/suggest.h"

namespace hale::checks {
namespace {

using monitor::Duration;
using monitor::WallTime;

std::string without_zones(std::string_view why) {
  return "cannot be looked up: " + std::string(why) + " (install tzdata)";
}

std::string not_found(std::string_view name) {
  if (date::get_tzdb().zones.empty()) {
    return without_zones("the host has no time zones");
  }
  std::vector<std::string> known;
  for (const date::time_zone& zone : date::get_tzdb().zones) {
    known.push_back(zone.name());
  }
  const std::optional<std::string> near = monitor::closest(name, known);
  return near ? "is not a time zone; did you mean \"" + *near + "\"?"
              : "is not a time zone (write one such as \"Europe/Berlin\")";
}

}  // namespace

std::expected<Zone, std::string> Zone::find(std::string_view name) {
  if (name == "UTC") {
    return utc();  // also where the host has no zones
  }
  try {
    for (const date::time_zone& zone : date::get_tzdb().zones) {
      if (zone.name() == name) {
        static_cast<void>(zone.get_info(WallTime()));  // reads its file, which may be broken
        return Zone(&zone);
      }
    }
    return std::unexpected(not_found(name));
  } catch (const std::exception&) {
    return std::unexpected(without_zones("the host's time zones cannot be read"));
  }
}

std::expected<Zone, std::string> Zone::host() {
  std::error_code error;
  if (!std::filesystem::exists("/etc/localtime", error)) {
    return utc();
  }
  try {
    const date::time_zone* zone = date::current_zone();
    static_cast<void>(zone->get_info(WallTime()));
    return Zone(zone);
  } catch (const std::exception&) {
    return std::unexpected("the host's own has no name that is known (/etc/localtime)");
  }
}

std::string Zone::text(WallTime time) const {
  const auto minute = std::chrono::floor<std::chrono::minutes>(local(time));
  const auto day = std::chrono::floor<std::chrono::days>(minute);
  const std::chrono::year_month_day date(day);
  const auto of_day = (minute - day).count();
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02} {}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     of_day / 60, of_day % 60,
                     zone_ == nullptr ? "UTC" : zone_->get_info(time).abbrev);
}

std::chrono::local_time<Duration> Zone::local(WallTime time) const {
  const Duration since = zone_ == nullptr ? time.time_since_epoch()
                                          : Duration(zone_->to_local(time).time_since_epoch());
  return std::chrono::local_time<Duration>(since);
}

WallTime Zone::wall(LocalMinute time) const {
  const std::chrono::minutes since = time.time_since_epoch();
  if (zone_ == nullptr) {
    return WallTime(since);
  }
  return zone_->to_sys(date::local_time<std::chrono::minutes>(since), date::choose::earliest);
}

WallTime Calendar::next(WallTime time) const {
  LocalMinute minute = std::chrono::floor<std::chrono::minutes>(zone_.local(time));
  while (true) {
    minute = schedule_.next(minute);
    const WallTime candidate = zone_.wall(minute);
    if (candidate > time) {
      return candidate;  // else it was due before the clocks went back
    }
  }
}

}  // namespace hale::checks
