#include "monitor/stats/slot_windows.h"

#include <algorithm>
#include <vector>

namespace hale::monitor {
namespace {

// How long the slots are of which each window is made.
constexpr std::array<Duration, kWindowCount> kSlotLengths = {
    SlotWindows::kSlot, std::chrono::seconds(15), std::chrono::minutes(5)};

std::int64_t number_at(TimePoint time, std::size_t row) {
  return time.time_since_epoch() / kSlotLengths[row];
}

TimePoint begin_of(std::int64_t number, std::size_t row) {
  return TimePoint(number * kSlotLengths[row]);
}

// Until when the window of this row holds what came at `time`: to the end of its slot, and the
// window's length more.
TimePoint held_until(TimePoint time, std::size_t row) {
  return begin_of(number_at(time, row) + 1, row) + length_of(static_cast<Window>(row));
}

void extend(Histogram& histogram, double value) {
  histogram.min = std::min(histogram.min, value);
  histogram.max = std::max(histogram.max, value);
}

}  // namespace

SlotWindows::SlotWindows(ExponentialHistogram& cumulative, TimePoint start)
    : cumulative_(cumulative), start_(start), before_(cumulative.snapshot()) {
  open_.number = number_at(start, 0);
}

bool SlotWindows::record(TimePoint now, std::optional<double> latency, bool good,
                         std::uint64_t times) {
  close_until(now);
  if (latency) {
    if (!cumulative_.record(*latency, times)) {
      return false;
    }
    extend(open_.latencies, *latency);
  }
  open_.total += times;
  open_.good += good ? times : 0;
  return true;
}

SlotWindows::Slot SlotWindows::open_slot() const {
  Slot slot = open_;
  if (open_.latencies.min <= open_.latencies.max) {
    slot.latencies = cumulative_.snapshot().since(before_);
    slot.latencies.min = open_.latencies.min;
    slot.latencies.max = open_.latencies.max;
  }
  return slot;
}

void SlotWindows::close_until(TimePoint now) {
  const std::int64_t number = number_at(now, 0);
  if (number == open_.number) {
    return;
  }
  if (open_.total > 0) {
    Slot slot = open_slot();
    before_.merge(slot.latencies);
    hand_on(1, slot);
    rows_[0].closed.push_back(std::move(slot));
  }
  open_ = Slot{.number = number};
  for (std::size_t row = 0; row < kWindowCount; ++row) {
    std::vector<Slot>& closed = rows_[row].closed;
    const auto held = std::ranges::find_if(closed, [&](const Slot& slot) {
      return held_until(begin_of(slot.number, row), row) > now;
    });
    closed.erase(closed.begin(), held);
  }
}

void SlotWindows::hand_on(std::size_t row, const Slot& slot) {
  std::optional<Slot>& open = rows_[row].open;
  const std::int64_t number = number_at(begin_of(slot.number, row - 1), row);
  if (open && open->number != number) {
    if (row + 1 < kWindowCount) {
      hand_on(row + 1, *open);
    }
    rows_[row].closed.push_back(std::move(*open));
    open.reset();
  }
  if (!open) {
    open = Slot{.number = number};
  }
  open->good += slot.good;
  open->total += slot.total;
  open->latencies.merge(slot.latencies);
}

WindowViews SlotWindows::view(TimePoint now) {
  close_until(now);
  const Slot latest = open_slot();
  WindowViews views;
  std::vector<const Histogram*> parts;
  for (std::size_t row = 0; row < kWindowCount; ++row) {
    WindowView& view = views[row];
    parts.clear();
    const auto add = [&](const Slot& slot, std::size_t slot_row) {
      if (held_until(begin_of(slot.number, slot_row), row) > now) {
        view.good += slot.good;
        view.total += slot.total;
        parts.push_back(&slot.latencies);
      }
    };
    for (const Slot& slot : rows_[row].closed) {
      add(slot, row);
    }
    // What the rows below have not handed on yet.
    for (std::size_t below = row; below > 0; --below) {
      if (const std::optional<Slot>& open = rows_[below].open) {
        add(*open, below);
      }
    }
    add(latest, 0);

    const TimePoint from = now - length_of(static_cast<Window>(row));
    view.span = now - std::max(start_, begin_of(number_at(from, row), row));
    const Histogram sum = sum_of(parts);
    view.samples = sum.count();
    if (view.samples > 0) {
      std::array<double, kShares.size()> values{};
      sum.quantiles(kShares, values);
      view.p50 = values[0];
      view.p95 = values[1];
      view.p99 = values[2];
      view.min = sum.min;
      view.max = sum.max;
      view.mean = sum.sum / static_cast<double>(view.samples);
    }
  }
  return views;
}

TimePoint SlotWindows::next_change(TimePoint now) const {
  TimePoint next = TimePoint::max();
  const auto look = [&](const Slot& slot, std::size_t slot_row, std::size_t row) {
    if (const TimePoint until = held_until(begin_of(slot.number, slot_row), row);
        slot.total > 0 && until > now) {
      next = std::min(next, until);
    }
  };
  for (std::size_t row = 0; row < kWindowCount; ++row) {
    for (const Slot& slot : rows_[row].closed) {
      look(slot, row, row);
    }
    for (std::size_t below = row; below > 0; --below) {
      if (const std::optional<Slot>& open = rows_[below].open) {
        look(*open, below, row);
      }
    }
    look(open_, 0, row);
  }
  return next;
}

}  // namespace hale::monitor
