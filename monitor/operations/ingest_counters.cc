#include "monitor/operations/ingest_counters.h"

#include <algorithm>

namespace hale::monitor {

std::string_view to_string(IngestSource source) {
  constexpr std::array<std::string_view, kIngestSourceCount> kNames = {"statsd", "observe"};
  return kNames[static_cast<std::size_t>(source)];
}

std::string_view to_string(Rejection rejection) {
  constexpr std::array<std::string_view, kRejectionCount> kNames = {
      "malformed", "type",     "name",          "label",     "value",
      "rate",      "too_many", "unknown_check", "forbidden", "overloaded"};
  return kNames[static_cast<std::size_t>(rejection)];
}

IngestStats IngestCounters::snapshot() const {
  const auto read = [](const Counter& counter) { return counter.load(std::memory_order_relaxed); };
  IngestStats stats;
  for (std::size_t source = 0; source < kIngestSourceCount; ++source) {
    stats.taken[source] = read(taken_[source]);
    std::ranges::transform(rejected_[source], stats.rejected[source].begin(), read);
  }
  stats.datagrams = read(datagrams_);
  stats.truncated = read(truncated_);
  stats.dropped = read(dropped_);
  return stats;
}

}  // namespace hale::monitor
