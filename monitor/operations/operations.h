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

// One call of an operation, or several alike.
struct Observation {
  std::string_view operation;
  // Values of the labels that the settings list, in that order; empty ones were not sent.
  std::span<const std::string_view> labels = {};
  // How long it took; absent where nobody told.
  std::optional<double> seconds = std::nullopt;
  bool success = true;
  Reason reason = Reason::kNone;  // of a failure, if it was told
  std::uint64_t times = 1;
};

// The word of the closed list that is meant.
std::optional<Reason> reason_named(std::string_view word);

class Operations {
 public:
  static constexpr Duration kViewInterval = std::chrono::milliseconds(100);
  // At the limit, a series of which nothing was heard for this long makes room for a new one.
  static constexpr Duration kForgetAfter = std::chrono::hours(24);
  // What counts as a duration: up to some 280 years.
  static constexpr double kMaxSeconds = 9e9;

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

    // Each counts itself, as taken or as rejected, and says which.
    bool time(const Observation& observation);
    // Adds to a counter. `amount` is not negative.
    bool count(std::string_view name, std::span<const std::string_view> labels, double amount);
    // Sets a gauge, or changes it by `value`.
    bool gauge(std::string_view name, std::span<const std::string_view> labels, double value,
               bool relative);
    void reject(Rejection rejection) { operations_.counters_.reject(source_, rejection); }

    // The next view shows what was written, however young the last one is.
    void show_at_once() { operations_.view_made_.reset(); }

   private:
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
  template <class T>
  using Table = std::unordered_map<std::string, std::unique_ptr<T>, Hash, std::equal_to<>>;

  std::expected<Series*, Rejection> find(const Observation& observation, TimePoint now);
  std::expected<Value*, Rejection> find_value(std::string_view name,
                                              std::span<const std::string_view> labels,
                                              bool is_counter, TimePoint now);
  // In key_.
  std::string_view make_key(std::string_view name, std::span<const std::string_view> labels);
  Labels labels_of(std::span<const std::string_view> values) const;
  template <class T>
  bool make_room(Table<T>& table, TimePoint now);

  const OperationsSettings settings_;
  IngestCounters counters_;
  std::mutex mutex_;
  // What follows is guarded by it.
  TimePoint now_;
  Table<Series> series_;
  Table<Value> values_;
  // As shown; null where outdated.
  std::unique_ptr<std::vector<Series*>> series_in_order_;
  std::unique_ptr<std::vector<Value*>> values_in_order_;
  // Whether a name is a counter, for it cannot be a gauge as well; with how many series it has.
  struct Family {
    bool is_counter = false;
    std::size_t series = 0;
  };
  std::unordered_map<std::string, Family, Hash, std::equal_to<>> families_;
  TimePoint searched_for_room_;
  std::string key_;   // scratch
  std::string name_;  // scratch
  std::shared_ptr<const OperationsView> view_;
  std::optional<TimePoint> view_made_;  // absent: it is outdated
};

}  // namespace hale::monitor
