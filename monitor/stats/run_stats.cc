#include "monitor/stats/run_stats.h"

#include <optional>
#include <utility>

namespace hale::monitor {
namespace {

using Windows = std::variant<RawWindows, std::unique_ptr<SlotWindows>>;

Windows make_windows(Duration interval, ExponentialHistogram& cumulative, TimePoint start) {
  const auto runs_in_an_hour = length_of(Window::kHour) / interval;
  if (runs_in_an_hour <= static_cast<Duration::rep>(RawWindows::kCapacity)) {
    return Windows(std::in_place_type<RawWindows>, start);
  }
  return std::make_unique<SlotWindows>(cumulative, start);
}

}  // namespace

bool counts_as_latency(Result result, Reason reason) {
  switch (result) {
    case Result::kPass:
    case Result::kWarn:
      return true;
    case Result::kUnknown:
      return false;
    case Result::kFail:
      break;
  }
  switch (reason) {
    case Reason::kStatus:
    case Reason::kValidation:
    case Reason::kThreshold:
    case Reason::kAuth:
    case Reason::kTimeout:
      return true;
    default:
      return false;
  }
}

std::optional<Duration> latency_for_slo(Result result, Reason reason,
                                        std::optional<Duration> duration) {
  if (!counts_as_latency(result, reason)) {
    return std::nullopt;
  }
  return duration && reason == Reason::kTimeout ? Duration::max() : duration;
}

RunStats::RunStats(Duration interval, TimePoint start)
    : windows_(make_windows(interval, latencies_, start)) {}

void RunStats::record(TimePoint now, const Outcome& outcome, std::optional<Duration> duration) {
  if (outcome.result == Result::kUnknown) {
    return;  // nothing is known of the target
  }
  const bool good = outcome.result != Result::kFail;
  const std::optional<Duration> latency = counts_as_latency(outcome) ? duration : std::nullopt;
  if (auto* slots = std::get_if<std::unique_ptr<SlotWindows>>(&windows_)) {
    (*slots)->record(now, latency.transform(to_seconds), good);
  } else {
    std::get<RawWindows>(windows_).record(now, latency, good);
    if (latency) {
      latencies_.record(to_seconds(*latency));
    }
  }
  if (latency) {
    latencies_view_.reset();
  } else if (duration) {
    if (failures_ == nullptr) {
      failures_ = std::make_unique<ExponentialHistogram>();
    }
    failures_->record(to_seconds(*duration));
    failures_view_.reset();
  }
}

std::shared_ptr<const RunStatsView> RunStats::view(TimePoint now) {
  if (latencies_view_ == nullptr) {
    latencies_view_ = std::make_shared<const Histogram>(latencies_.snapshot());
  }
  if (failures_view_ == nullptr) {
    static const auto kNone = std::make_shared<const Histogram>();
    failures_view_ =
        failures_ == nullptr ? kNone : std::make_shared<const Histogram>(failures_->snapshot());
  }
  auto view = std::make_shared<RunStatsView>();
  auto* slots = std::get_if<std::unique_ptr<SlotWindows>>(&windows_);
  view->windows = slots ? (*slots)->view(now) : std::get<RawWindows>(windows_).view(now);
  view->latencies = latencies_view_;
  view->failures = failures_view_;
  return view;
}

TimePoint RunStats::next_change(TimePoint now) const {
  const auto* slots = std::get_if<std::unique_ptr<SlotWindows>>(&windows_);
  return slots ? (*slots)->next_change(now) : std::get<RawWindows>(windows_).next_change(now);
}

}  // namespace hale::monitor
