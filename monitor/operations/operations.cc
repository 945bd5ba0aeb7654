#include "monitor/operations/operations.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "monitor/assert.h"
#include "monitor/stats/run_stats.h"

namespace hale::monitor {
namespace {

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// As it stands in a metric's name: what cannot is "_". A counter's name says "_total" by itself.
void to_metric_name(std::string_view name, bool is_counter, std::string& out) {
  constexpr std::string_view kTotal = "_total";
  out.clear();
  for (const char c : name) {
    out += is_letter_or_digit(c) ? c : '_';
  }
  if (is_counter && out.ends_with(kTotal) && out.size() > kTotal.size()) {
    out.resize(out.size() - kTotal.size());
  }
}

Duration to_duration(double seconds) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

template <class T>
std::vector<T*> in_order(const auto& table) {
  std::vector<T*> all;
  all.reserve(table.size());
  for (const auto& [key, entry] : table) {
    all.push_back(entry.get());
  }
  std::ranges::sort(all, [](const T* a, const T* b) {
    return std::tie(a->name, a->labels) < std::tie(b->name, b->labels);
  });
  return all;
}

}  // namespace

bool is_operation_name(std::string_view text) {
  constexpr std::size_t kMaxLength = 128;
  constexpr std::string_view kAlso = "_.:/-";
  return !text.empty() && text.size() <= kMaxLength &&
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
      slo.emplace(std::move(objectives), start);
    }
  }

  void record(const Observation& observation, TimePoint now, WallTime wall);
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
  std::shared_ptr<const OperationView> view;  // null: outdated
  TimePoint view_holds_until;
};

struct Operations::Value {
  std::string name;
  bool is_counter = false;
  Labels labels;
  double value = 0;
  TimePoint heard;  // last
};

void Operations::Series::record(const Observation& observation, TimePoint now, WallTime wall) {
  const Result result = observation.success ? Result::kPass : Result::kFail;
  const std::optional<double> latency =
      counts_as_latency(result, observation.reason) ? observation.seconds : std::nullopt;
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
    slo->record(
        now,
        latency_for_slo(result, observation.reason, observation.seconds.transform(to_duration)),
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
    : settings_(std::move(settings)), now_(start), searched_for_room_(start) {
  HALE_ASSERT(settings_.labels.size() <= kMaxOperationLabels);
}

Operations::~Operations() = default;

std::string_view Operations::make_key(std::string_view name,
                                      std::span<const std::string_view> labels) {
  // With lengths, so that no name and no label can pass for another.
  const auto add = [this](std::string_view text) {
    const auto size = static_cast<std::uint32_t>(text.size());
    for (int shift = 0; shift < 32; shift += 8) {
      key_ += static_cast<char>(size >> shift & 0xFF);
    }
    key_ += text;
  };
  key_.clear();
  add(name);
  for (const std::string_view label : labels) {
    add(label);
  }
  return key_;
}

Labels Operations::labels_of(std::span<const std::string_view> values) const {
  Labels labels;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i].empty()) {
      labels.emplace_back(settings_.labels[i], values[i]);
    }
  }
  return labels;
}

template <class T>
bool Operations::make_room(Table<T>& table, TimePoint now) {
  if (table.size() < settings_.max_operations) {
    return true;
  }
  // A flood of new names does not pay for a search each time.
  constexpr Duration kSearchInterval = std::chrono::minutes(1);
  if (now - searched_for_room_ < kSearchInterval) {
    return false;
  }
  searched_for_room_ = now;
  const auto forgotten = [now](const T& entry) { return now - entry.heard >= kForgetAfter; };
  std::erase_if(table, [&](const auto& entry) {
    if (!forgotten(*entry.second)) {
      return false;
    }
    if constexpr (std::is_same_v<T, Value>) {
      const auto family = families_.find(entry.second->name);
      if (--family->second.series == 0) {
        families_.erase(family);
      }
    }
    return true;
  });
  series_in_order_.reset();
  values_in_order_.reset();
  return table.size() < settings_.max_operations;
}

std::expected<Operations::Series*, Rejection> Operations::find(const Observation& observation,
                                                               TimePoint now) {
  const std::string_view key = make_key(observation.operation, observation.labels);
  if (const auto found = series_.find(key); found != series_.end()) {
    return found->second.get();
  }
  if (!is_operation_name(observation.operation)) {
    return std::unexpected(Rejection::kName);
  }
  if (!make_room(series_, now)) {
    return std::unexpected(Rejection::kTooMany);
  }
  const auto objectives = settings_.slos.find(observation.operation);
  auto made = std::make_unique<Series>(
      std::string(observation.operation), labels_of(observation.labels), now,
      objectives == settings_.slos.end() ? nullptr : objectives->second);
  series_in_order_.reset();
  return series_.emplace(key, std::move(made)).first->second.get();
}

std::expected<Operations::Value*, Rejection> Operations::find_value(
    std::string_view name, std::span<const std::string_view> labels, bool is_counter,
    TimePoint now) {
  to_metric_name(name, is_counter, name_);
  const std::string_view key = make_key(name_, labels);
  if (const auto found = values_.find(key); found != values_.end()) {
    Value* value = found->second.get();
    return value->is_counter == is_counter ? std::expected<Value*, Rejection>(value)
                                           : std::unexpected(Rejection::kType);
  }
  // A gauge must not pass for a counter, nor a family be both.
  if (!is_operation_name(name) || (!is_counter && name_.ends_with("_total"))) {
    return std::unexpected(Rejection::kName);
  }
  if (const auto family = families_.find(name_);
      family != families_.end() && family->second.is_counter != is_counter) {
    return std::unexpected(Rejection::kType);
  }
  if (!make_room(values_, now)) {
    return std::unexpected(Rejection::kTooMany);
  }
  auto made = std::make_unique<Value>(Value{.name = name_,
                                            .is_counter = is_counter,
                                            .labels = labels_of(labels),
                                            .value = 0,
                                            .heard = now});
  Family& family = families_[name_];
  family.is_counter = is_counter;
  ++family.series;
  values_in_order_.reset();
  return values_.emplace(key, std::move(made)).first->second.get();
}

std::shared_ptr<const OperationsView> Operations::view(TimePoint now) {
  const std::lock_guard lock(mutex_);
  now_ = std::max(now_, now);
  if (view_made_ && now_ - *view_made_ < kViewInterval) {
    return view_;
  }
  if (series_in_order_ == nullptr) {
    series_in_order_ = std::make_unique<std::vector<Series*>>(in_order<Series>(series_));
  }
  if (values_in_order_ == nullptr) {
    values_in_order_ = std::make_unique<std::vector<Value*>>(in_order<Value>(values_));
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
                                     .value = value->value});
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

bool Operations::Writer::time(const Observation& observation) {
  if (observation.seconds && !(*observation.seconds >= 0 && *observation.seconds < kMaxSeconds)) {
    reject(Rejection::kValue);
    return false;
  }
  const auto series = operations_.find(observation, now_);
  if (!series) {
    reject(series.error());
    return false;
  }
  (*series)->record(observation, now_, wall_);
  ++taken_;
  return true;
}

bool Operations::Writer::count(std::string_view name, std::span<const std::string_view> labels,
                               double amount) {
  if (!(amount >= 0)) {
    reject(Rejection::kValue);
    return false;
  }
  const auto value = operations_.find_value(name, labels, true, now_);
  if (!value) {
    reject(value.error());
    return false;
  }
  (*value)->value += amount;
  (*value)->heard = now_;
  ++taken_;
  return true;
}

bool Operations::Writer::gauge(std::string_view name, std::span<const std::string_view> labels,
                               double value, bool relative) {
  const auto found = operations_.find_value(name, labels, false, now_);
  if (!found) {
    reject(found.error());
    return false;
  }
  (*found)->value = relative ? (*found)->value + value : value;
  (*found)->heard = now_;
  ++taken_;
  return true;
}

}  // namespace hale::monitor
