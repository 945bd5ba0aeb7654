#include "monitor/stats/slo.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

#include "monitor/assert.h"
#include "monitor/format.h"

namespace hale::monitor {
namespace {

// A share as a double is off by no more than this, while real differences between shares are at
// least 1 / (events x digits of the objective): a budget that is just spent is not overspent.
constexpr double kRounding = 4 * std::numeric_limits<double>::epsilon();

// -2.0000000000000018, which 1 - 0.999 makes of it, is -2.
double without_noise(double ratio) {
  constexpr double kDigits = 1e12;
  return std::round(ratio * kDigits) / kDigits;
}

SloStand make_stand(const SloSettings& settings, const SloObjective& objective, SloCount ever,
                    SloCount window) {
  SloStand stand{.ever = ever, .window = window, .budget_remaining = std::nullopt};
  if (window.total == 0) {
    return stand;
  }
  const std::uint64_t bad = window.total - window.good;
  const double bad_share = static_cast<double>(bad) / static_cast<double>(window.total);
  const double allowed = 1 - objective.share;
  const double left = allowed - bad_share;
  const bool just_spent = std::abs(left) <= kRounding;
  stand.budget_remaining = just_spent ? 0 : without_noise(left / allowed);
  stand.breached = left < 0 && !just_spent && bad >= settings.min_failures;
  return stand;
}

// 1204 -> "1,204"
std::string with_thousands(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t at = text.size(); at > 3;) {
    at -= 3;
    text.insert(at, ",");
  }
  return text;
}

// As written by people, without what rounding left behind: 0.999 -> "99.9 %".
std::string percent(double share) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), share * 100,
                                 std::chars_format::general, 12);
  return std::string(buffer.data(), end.ptr) + " %";
}

// Of what misses the objective, rounded to as few digits as show that it does.
std::string percent_below(double share, double objective) {
  constexpr double kMostPrecise = 1e10;
  for (double scale = 10; scale < kMostPrecise; scale *= 10) {
    const double shown = std::round(share * 100 * scale) / scale / 100;
    if (shown < objective - kRounding && (shown > 0 || share == 0)) {
      return percent(shown);
    }
  }
  return percent(share);
}

std::string describe(const SloObjective& objective, const SloStand& stand, Duration span,
                     std::string_view things) {
  const double good =
      static_cast<double>(stand.window.good) / static_cast<double>(stand.window.total);
  std::string text = "SLO " + objective.name + ": " + percent_below(good, objective.share) +
                     " of " + with_thousands(stand.window.total) + " ";
  text += things;
  text += " in " + format_duration(span);
  text += objective.latency ? " took at most " + format_duration(*objective.latency) : " were good";
  return text + ", the objective is " + percent(objective.share);
}

}  // namespace

bool SloView::breached() const {
  return std::ranges::any_of(stands, &SloStand::breached);
}

std::string breach_message(const SloView& view, std::string_view things) {
  std::string message;
  const Duration span = std::min(view.span, view.settings->window);
  for (std::size_t i = 0; i < view.stands.size(); ++i) {
    if (view.stands[i].breached) {
      message += message.empty() ? "" : "; ";
      message += describe(view.settings->objectives[i], view.stands[i], span, things);
    }
  }
  return message;
}

Slo::Slo(std::shared_ptr<const SloSettings> settings, TimePoint start)
    : settings_(std::move(settings)), start_(start), open_until_(start) {
  HALE_ASSERT(settings_ != nullptr && !settings_->objectives.empty());
  HALE_ASSERT(settings_->window > Duration::zero());
  slot_length_ = (settings_->window + Duration(kSlots - 1)) / kSlots;  // rounded up
  ever_.resize(settings_->objectives.size());
  window_.resize(settings_->objectives.size());
}

void Slo::record(TimePoint now, std::optional<Duration> latency, bool good, std::uint64_t times) {
  if (times == 0) {
    return;
  }
  if (now >= open_until_) {
    open_slot(now);
  }
  const std::size_t objectives = ever_.size();
  SloCount* const open = &counts_[counts_.size() - objectives];
  for (std::size_t i = 0; i < objectives; ++i) {
    const std::optional<Duration>& limit = settings_->objectives[i].latency;
    if (limit && !latency) {
      continue;
    }
    // No sum is more than what was counted ever: where that is full, nothing is counted any more.
    const std::uint64_t counted =
        std::min(times, std::numeric_limits<std::uint64_t>::max() - ever_[i].total);
    const std::uint64_t counted_good = (limit ? *latency <= *limit : good) ? counted : 0;
    for (SloCount* count : {&ever_[i], &window_[i], open + i}) {
      count->total += counted;
      count->good += counted_good;
    }
  }
}

void Slo::open_slot(TimePoint now) {
  let_go(now);
  const std::int64_t slot = (now - start_) / slot_length_;
  slots_.push_back(slot);
  counts_.resize(counts_.size() + ever_.size());
  open_until_ = end_of(slot);
}

std::int64_t Slo::oldest_held(TimePoint now) const {
  const Duration beyond = now - start_ - settings_->window;
  return beyond < Duration::zero() ? 0 : beyond / slot_length_;
}

void Slo::let_go(TimePoint now) {
  const std::int64_t oldest = oldest_held(now);
  const auto held = std::ranges::lower_bound(slots_, oldest);
  const auto gone = static_cast<std::size_t>(held - slots_.begin());
  if (gone == 0) {
    return;
  }
  const std::size_t objectives = ever_.size();
  for (std::size_t i = 0; i < gone * objectives; ++i) {
    window_[i % objectives].good -= counts_[i].good;
    window_[i % objectives].total -= counts_[i].total;
  }
  slots_.erase(slots_.begin(), held);
  counts_.erase(counts_.begin(), counts_.begin() + static_cast<std::ptrdiff_t>(gone * objectives));
  if (slots_.empty()) {
    open_until_ = start_;
  }
}

std::shared_ptr<const SloView> Slo::view(TimePoint now) {
  let_go(now);
  auto view = std::make_shared<SloView>();
  view->settings = settings_;
  view->stands.reserve(ever_.size());
  for (std::size_t i = 0; i < ever_.size(); ++i) {
    view->stands.push_back(make_stand(*settings_, settings_->objectives[i], ever_[i], window_[i]));
  }
  view->span = now - start_ - oldest_held(now) * slot_length_;
  return view;
}

TimePoint Slo::next_change(TimePoint now) const {
  const auto held = std::ranges::lower_bound(slots_, oldest_held(now));
  return held == slots_.end() ? TimePoint::max() : end_of(*held) + settings_->window;
}

}  // namespace hale::monitor
