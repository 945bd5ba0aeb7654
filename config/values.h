// Values that only the configuration has, as it writes them, beside those of monitor/values.h.
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "monitor/check_descriptor.h"
#include "monitor/health/limits.h"
#include "monitor/values.h"

namespace hale::monitor {
struct Threshold;
}  // namespace hale::monitor

namespace hale::config {

using monitor::parse_boolean;
using monitor::parse_duration;
using monitor::parse_integer;
using monitor::parse_number;
using monitor::parse_share;
using monitor::parse_size;
using monitor::Parsed;
using monitor::share_to_text;
using monitor::size_to_text;
using monitor::to_text;

// "3" is 3 of 3, "3/5" three of the last five.
Parsed<monitor::Threshold> parse_threshold(std::string_view text);

struct LimitValue {
  std::optional<monitor::Limit> limit;  // absent: "off", where nobody but the type has another
};

// When a limit on `measurement` triggers: an operator may stand first, else the direction that is
// bad decides (`>=` where high is bad, `<` where low is).
Parsed<LimitValue> parse_limit(std::string_view text,
                               const monitor::MeasurementDescriptor& measurement,
                               monitor::Result severity);

// The inverse of parsing, to the last digit.
std::string to_text(const monitor::Threshold& threshold);
std::string to_text(const monitor::Limit& limit);

}  // namespace hale::config
