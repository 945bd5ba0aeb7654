// What is known of the operations that applications report, as immutable values.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "monitor/check_result.h"
#include "monitor/operations/ingest_counters.h"
#include "monitor/stats/histogram.h"
#include "monitor/stats/slo.h"
#include "monitor/stats/window.h"
#include "monitor/time.h"

namespace hale::monitor {

// One operation with one set of labels.
struct OperationView {
  std::string name;
  Labels labels;
  WallTime last;  // when it was reported last
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;
  // Of the failures, those that told why; in the order in which they came first.
  std::vector<std::pair<Reason, std::uint64_t>> reasons;
  WindowViews windows;
  std::shared_ptr<const Histogram> latencies;  // since the start, in seconds; never null
  std::shared_ptr<const SloView> slo;          // null: none is configured
};

// A counter or a gauge of StatsD.
struct ValueView {
  std::string name;  // fit for a metric, without the prefix and without "_total"
  bool is_counter = false;
  Labels labels;
  double value = 0;
  WallTime last;  // when it was sent last
};

struct OperationsView {
  std::vector<std::shared_ptr<const OperationView>> operations;  // by name, then by labels
  std::vector<ValueView> values;                                 // likewise
  std::size_t max_operations = 0;
  IngestStats ingest;
};

}  // namespace hale::monitor
