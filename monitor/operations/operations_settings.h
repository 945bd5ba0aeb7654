// What the configuration says about the timings that applications send in.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "monitor/listen_address.h"
#include "monitor/stats/slo.h"

namespace hale::monitor {

inline constexpr std::size_t kMaxOperationLabels = 8;

struct OperationsSettings {
  // What of the tags or labels that are sent becomes a label; at most kMaxOperationLabels.
  std::vector<std::string> labels;
  // Operations with different labels count each; counters and gauges have as many places again.
  std::size_t max_operations = 1000;
  std::map<std::string, std::shared_ptr<const SloSettings>, std::less<>> slos;  // by operation
};

// [A-Za-z0-9_] first, then also "." ":" "/" and "-"; at most 128 bytes.
bool is_operation_name(std::string_view text);

struct StatsdSettings {
  std::vector<ListenAddress> listen;  // UDP, or a Unix datagram socket; empty: off
  // What senders count durations in: the millisecond of StatsD, or the second, as some of
  // Datadog's clients do.
  double seconds_per_unit = 1e-3;
};

}  // namespace hale::monitor
