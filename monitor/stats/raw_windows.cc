#include "monitor/stats/raw_windows.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <limits>
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

std::int64_t milliseconds(TimePoint time) {
  return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

}  // namespace

RawWindows::Sample::Sample(TimePoint at, std::optional<Duration> latency, bool good)
    : at_ms_(static_cast<std::uint32_t>(milliseconds(at))),
      seconds_(std::copysign(latency ? static_cast<float>(to_seconds(*latency))
                                     : std::numeric_limits<float>::quiet_NaN(),
                             good ? 1.0F : -1.0F)) {}

TimePoint RawWindows::Sample::at(TimePoint newest) const {
  const std::uint32_t age = static_cast<std::uint32_t>(milliseconds(newest)) - at_ms_;
  return TimePoint(std::chrono::milliseconds(milliseconds(newest) - age));
}

std::optional<float> RawWindows::Sample::seconds() const {
  return std::isnan(seconds_) ? std::nullopt : std::optional(std::abs(seconds_));
}

bool RawWindows::Sample::good() const {
  return !std::signbit(seconds_);
}

std::size_t RawWindows::count_until(TimePoint time) const {
  const auto first = std::ranges::upper_bound(
      samples_, time, {}, [this](const Sample& sample) { return sample.at(newest_); });
  return static_cast<std::size_t>(first - samples_.begin());
}

void RawWindows::record(TimePoint now, std::optional<Duration> latency, bool good) {
  std::size_t old = count_until(now - length_of(Window::kHour));
  if (samples_.size() - old == kCapacity) {
    complete_since_ = samples_[old].at(newest_);
    ++old;
  }
  samples_.erase(samples_.begin(), samples_.begin() + static_cast<std::ptrdiff_t>(old));
  if (samples_.size() == samples_.capacity()) {
    samples_.reserve(samples_.size() + 8 + samples_.size() / 8);  // doubling would waste half of it
  }
  samples_.emplace_back(now, latency, good);
  newest_ = now;
}

WindowViews RawWindows::view(TimePoint now) const {
  WindowViews views;
  std::array<float, kCapacity> values;
  for (std::size_t i = 0; i < kWindowCount; ++i) {
    WindowView& view = views[i];
    const TimePoint from = now - length_of(static_cast<Window>(i));
    std::size_t count = 0;
    for (std::size_t next = count_until(from); next < samples_.size(); ++next) {
      ++view.total;
      view.good += static_cast<std::uint64_t>(samples_[next].good());
      if (const std::optional<float> seconds = samples_[next].seconds()) {
        values[count++] = *seconds;
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
    // By time: the first that is still inside is the first to leave.
    const Duration length = length_of(static_cast<Window>(i));
    if (const std::size_t first = count_until(now - length); first < samples_.size()) {
      next = std::min(next, samples_[first].at(newest_) + length);
    }
  }
  return next;
}

}  // namespace hale::monitor
