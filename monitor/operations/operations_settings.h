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
  // Operations with different labels count each. Those with objectives have as many places of their
  // own, and so have counters and gauges.
  std::size_t max_operations = 1000;
  std::map<std::string, std::shared_ptr<const SloSettings>, std::less<>> slos;  // by operation
};

inline constexpr std::size_t kMaxOperationName = 128;
inline constexpr std::size_t kMaxLabelValue = 128;  // bytes; what is longer is cut

// [A-Za-z0-9_] first, then also "." ":" "/" and "-"; at most 128 bytes.
bool is_operation_name(std::string_view text);

struct StatsdSettings {
  std::vector<ListenAddress> listen;  // UDP, or a Unix datagram socket; empty: off
  // What senders count durations in: the millisecond of StatsD, or the second, as some of
  // Datadog's clients do.
  double seconds_per_unit = 1e-3;
};

}  // namespace hale::monitor
