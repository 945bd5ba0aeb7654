#include "checks/systemd/restart_log.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

namespace hale::checks {
namespace {

using monitor::WallTime;

std::string to_text(WallTime time) {
  return std::to_string(
      std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count());
}

template <class T>
std::optional<T> number(const std::string& text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

std::optional<WallTime> time_of(const std::string& text) {
  constexpr std::int64_t kLatest = std::int64_t{8'000'000'000} * 1'000'000;
  const auto microseconds = number<std::int64_t>(text);
  if (!microseconds || *microseconds < 0 || *microseconds > kLatest) {
    return std::nullopt;
  }
  return WallTime(std::chrono::microseconds(*microseconds));
}

constexpr std::size_t kHead = 4;  // fields before the starts
constexpr std::size_t kEach = 3;  // fields of a start

}  // namespace

void RestartLog::add(Entry& entry, UnitStart start) const {
  entry.starts.push_back(std::move(start));
  if (entry.starts.size() > kMostStarts) {
    entry.starts.erase(entry.starts.begin());
  }
}

// The last one started when systemd says. The time of others, that nobody saw, lies between the
// look before and that one.
void RestartLog::add_restarts(Entry& entry, std::uint32_t count, const RunFacts& facts,
                              WallTime now) const {
  const WallTime last = std::min(facts.started.value_or(now), now);
  const WallTime first = std::min(entry.seen, last);
  const auto unseen = static_cast<std::int64_t>(std::min<std::size_t>(count - 1, kMostStarts));
  // After a longer blindness nothing proves that they lie in the time that is kept.
  if (now - entry.seen <= kept_) {
    for (std::int64_t i = 1; i <= unseen; ++i) {
      add(entry, {.time = first + (last - first) / (unseen + 1) * i, .planned = false, .end = ""});
    }
  }
  add(entry, {.time = last, .planned = false, .end = entry.end});
}

bool RestartLog::observe(std::string_view unit, const RunFacts& facts, WallTime now) {
  auto found = entries_.find(unit);
  if (found == entries_.end()) {
    if (entries_.size() >= kMostUnits) {
      return false;
    }
    Entry entry;
    entry.seen = now;
    if (all_seen_ && facts.restarts > 0) {
      entry.seen = *all_seen_;
      add_restarts(entry, facts.restarts, facts, now);
      entry.seen = now;
    }
    entry.counted = facts.restarts;
    entry.run = facts.run;
    entry.end = facts.end;
    entries_.emplace(unit, std::move(entry));
    return facts.restarts > 0;
  }
  Entry& entry = found->second;
  const bool new_run = !facts.run.empty() && facts.run != entry.run;
  bool changed = new_run;
  if (facts.restarts < entry.counted) {
    entry.counted = 0;
    changed = true;
  }
  if (new_run) {
    const std::uint32_t crashes = facts.restarts - entry.counted;
    if (crashes > 0) {
      add_restarts(entry, crashes, facts, now);
    } else if (!entry.run.empty()) {
      add(entry,
          {.time = std::min(facts.started.value_or(now), now), .planned = true, .end = entry.end});
    }
    entry.counted = facts.restarts;
    entry.run = facts.run;
    entry.end.clear();
  }
  if (!facts.end.empty() && facts.end != entry.end) {
    entry.end = facts.end;
    changed = true;
  }
  entry.seen = now;
  return changed;
}

void RestartLog::prune(WallTime now) {
  const WallTime oldest = now - kept_;
  // A clock that was set back leaves starts in the future: they would never grow old.
  const WallTime newest = now + std::chrono::minutes(1);
  for (auto& [name, entry] : entries_) {
    std::erase_if(entry.starts, [&](const UnitStart& start) {
      return start.time < oldest || start.time > newest;
    });
  }
}

void RestartLog::forget(std::string_view unit) {
  const auto found = entries_.find(unit);
  if (found == entries_.end()) {
    return;
  }
  if (found->second.starts.empty()) {
    entries_.erase(found);
  } else {
    found->second.counted = 0;
  }
}

const std::vector<UnitStart>& RestartLog::starts(std::string_view unit) const {
  static const std::vector<UnitStart> kNone;
  const auto found = entries_.find(unit);
  return found == entries_.end() ? kNone : found->second.starts;
}

monitor::StateRecord RestartLog::save(std::string_view unit) const {
  const auto found = entries_.find(unit);
  if (found == entries_.end() || (found->second.counted == 0 && found->second.starts.empty())) {
    return {};
  }
  const Entry& entry = found->second;
  monitor::StateRecord record = {std::to_string(entry.counted), entry.run, entry.end,
                                 to_text(entry.seen)};
  const std::size_t skipped = entry.starts.size() - std::min(entry.starts.size(), kMostSaved);
  for (std::size_t i = skipped; i < entry.starts.size(); ++i) {
    const UnitStart& start = entry.starts[i];
    record.push_back(to_text(start.time));
    record.emplace_back(start.planned ? "planned" : "restart");
    record.push_back(start.end);
  }
  return record;
}

void RestartLog::restore(std::string_view unit, const monitor::StateRecord& record, WallTime now) {
  if (record.size() < kHead || (record.size() - kHead) % kEach != 0 ||
      entries_.size() >= kMostUnits) {
    return;
  }
  const auto counted = number<std::uint32_t>(record[0]);
  const auto seen = time_of(record[3]);
  if (!counted || !seen || *seen > now + std::chrono::minutes(1)) {
    return;
  }
  Entry entry{.counted = *counted, .run = record[1], .end = record[2], .seen = *seen, .starts = {}};
  for (std::size_t i = kHead; i < record.size() && entry.starts.size() < kMostSaved; i += kEach) {
    const auto time = time_of(record[i]);
    if (!time || (record[i + 1] != "planned" && record[i + 1] != "restart")) {
      return;
    }
    entry.starts.push_back(
        {.time = *time, .planned = record[i + 1] == "planned", .end = record[i + 2]});
  }
  std::ranges::sort(entry.starts, {}, &UnitStart::time);
  if (all_seen_) {
    entry.seen = std::max(entry.seen, *all_seen_);
  }
  entries_.insert_or_assign(std::string(unit), std::move(entry));
}

}  // namespace hale::checks
