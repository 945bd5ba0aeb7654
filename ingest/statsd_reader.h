// Takes what datagrams of StatsD say into Operations; service checks are handed on. One thread.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/statsd_line.h"
#include "monitor/operations/operations.h"

namespace hale::ingest {

class StatsdReader {
 public:
  // `operations` outlives it.
  StatsdReader(const monitor::Operations& operations, double seconds_per_unit)
      : settings_(operations.settings()), seconds_per_unit_(seconds_per_unit) {}

  // Each line of `datagram` by itself: what is wrong with one costs the others nothing. What is
  // rejected is counted. Service checks are appended to `checks`.
  void read(std::string_view datagram, monitor::Operations::Writer& writer,
            std::vector<ServiceCheck>& checks);

 private:
  // What of a line's tags matters here.
  struct Tags {
    std::array<std::string_view, monitor::kMaxOperationLabels> labels{};
    bool success = true;
    monitor::Reason reason = monitor::Reason::kNone;
  };

  // Into tags_. False: a tag that says how a call ended says something else.
  bool parse_tags(std::string_view tags);
  void take(const StatsdMetric& metric, monitor::Operations::Writer& writer);

  const monitor::OperationsSettings& settings_;
  double seconds_per_unit_;
  // Of one line; scratch, kept to save allocations.
  Tags tags_;
  std::vector<double> numbers_;
  std::vector<monitor::GaugeChange> changes_;
};

}  // namespace hale::ingest
