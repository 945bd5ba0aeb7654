#include "monitor/stats/raw_windows.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace hale::monitor {
namespace {

// The ceil(share * count)-th smallest of `values`, which is none of those before `sorted_from`, and
// they are no larger than those from there on. Reorders them so that the same holds for the next.
double nearest_rank(std::span<float> values, double share, std::size_t& sorted_from) {
  const auto rank = std::max<std::size_t>(
      1, static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size()))));
  const auto wanted = values.begin() + static_cast<std::ptrdiff_t>(rank - 1);
  std::nth_element(values.begin() + static_cast<std::ptrdiff_t>(sorted_from), wanted, values.end());
  sorted_from = rank - 1;
  return static_cast<double>(*wanted);
}

void fill(WindowView& view, std::span<float> values) {
  view.samples = values.size();
  if (values.empty()) {
    return;
  }
  double sum = 0;
  for (const float value : values) {
    sum += static_cast<double>(value);
  }
  view.mean = sum / static_cast<double>(values.size());
  const auto [least, most] = std::ranges::minmax_element(values);
  view.min = static_cast<double>(*least);
  view.max = static_cast<double>(*most);
  std::size_t sorted_from = 0;
  view.p50 = nearest_rank(values, 0.5, sorted_from);
  view.p95 = nearest_rank(values, 0.95, sorted_from);
  view.p99 = nearest_rank(values, 0.99, sorted_from);
}

}  // namespace

void RawWindows::record(TimePoint now, std::optional<Duration> latency, bool good) {
  const TimePoint oldest = now - length_of(Window::kHour);
  while (!samples_.empty() && samples_.front().at <= oldest) {
    samples_.pop_front();
  }
  if (samples_.size() == kCapacity) {
    complete_since_ = samples_.front().at;
    samples_.pop_front();
  }
  samples_.push_back({.at = now,
                      .seconds = latency ? static_cast<float>(to_seconds(*latency)) : kNone,
                      .good = good});
}

WindowViews RawWindows::view(TimePoint now) const {
  WindowViews views;
  std::array<float, kCapacity> values;
  for (std::size_t i = 0; i < kWindowCount; ++i) {
    WindowView& view = views[i];
    const TimePoint from = now - length_of(static_cast<Window>(i));
    std::size_t count = 0;
    for (auto sample = samples_.rbegin(); sample != samples_.rend() && sample->at > from;
         ++sample) {
      ++view.total;
      view.good += static_cast<std::uint64_t>(sample->good);
      if (!std::isnan(sample->seconds)) {
        values[count++] = sample->seconds;
      }
    }
    fill(view, {values.data(), count});
    view.span = now - std::max(from, complete_since_);
  }
  return views;
}

TimePoint RawWindows::next_change(TimePoint now) const {
  TimePoint next = TimePoint::max();
  for (std::size_t i = 0; i < kWindowCount; ++i) {
    const Duration length = length_of(static_cast<Window>(i));
    // By time: the first that is still inside is the first to leave.
    const auto first = std::ranges::upper_bound(samples_, now - length, {}, &Sample::at);
    if (first != samples_.end()) {
      next = std::min(next, first->at + length);
    }
  }
  return next;
}

}  // namespace hale::monitor
