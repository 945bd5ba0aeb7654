#include "monitor/schedule/scheduler.h"

#include <algorithm>

#include "monitor/assert.h"
#include "monitor/schedule/planted_bug.h"

namespace hale::monitor {
namespace {

Duration spread(std::uint64_t hash, Duration within) {
  return Duration(static_cast<Duration::rep>(hash % static_cast<std::uint64_t>(within.count())));
}

}  // namespace

CheckId Scheduler::add(std::uint64_t hash, Duration interval, TimePoint now) {
  HALE_ASSERT(interval > Duration::zero());
  const auto check = static_cast<CheckId>(entries_.size());
  Entry entry;
  entry.hash = hash;
  entry.interval = interval;
  entries_.push_back(entry);
  // Other bits of the hash than the phase takes, so that checks of one phase do not start together.
  enqueue(check, now + spread(hash >> 20U, std::min(interval, kFirstRunWithin)));
  return check;
}

void Scheduler::set_interval(CheckId check, Duration interval, TimePoint now) {
  HALE_ASSERT(interval > Duration::zero());
  Entry& entry = entries_[check];
  if (!entry.paused && entry.next <= now) {
    entry.passed = late(entry, now);
    entry.passed_until = now;
  }
  entry.interval = interval;
  if (!entry.paused && !entry.first && entry.next > now) {
    enqueue(check, grid_after(entry, now));
  }
}

std::uint64_t Scheduler::pause(CheckId check, TimePoint now) {
  Entry& entry = entries_[check];
  const std::uint64_t missed = entry.paused || entry.next > now ? 0 : 1 + late(entry, now);
  entry.paused = true;
  ++entry.generation;
  drop_outdated();
  return missed;
}

void Scheduler::resume(CheckId check, TimePoint now) {
  Entry& entry = entries_[check];
  entry.paused = false;
  entry.first = false;
  enqueue(check, grid_after(entry, now));
}

std::optional<TimePoint> Scheduler::next() const {
  if (queue_.empty()) {
    return std::nullopt;
  }
  return queue_.top().time;
}

std::optional<TimePoint> Scheduler::next_tick(CheckId check) const {
  const Entry& entry = entries_[check];
  if (entry.paused) {
    return std::nullopt;
  }
  return entry.next;
}

void Scheduler::collect(TimePoint now, std::vector<Due>& due) {
  while (!queue_.empty() && queue_.top().time <= now) {
    const CheckId check = queue_.top().check;
    Entry& entry = entries_[check];
    Due tick;
    tick.check = check;
    tick.tick = entry.next;
    tick.late = late(entry, now);
    TimePoint next = grid_after(entry, now);
    if (planted(PlantedBug::kUncountedSkip)) {
      tick.late = 0;
    }
    if (planted(PlantedBug::kDrift)) {
      next = now + entry.interval;
    }
    std::uint64_t to_catch_up = 0;
    if (planted(PlantedBug::kCatchUp) && tick.late > 0) {
      next = now + std::chrono::milliseconds(1);
      to_catch_up = tick.late - 1;
      tick.late = 0;
    }
    entry.first = false;
    enqueue(check, next);
    entry.passed = to_catch_up;
    due.push_back(tick);
  }
}

std::int64_t Scheduler::ticks_until(const Entry& entry, TimePoint time) {
  const Duration since = time.time_since_epoch() - spread(entry.hash, entry.interval);
  const std::int64_t index = since / entry.interval;
  return since < Duration::zero() && since % entry.interval != Duration::zero() ? index - 1 : index;
}

TimePoint Scheduler::grid_after(const Entry& entry, TimePoint time) {
  return TimePoint(spread(entry.hash, entry.interval) +
                   entry.interval * (ticks_until(entry, time) + 1));
}

std::uint64_t Scheduler::late(const Entry& entry, TimePoint now) {
  const TimePoint since = std::max(entry.next, entry.passed_until);
  return entry.passed +
         static_cast<std::uint64_t>(ticks_until(entry, now) - ticks_until(entry, since));
}

void Scheduler::enqueue(CheckId check, TimePoint time) {
  Entry& entry = entries_[check];
  entry.next = time;
  entry.passed = 0;
  entry.passed_until = time;
  Item item;
  item.time = time;
  item.check = check;
  item.generation = ++entry.generation;
  queue_.push(item);
  drop_outdated();
}

void Scheduler::drop_outdated() {
  while (!queue_.empty() && entries_[queue_.top().check].generation != queue_.top().generation) {
    queue_.pop();
  }
}

}  // namespace hale::monitor
