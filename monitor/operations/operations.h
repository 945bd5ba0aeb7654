// The timings, counters and gauges that applications send in, by name and labels: what StatsD and
// the API fill, and what the API and the metrics show.
//
// Any thread. One mutex guards it all: a writer takes it once for all that it has read from its
// socket, so that it costs nothing a value; a view is made at most every kViewInterval, and only
// what has changed is computed anew. The engine has nothing to do with any of this.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "monitor/operations/ingest_counters.h"
#include "monitor/operations/operations_settings.h"
#include "monitor/operations/operations_view.h"
#include "monitor/stats/exponential_histogram.h"
#include "monitor/stats/slo.h"
#include "monitor/stats/slot_windows.h"
#include "monitor/time.h"

namespace hale::monitor {

// Calls of an operation that are alike but for how long they took.
struct Observation {
  std::string_view operation;
  // Values of the labels that the settings list, in that order; empty ones were not sent. What is
  // longer than kMaxLabelValue is cut.
  std::span<const std::string_view> labels = {};
  bool success = true;
  Reason reason = Reason::kNone;  // of a failure, if it was told
  std::uint64_t times = 1;        // how many calls each duration stands for
};

// What a gauge becomes: a value, or what it was and this.
struct GaugeChange {
  double value = 0;
  bool relative = false;
};

// The word of the closed list that is meant.
std::optional<Reason> reason_named(std::string_view word);

class Operations {
 public:
  static constexpr Duration kViewInterval = std::chrono::milliseconds(100);
  // At the limit, a series of which nothing was heard for this long makes room for a new one; one
  // with objectives not before these have forgotten it as well.
  static constexpr Duration kForgetAfter = std::chrono::hours(24);
  // What counts as a duration: up to some 48 days.
  static constexpr double kMaxSeconds = 0x1p22;
  // What counts as an amount: up to where a double still counts one by one.
  static constexpr double kMaxAmount = 0x1p53;

  Operations(OperationsSettings settings, TimePoint start);
  ~Operations();
  Operations(const Operations&) = delete;
  Operations& operator=(const Operations&) = delete;

  const OperationsSettings& settings() const { return settings_; }
  IngestCounters& counters() { return counters_; }

  // Holds the mutex: short-lived. Times do not go backwards from one writer to the next; where
  // clocks of two threads disagree, the later one counts.
  class Writer {
   public:
    Writer(Operations& operations, IngestSource source, TimePoint now, WallTime wall);
    ~Writer() { operations_.counters_.take(source_, taken_); }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    // Each counts what is taken and what is rejected, value by value, and says how many were
    // taken. An operation without `seconds` was called once, and nobody told how long it took.
    std::size_t time(const Observation& observation, std::span<const double> seconds);
    // Adds to a counter; amounts are not negative.
    std::size_t count(std::string_view name, std::span<const std::string_view> labels,
                      std::span<const double> amounts);
    std::size_t gauge(std::string_view name, std::span<const std::string_view> labels,
                      std::span<const GaugeChange> changes);
    void reject(Rejection rejection, std::uint64_t times = 1) {
      operations_.counters_.reject(source_, rejection, times);
    }

    // The next view shows what was written, however young the last one is.
    void show_at_once() { operations_.view_made_.reset(); }

   private:
    std::size_t take(std::size_t taken) {
      taken_ += taken;
      return taken;
    }

    Operations& operations_;
    std::unique_lock<std::mutex> lock_;
    IngestSource source_;
    TimePoint now_;
    WallTime wall_;
    std::uint64_t taken_ = 0;
  };

  // What was known at `now`, or up to kViewInterval before.
  std::shared_ptr<const OperationsView> view(TimePoint now);

 private:
  struct Series;
  struct Value;
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  // Series by key, at most max_operations of them.
  template <class T>
  struct Table {
    std::unordered_map<std::string, std::unique_ptr<T>, Hash, std::equal_to<>> series;
    TimePoint searched_for_room;  // last
  };
  // What a name in the metrics stands for, since it cannot be a counter and a gauge.
  struct Family {
    bool is_counter = false;
    std::size_t series = 0;
  };

  std::expected<Series*, Rejection> find(const Observation& observation, TimePoint now);
  std::expected<Series*, Rejection> add(const Observation& observation, TimePoint now);
  std::expected<Value*, Rejection> find_value(std::string_view name,
                                              std::span<const std::string_view> labels,
                                              bool is_counter, TimePoint now);
  std::expected<Value*, Rejection> add_value(std::span<const std::string_view> labels,
                                             bool is_counter, TimePoint now);
  // In key_, with the labels as they are kept; false where one of them cannot be kept.
  bool make_key(std::string_view name, std::span<const std::string_view> labels);
  Labels labels_of(std::span<const std::string_view> values) const;
  template <class T>
  bool make_room(Table<T>& table, TimePoint now);
  void forget(const Series& series);
  void forget(const Value& value);

  const OperationsSettings settings_;
  const TimePoint start_;
  IngestCounters counters_;
  std::mutex mutex_;
  // What follows is guarded by it.
  TimePoint now_;
  Table<Series> series_;
  Table<Series> with_slo_;  // those for whose operations the settings have objectives
  Table<Value> values_;
  std::unordered_map<std::string, Family, Hash, std::equal_to<>> families_;
  // As shown; null where outdated.
  std::unique_ptr<std::vector<Series*>> series_in_order_;
  std::unique_ptr<std::vector<Value*>> values_in_order_;
  std::string key_;   // scratch
  std::string name_;  // scratch
  std::shared_ptr<const OperationsView> view_;
  std::optional<TimePoint> view_made_;  // absent: it is outdated
};

}  // namespace hale::monitor
