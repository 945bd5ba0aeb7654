// Limits, as text and back.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "config/values.h"
#include "monitor/health/limits.h"

namespace hale::config {
namespace {

using monitor::Bad;
using monitor::Comparison;
using monitor::Duration;
using monitor::Limit;
using monitor::MeasurementDescriptor;
using monitor::Unit;

struct Operator {
  std::string_view text;
  Comparison comparison;
};
// Those of two characters first: `>` is the beginning of `>=`.
constexpr std::array<Operator, 6> kOperators = {{
    {">=", Comparison::kGreaterEqual},
    {"<=", Comparison::kLessEqual},
    {"==", Comparison::kEqual},
    {"!=", Comparison::kNotEqual},
    {">", Comparison::kGreater},
    {"<", Comparison::kLess},
}};

std::string shortest(double value) {
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), end};
}

// What a limit on this measurement may look like.
std::string_view limit_hint(const MeasurementDescriptor& measurement) {
  if (measurement.open) {
    return R"(write 100, ">= 100", "2s", "20GiB", "90%" or "off")";
  }
  switch (measurement.unit) {
    case Unit::kSeconds:
      return R"(write "2s", ">= 500ms" or "off")";
    case Unit::kBytes:
      return measurement.has_total ? R"(write "10%", "20GiB", "< 500MB" or "off")"
                                   : R"(write "20GiB", "< 500MB" or "off")";
    case Unit::kRatio:
      return R"(write "90%", "> 50%" or "off")";
    case Unit::kNone:
      break;
  }
  return measurement.has_total ? R"(write 100, ">= 100", "10%" or "off")"
                               : R"(write 100, ">= 100" or "off")";
}

std::string not_a_limit(const MeasurementDescriptor& measurement) {
  std::string text = "is not a limit for \"";
  text += measurement.name;
  text += "\" (";
  text += limit_hint(measurement);
  return text + ")";
}

// Of an open measurement nobody knows the unit yet: the value brings one along, or none.
std::string set_open_value(Limit& limit, std::string_view text) {
  if (const auto share = parse_share(text)) {
    limit.share = true;
    limit.value = *share;
  } else if (const auto number = parse_number(text)) {
    limit.value = *number;
  } else if (const auto duration = parse_duration(text)) {
    limit.open_unit = Unit::kSeconds;
    limit.value = monitor::to_seconds(*duration);
  } else if (const auto bytes = parse_size(text)) {
    limit.open_unit = Unit::kBytes;
    limit.value = static_cast<double>(*bytes);
  } else {
    return not_a_limit(*limit.measurement);
  }
  return "";
}

// The value that `limit` compares with. Empty: done; else what is wrong.
std::string set_value(Limit& limit, std::string_view text, bool with_operator) {
  const MeasurementDescriptor& measurement = *limit.measurement;
  if (measurement.open) {
    return set_open_value(limit, text);
  }
  if (text.ends_with('%')) {
    const Parsed<double> share = parse_share(text);
    if (!share) {
      return not_a_limit(measurement);
    }
    if (measurement.unit != Unit::kRatio && !measurement.has_total) {
      std::string message = "is a share, but \"";
      message += measurement.name;
      message += "\" has no total to take a share of (";
      message += limit_hint(measurement);
      return message + ")";
    }
    limit.share = measurement.unit != Unit::kRatio;
    if (limit.share && *share > 1) {
      return "is more than 100 % of the total (write \"90%\")";
    }
    limit.value = *share;
    return "";
  }
  std::optional<double> value;
  switch (measurement.unit) {
    case Unit::kSeconds:
      if (const auto duration = parse_duration(text)) {
        value = monitor::to_seconds(*duration);
      }
      break;
    case Unit::kBytes:
      if (const auto bytes = parse_size(text)) {
        value = static_cast<double>(*bytes);
      }
      break;
    case Unit::kRatio:
      if (const auto number = parse_number(text); number && *number >= 0 && *number <= 1) {
        value = *number;
      }
      break;
    case Unit::kNone:
      if ((text == "true" || text == "false") && !with_operator) {
        limit.comparison = Comparison::kEqual;
        value = text == "true" ? 1 : 0;
      } else if (const auto number = parse_number(text)) {
        value = *number;
      }
      break;
  }
  if (!value) {
    return not_a_limit(measurement);
  }
  limit.value = *value;
  return "";
}

}  // namespace

Parsed<LimitValue> parse_limit(std::string_view text, const MeasurementDescriptor& measurement,
                               monitor::Result severity) {
  if (text == "off") {
    return measurement.open
               ? LimitValue{Limit{.measurement = &measurement, .severity = severity, .off = true}}
               : LimitValue{};
  }
  Limit limit{
      .measurement = &measurement,
      .comparison = measurement.bad == Bad::kHigh ? Comparison::kGreaterEqual : Comparison::kLess,
      .severity = severity};
  bool with_operator = false;
  for (const Operator& candidate : kOperators) {
    if (text.starts_with(candidate.text)) {
      limit.comparison = candidate.comparison;
      text.remove_prefix(candidate.text.size());
      text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
      with_operator = true;
      break;
    }
  }
  if (std::string wrong = set_value(limit, text, with_operator); !wrong.empty()) {
    return std::unexpected(std::move(wrong));
  }
  return LimitValue{limit};
}

std::string to_text(const Limit& limit) {
  if (limit.off) {
    return "off";
  }
  std::string text(monitor::to_string(limit.comparison));
  text += ' ';
  if (limit.share) {
    return text + share_to_text(limit.value);
  }
  switch (limit.measurement->open ? limit.open_unit : limit.measurement->unit) {
    case Unit::kSeconds:
      return text + to_text(Duration(std::llround(limit.value * 1e9)));
    case Unit::kBytes:
      return text + size_to_text(std::llround(limit.value));
    case Unit::kRatio:
      return text + share_to_text(limit.value);
    case Unit::kNone:
      break;
  }
  return text + shortest(limit.value);
}

}  // namespace hale::config
