// One line of StatsD, with what Datadog added: `name:value|type|@rate|#tag:value,...`, several
// values with a colon between them, and service checks, `_sc|name|status|...|m:message`. Pure, and
// nothing is copied: what a line yields are views into it.
//
// Sources: statsd/statsd docs/metric_types.md; docs.datadoghq.com, "DogStatsD Datagram Format and
// Shell Usage", up to v1.3. Fields that are not known are skipped, as newer clients add some.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "monitor/check_result.h"
#include "monitor/operations/ingest_counters.h"

namespace hale::ingest {

using monitor::Rejection;

enum class StatsdType : std::uint8_t {
  kCounter,      // c
  kGauge,        // g
  kTimer,        // ms
  kHistogram,    // h
  kDistribution  // d
};

struct StatsdMetric {
  std::string_view name;
  std::string_view values;  // "12", "12:8.5:3"; not empty
  StatsdType type = StatsdType::kTimer;
  double rate = 1;        // above 0, at most 1
  std::string_view tags;  // "model:x,env:prod"; may be empty
};

struct ServiceCheck {
  std::string name;
  monitor::Result result = monitor::Result::kPass;
  std::string message;  // may be empty
};

std::expected<std::variant<StatsdMetric, ServiceCheck>, Rejection> parse_statsd_line(
    std::string_view line);

// Takes the next of values with colons between them off the front; false when there is none left.
bool next_value(std::string_view& values, std::string_view& value);

// As values are written: decimal, with a sign perhaps. Absent where it is no finite number.
std::optional<double> parse_value(std::string_view text);

}  // namespace hale::ingest
