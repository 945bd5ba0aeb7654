#include "checks/systemd/restart_memory.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "checks/proc/read_file.h"
#include "checks/systemd/unit_watch.h"
#include "checks/systemd/words.h"

namespace hale::checks {
namespace {

using monitor::WallTime;

constexpr std::string_view kMarker = "*";  // no unit's name
constexpr monitor::Duration kMarkEvery = std::chrono::minutes(1);

std::string to_text(WallTime time) {
  return std::to_string(
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

std::optional<WallTime> time_of(const std::string& text) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  constexpr std::int64_t kLatest = 8'000'000'000;
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0 ||
      seconds > kLatest) {
    return std::nullopt;
  }
  return WallTime(std::chrono::seconds(seconds));
}

}  // namespace

RunFacts run_facts(const Unit& unit, const ServiceFacts& service) {
  RunFacts facts;
  facts.restarts = service.restarts;
  facts.run = unit.invocation;
  // Before the main process has started anew, its times are those of the run before.
  const bool of_this_run = service.main_started &&
                           (!service.main_exited || *service.main_exited < *service.main_started);
  facts.started = of_this_run ? service.main_started : unit.state_changed;
  if (facts.run.empty() && service.main_started) {
    facts.run = std::to_string(service.main_started->time_since_epoch().count());
  }
  const bool over = unit.active_state == "failed" || unit.active_state == "inactive" ||
                    unit.sub_state.starts_with("auto-restart");
  if (over) {
    facts.end = end_text(service);
    facts.started = service.main_started;
  }
  return facts;
}

RestartMemory::RestartMemory(monitor::Services& services)
    : services_(services), log_(UnitWatch::kStartsKept) {}

// Not before the first unit is seen: by then the state has been read.
void RestartMemory::restore(WallTime now) {
  restored_ = true;
  const auto boot = read_file((services_.proc_root / "sys/kernel/random/boot_id").string(), 100);
  epoch_ = boot ? boot->substr(0, boot->find('\n')) : "";
  if (epoch_.empty()) {
    return;
  }
  epoch_ += " " + services_.systemd_bus;
  std::vector<std::string> stale;
  const monitor::StateSection& section = services_.state.section(kSection);
  const auto marker = section.find(kMarker);
  if (marker != section.end() && marker->second.size() == 2 && marker->second[0] == epoch_) {
    const auto seen = time_of(marker->second[1]);
    if (seen && *seen <= now) {
      log_.all_seen(*seen);
    }
  }
  for (const auto& [unit, record] : section) {
    if (record.empty() || record[0] != epoch_) {
      stale.push_back(unit);
    } else if (unit != kMarker) {
      log_.restore(unit, monitor::StateRecord(record.begin() + 1, record.end()), now);
    }
  }
  for (const std::string& unit : stale) {
    services_.state.erase(kSection, unit);
  }
}

void RestartMemory::observe(const Unit& unit, WallTime now) {
  if (!restored_) {
    restore(now);
  }
  if (unit.service && log_.observe(unit.name, run_facts(unit, *unit.service), now)) {
    save(unit.name);
  }
}

void RestartMemory::all_seen(WallTime now) {
  if (!restored_) {
    restore(now);
  }
  log_.all_seen(now);
  log_.prune(now);
  if (!epoch_.empty() && (!marked_ || now - *marked_ >= kMarkEvery || now < *marked_)) {
    marked_ = now;
    services_.state.put(kSection, kMarker, {epoch_, to_text(now)});
    std::vector<std::string> old;
    for (const auto& [unit, record] : services_.state.section(kSection)) {
      if (unit != kMarker && log_.save(unit).empty()) {
        old.push_back(unit);
      }
    }
    for (const std::string& unit : old) {
      services_.state.erase(kSection, unit);
    }
  }
}

void RestartMemory::save(const std::string& unit) {
  if (epoch_.empty()) {
    return;
  }
  monitor::StateRecord record = log_.save(unit);
  const monitor::StateSection& section = services_.state.section(kSection);
  if (record.empty()) {
    services_.state.erase(kSection, unit);
    return;
  }
  if (section.size() >= kMostRecords && !section.contains(unit)) {
    return;
  }
  record.insert(record.begin(), epoch_);
  services_.state.put(kSection, unit, std::move(record));
}

const std::vector<UnitStart>& RestartMemory::starts(std::string_view unit) const {
  return log_.starts(unit);
}

}  // namespace hale::checks
