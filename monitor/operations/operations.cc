#include "monitor/operations/operations.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "monitor/assert.h"
#include "monitor/stats/run_stats.h"
#include "monitor/utf8.h"

namespace hale::monitor {
namespace {

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// As it stands in a metric's name: what cannot is "_". A counter's name says "_total" by itself.
// False where `name` is none, or would pass for something else there.
bool to_metric_name(std::string_view name, bool is_counter, std::string& out) {
  constexpr std::string_view kTotal = "_total";
  constexpr std::string_view kCreated = "_created";  // of OpenMetrics: when a counter began
  if (!is_operation_name(name)) {
    return false;
  }
  out.clear();
  for (const char c : name) {
    out += is_letter_or_digit(c) ? c : '_';
  }
  while (is_counter && out.ends_with(kTotal) && out.size() > kTotal.size()) {
    out.resize(out.size() - kTotal.size());
  }
  return !out.ends_with(kTotal) && !out.ends_with(kCreated);
}

// The value of a label as it is kept; absent where it is no line of UTF-8.
std::optional<std::string_view> kept_label(std::string_view value) {
  if (value.size() > kMaxLabelValue) {
    std::size_t end = kMaxLabelValue;
    const auto continues = [&value](std::size_t at) {
      return (static_cast<unsigned char>(value[at]) & 0xC0) == 0x80;
    };
    while (end > 0 && continues(end)) {
      --end;
    }
    value = value.substr(0, end);
  }
  const bool is_plain = std::ranges::all_of(value, [](char c) { return c >= 0x20 && c < 0x7F; });
  if (is_plain) {
    return value;
  }
  const bool is_line = std::ranges::none_of(
      value, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  return is_line && is_utf8(value) ? std::optional(value) : std::nullopt;
}

Duration to_duration(double seconds) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

template <class T>
void sort(std::vector<T*>& series) {
  std::ranges::sort(series, [](const T* a, const T* b) {
    return std::tie(a->name, a->labels) < std::tie(b->name, b->labels);
  });
}

}  // namespace

bool is_operation_name(std::string_view text) {
  constexpr std::string_view kAlso = "_.:/-";
  return !text.empty() && text.size() <= kMaxOperationName &&
         (is_letter_or_digit(text.front()) || text.front() == '_') &&
         std::ranges::all_of(text, [&](char c) {
           return is_letter_or_digit(c) || kAlso.find(c) != std::string_view::npos;
         });
}

std::optional<Reason> reason_named(std::string_view word) {
  for (int i = 0; i < kReasonCount; ++i) {
    if (const auto reason = static_cast<Reason>(i); to_string(reason) == word) {
      return reason;
    }
  }
  return std::nullopt;
}

struct Operations::Series {
  Series(std::string operation, Labels own_labels, TimePoint start,
         std::shared_ptr<const SloSettings> objectives)
      : name(std::move(operation)), labels(std::move(own_labels)), windows(latencies, start) {
    if (objectives != nullptr) {
      forget_after = std::max(forget_after, objectives->window);
      slo.emplace(std::move(objectives), start);
    }
  }

  void record(const Observation& observation, std::optional<double> seconds, TimePoint now,
              WallTime wall);
  // What is told of it anew, if something has changed or left a window since.
  std::shared_ptr<const OperationView> look(TimePoint now);

  std::string name;
  Labels labels;
  ExponentialHistogram latencies;
  SlotWindows windows;  // into which the latencies are recorded
  std::optional<Slo> slo;
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;
  std::vector<std::pair<Reason, std::uint64_t>> reasons;
  TimePoint heard;  // last
  WallTime last;
  Duration forget_after = kForgetAfter;
  std::shared_ptr<const OperationView> view;  // null: outdated
  TimePoint view_holds_until;
};

struct Operations::Value {
  std::string name;
  bool is_counter = false;
  Labels labels;
  double value = 0;
  TimePoint heard;  // last
  WallTime last;
  Duration forget_after = kForgetAfter;
};

void Operations::Series::record(const Observation& observation, std::optional<double> seconds,
                                TimePoint now, WallTime wall) {
  const Result result = observation.success ? Result::kPass : Result::kFail;
  const std::optional<double> latency =
      counts_as_latency(result, observation.reason) ? seconds : std::nullopt;
  windows.record(now, latency, observation.success, observation.times);
  (observation.success ? passed : failed) += observation.times;
  if (!observation.success && observation.reason != Reason::kNone) {
    auto known =
        std::ranges::find(reasons, observation.reason, &std::pair<Reason, std::uint64_t>::first);
    if (known == reasons.end()) {
      known = reasons.insert(reasons.end(), {observation.reason, 0});
    }
    known->second += observation.times;
  }
  if (slo) {
    slo->record(now, latency_for_slo(result, observation.reason, seconds.transform(to_duration)),
                observation.success, observation.times);
  }
  heard = now;
  last = wall;
  view.reset();
}

std::shared_ptr<const OperationView> Operations::Series::look(TimePoint now) {
  if (view != nullptr && now < view_holds_until) {
    return view;
  }
  auto made = std::make_shared<OperationView>();
  made->name = name;
  made->labels = labels;
  made->last = last;
  made->passed = passed;
  made->failed = failed;
  made->reasons = reasons;
  made->windows = windows.view(now);
  // An outdated window does not make the histogram another one.
  const bool same = view != nullptr;
  made->latencies =
      same ? view->latencies : std::make_shared<const Histogram>(latencies.snapshot());
  view_holds_until = windows.next_change(now);
  if (slo) {
    made->slo = slo->view(now);
    view_holds_until = std::min(view_holds_until, slo->next_change(now));
  }
  view = std::move(made);
  return view;
}

Operations::Operations(OperationsSettings settings, TimePoint start)
    : settings_(std::move(settings)), start_(start), now_(start) {
  HALE_ASSERT(settings_.labels.size() <= kMaxOperationLabels);
}

Operations::~Operations() = default;

bool Operations::make_key(std::string_view name, std::span<const std::string_view> labels) {
  // With lengths, so that no name and no label can pass for another; none is above 255.
  key_.clear();
  key_ += static_cast<char>(name.size());
  key_ += name;
  for (const std::string_view label : labels) {
    const auto kept = kept_label(label);
    if (!kept) {
      return false;
    }
    key_ += static_cast<char>(kept->size());
    key_ += *kept;
  }
  return true;
}

Labels Operations::labels_of(std::span<const std::string_view> values) const {
  Labels labels;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i].empty()) {
      labels.emplace_back(settings_.labels[i], kept_label(values[i]).value_or(""));
    }
  }
  return labels;
}

void Operations::forget(const Series& /*series*/) {
  series_in_order_.reset();
}

void Operations::forget(const Value& value) {
  values_in_order_.reset();
  const auto family = families_.find(value.name);
  if (--family->second.series == 0) {
    families_.erase(family);
  }
}

template <class T>
bool Operations::make_room(Table<T>& table, TimePoint now) {
  if (table.series.size() < settings_.max_operations) {
    return true;
  }
  // A flood of new names does not pay for a search each time.
  constexpr Duration kSearchInterval = std::chrono::minutes(1);
  if (now - table.searched_for_room < kSearchInterval) {
    return false;
  }
  table.searched_for_room = now;
  std::erase_if(table.series, [&](const auto& entry) {
    const T& series = *entry.second;
    const bool is_forgotten = now - series.heard >= series.forget_after;
    if (is_forgotten) {
      forget(series);
    }
    return is_forgotten;
  });
  return table.series.size() < settings_.max_operations;
}

std::expected<Operations::Series*, Rejection> Operations::find(const Observation& observation,
                                                               TimePoint now) {
  if (observation.operation.size() > kMaxOperationName) {
    return std::unexpected(Rejection::kName);
  }
  if (!make_key(observation.operation, observation.labels)) {
    return std::unexpected(Rejection::kLabel);
  }
  for (const Table<Series>* table : {&series_, &with_slo_}) {
    if (const auto found = table->series.find(key_); found != table->series.end()) {
      return found->second.get();
    }
  }
  return add(observation, now);
}

std::expected<Operations::Series*, Rejection> Operations::add(const Observation& observation,
                                                              TimePoint now) {
  if (!is_operation_name(observation.operation)) {
    return std::unexpected(Rejection::kName);
  }
  const auto objectives = settings_.slos.find(observation.operation);
  const bool has_slo = objectives != settings_.slos.end();
  Table<Series>& table = has_slo ? with_slo_ : series_;
  if (!make_room(table, now)) {
    return std::unexpected(Rejection::kTooMany);
  }
  auto made =
      std::make_unique<Series>(std::string(observation.operation), labels_of(observation.labels),
                               start_, has_slo ? objectives->second : nullptr);
  series_in_order_.reset();
  return table.series.emplace(key_, std::move(made)).first->second.get();
}

std::expected<Operations::Value*, Rejection> Operations::find_value(
    std::string_view name, std::span<const std::string_view> labels, bool is_counter,
    TimePoint now) {
  if (!to_metric_name(name, is_counter, name_)) {
    return std::unexpected(Rejection::kName);
  }
  if (!make_key(name_, labels)) {
    return std::unexpected(Rejection::kLabel);
  }
  const auto found = values_.series.find(key_);
  if (found == values_.series.end()) {
    return add_value(labels, is_counter, now);
  }
  Value* value = found->second.get();
  return value->is_counter == is_counter ? std::expected<Value*, Rejection>(value)
                                         : std::unexpected(Rejection::kType);
}

std::expected<Operations::Value*, Rejection> Operations::add_value(
    std::span<const std::string_view> labels, bool is_counter, TimePoint now) {
  const auto known = families_.find(name_);
  if (known != families_.end() && known->second.is_counter != is_counter) {
    return std::unexpected(Rejection::kType);
  }
  if (!make_room(values_, now)) {
    return std::unexpected(Rejection::kTooMany);
  }
  auto made = std::make_unique<Value>();
  made->name = name_;
  made->is_counter = is_counter;
  made->labels = labels_of(labels);
  Family& family = families_[name_];
  Value* value = values_.series.emplace(key_, std::move(made)).first->second.get();
  family.is_counter = is_counter;
  ++family.series;
  values_in_order_.reset();
  return value;
}

std::shared_ptr<const OperationsView> Operations::view(TimePoint now) {
  const std::lock_guard lock(mutex_);
  now_ = std::max(now_, now);
  if (view_made_ && now_ - *view_made_ < kViewInterval) {
    return view_;
  }
  if (series_in_order_ == nullptr) {
    series_in_order_ = std::make_unique<std::vector<Series*>>();
    for (const Table<Series>* table : {&series_, &with_slo_}) {
      for (const auto& [key, series] : table->series) {
        series_in_order_->push_back(series.get());
      }
    }
    sort(*series_in_order_);
  }
  if (values_in_order_ == nullptr) {
    values_in_order_ = std::make_unique<std::vector<Value*>>();
    for (const auto& [key, value] : values_.series) {
      values_in_order_->push_back(value.get());
    }
    sort(*values_in_order_);
  }
  auto made = std::make_shared<OperationsView>();
  made->operations.reserve(series_in_order_->size());
  for (Series* series : *series_in_order_) {
    made->operations.push_back(series->look(now_));
  }
  made->values.reserve(values_in_order_->size());
  for (const Value* value : *values_in_order_) {
    made->values.push_back(ValueView{.name = value->name,
                                     .is_counter = value->is_counter,
                                     .labels = value->labels,
                                     .value = value->value,
                                     .last = value->last});
  }
  made->max_operations = settings_.max_operations;
  made->ingest = counters_.snapshot();
  view_ = std::move(made);
  view_made_ = now_;
  return view_;
}

// --- writing ---

Operations::Writer::Writer(Operations& operations, IngestSource source, TimePoint now,
                           WallTime wall)
    : operations_(operations),
      lock_(operations.mutex_),
      source_(source),
      now_(std::max(operations.now_, now)),
      wall_(wall) {
  operations.now_ = now_;
}

std::size_t Operations::Writer::time(const Observation& observation,
                                     std::span<const double> seconds) {
  const auto can_be = [](double value) { return value >= 0 && value < kMaxSeconds; };
  if (!seconds.empty() && std::ranges::none_of(seconds, can_be)) {
    reject(Rejection::kValue, seconds.size());
    return 0;
  }
  const auto series = operations_.find(observation, now_);
  if (!series) {
    reject(series.error(), std::max<std::size_t>(1, seconds.size()));
    return 0;
  }
  if (seconds.empty()) {
    (*series)->record(observation, std::nullopt, now_, wall_);
    return take(1);
  }
  std::size_t taken = 0;
  for (const double value : seconds) {
    if (can_be(value)) {
      (*series)->record(observation, value, now_, wall_);
      ++taken;
    }
  }
  reject(Rejection::kValue, seconds.size() - taken);
  return take(taken);
}

std::size_t Operations::Writer::count(std::string_view name,
                                      std::span<const std::string_view> labels,
                                      std::span<const double> amounts) {
  const auto value = operations_.find_value(name, labels, true, now_);
  if (!value) {
    reject(value.error(), amounts.size());
    return 0;
  }
  (*value)->heard = now_;
  (*value)->last = wall_;
  std::size_t taken = 0;
  for (const double amount : amounts) {
    if (amount >= 0 && amount <= kMaxAmount) {
      (*value)->value += amount;
      ++taken;
    }
  }
  reject(Rejection::kValue, amounts.size() - taken);
  return take(taken);
}

std::size_t Operations::Writer::gauge(std::string_view name,
                                      std::span<const std::string_view> labels,
                                      std::span<const GaugeChange> changes) {
  const auto gauge = operations_.find_value(name, labels, false, now_);
  if (!gauge) {
    reject(gauge.error(), changes.size());
    return 0;
  }
  (*gauge)->heard = now_;
  (*gauge)->last = wall_;
  std::size_t taken = 0;
  for (const GaugeChange& change : changes) {
    const double next = change.relative ? (*gauge)->value + change.value : change.value;
    if (std::isfinite(next)) {
      (*gauge)->value = next;
      ++taken;
    }
  }
  reject(Rejection::kValue, changes.size() - taken);
  return take(taken);
}

}  // namespace hale::monitor
