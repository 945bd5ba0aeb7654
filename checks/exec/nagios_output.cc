#include "checks/exec/nagios_output.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <unordered_set>
#include <utility>

#include "checks/excerpt.h"
#include "checks/proc/text.h"

namespace hale::checks {
namespace {

using monitor::Measurement;
using monitor::OpenMeasurement;
using monitor::Range;
using monitor::Unit;

constexpr std::size_t kMostValues = 256;
constexpr std::size_t kLongestLabel = 128;
constexpr std::size_t kLongestNumber = 64;
constexpr std::size_t kLongestUnit = 16;

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_blank(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

bool is_of_number(char c) {
  return (c >= '0' && c <= '9') || c == '.' || c == ',' || c == '+' || c == '-';
}

// Cuts a decimal number off the front of `text`.
std::optional<double> take_number(std::string_view& text) {
  std::string digits(text.substr(0, kLongestNumber));
  std::replace(digits.begin(), digits.end(), ',', '.');
  const bool plus = digits.starts_with('+');
  const char* const begin = digits.data() + (plus ? 1 : 0);
  const char* const end = digits.data() + digits.size();
  const bool negative = begin != end && *begin == '-';
  const char* const first = begin + (negative ? 1 : 0);
  if (first == end || (plus && negative) || !((*first >= '0' && *first <= '9') || *first == '.')) {
    return std::nullopt;  // from_chars would take "inf" and "nan"
  }
  double value = 0;
  const auto [stop, error] = std::from_chars(begin, end, value);
  if (error != std::errc() || !std::isfinite(value)) {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<std::size_t>(stop - digits.data()));
  if (stop == digits.data() + kLongestNumber || (!text.empty() && is_of_number(text.front()))) {
    return std::nullopt;  // cut off, or "1.2.3"
  }
  return value;
}

std::optional<double> number_of(std::string_view text) {
  const auto value = take_number(text);
  return value && text.empty() ? value : std::nullopt;
}

struct UnitName {
  std::string_view name;
  Unit unit;
  double scale;
};

OpenMeasurement unit_of(std::string_view name) {
  constexpr double kKibi = 1024;
  static constexpr std::array<UnitName, 21> kUnits = {{
      {"s", Unit::kSeconds, 1},
      {"ms", Unit::kSeconds, 1e-3},
      {"us", Unit::kSeconds, 1e-6},
      {"ns", Unit::kSeconds, 1e-9},
      {"min", Unit::kSeconds, 60},
      {"h", Unit::kSeconds, 3600},
      {"d", Unit::kSeconds, 86'400},
      {"%", Unit::kRatio, 0.01},
      {"B", Unit::kBytes, 1},
      {"KB", Unit::kBytes, kKibi},
      {"kB", Unit::kBytes, kKibi},
      {"MB", Unit::kBytes, kKibi * kKibi},
      {"GB", Unit::kBytes, kKibi * kKibi * kKibi},
      {"TB", Unit::kBytes, kKibi * kKibi * kKibi * kKibi},
      {"PB", Unit::kBytes, kKibi * kKibi * kKibi * kKibi * kKibi},
      {"KiB", Unit::kBytes, kKibi},
      {"MiB", Unit::kBytes, kKibi * kKibi},
      {"GiB", Unit::kBytes, kKibi * kKibi * kKibi},
      {"TiB", Unit::kBytes, kKibi * kKibi * kKibi * kKibi},
      {"PiB", Unit::kBytes, kKibi * kKibi * kKibi * kKibi * kKibi},
      {"c", Unit::kNone, 1},
  }};
  const auto* const found = std::ranges::find(kUnits, name, &UnitName::name);
  OpenMeasurement open;
  if (found != kUnits.end()) {
    open.unit = found->unit;
    open.scale = found->scale;
  }
  return open;
}

// Multiplying by 0.001 would make 0.2 of 200 and a bit.
double scaled(double value, double scale) {
  return scale < 1 ? value / std::round(1 / scale) : value * scale;
}

std::optional<Range> scaled(std::optional<Range> range, double scale) {
  if (range) {
    range->low = scaled(range->low, scale);
    range->high = scaled(range->high, scale);
  }
  return range;
}

// Cuts `label=` or `'label'=` off the front; in quotes, '' stands for one. nullopt: there is none.
std::optional<std::string> take_label(std::string_view& text) {
  std::string label;
  if (!text.starts_with('\'')) {
    const std::size_t end = text.find_first_of("= \t\r\n");
    if (end == std::string_view::npos || text[end] != '=') {
      return std::nullopt;
    }
    label = text.substr(0, end);
    text.remove_prefix(end + 1);
  } else {
    std::size_t at = 1;
    while (at < text.size() && label.size() <= kLongestLabel &&
           (text[at] != '\'' || text.substr(at, 2) == "''")) {
      label += text[at];
      at += text[at] == '\'' ? 2 : 1;
    }
    if (text.substr(at, 2) != "'=") {
      return std::nullopt;
    }
    text.remove_prefix(at + 2);
  }
  if (label.empty() || label.size() > kLongestLabel) {
    return std::nullopt;
  }
  return escaped(label, kLongestLabel);
}

// Cuts everything up to the next blank off the front.
std::string_view take_token(std::string_view& text) {
  const auto end = std::find_if(text.begin(), text.end(), is_blank);
  const std::string_view token = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(token.size());
  return token;
}

// "5.2ms;10;20;0;100"
std::optional<Measurement> parse_value(std::string label, std::string_view token) {
  std::array<std::string_view, 5> fields;
  for (std::string_view& field : fields) {
    const std::size_t end = token.find(';');
    field = token.substr(0, end);
    token.remove_prefix(end == std::string_view::npos ? token.size() : end + 1);
  }
  std::string_view rest = fields[0];
  const auto value = take_number(rest);
  if (!value || rest.size() > kLongestUnit) {
    return std::nullopt;  // "U" among them: the plugin could not tell
  }
  Measurement measurement;
  measurement.name = std::move(label);
  OpenMeasurement open = unit_of(rest);
  measurement.value = scaled(*value, open.scale);
  if (!std::isfinite(measurement.value)) {
    return std::nullopt;
  }
  open.warn = scaled(parse_nagios_range(fields[1]), open.scale);
  open.fail = scaled(parse_nagios_range(fields[2]), open.scale);
  if (const auto maximum = number_of(fields[4]); maximum && *maximum > 0) {
    const double total = scaled(*maximum, open.scale);
    measurement.total = std::isfinite(total) ? std::optional(total) : std::nullopt;
  }
  measurement.open = open;
  return measurement;
}

void parse_values(std::string_view text, NagiosOutput& output) {
  std::unordered_set<std::string> names;
  for (const Measurement& earlier : output.values) {
    names.insert(earlier.name);
  }
  for (text = trimmed(text); !text.empty(); text = trimmed(text)) {
    auto label = take_label(text);
    const std::string_view token = take_token(text);
    auto value = label ? parse_value(std::move(*label), token) : std::nullopt;
    if (value && output.values.size() < kMostValues && names.insert(value->name).second) {
      output.values.push_back(std::move(*value));
    } else {
      ++output.dropped;
    }
  }
}

}  // namespace

std::optional<Range> parse_nagios_range(std::string_view text) {
  Range range;
  if (text.starts_with('@')) {
    range.inside = true;
    text.remove_prefix(1);
  }
  const std::size_t colon = text.find(':');
  std::string_view low = "0";
  std::string_view high = text;
  if (colon != std::string_view::npos) {
    low = text.substr(0, colon);
    high = text.substr(colon + 1);
  } else if (text.empty() || text == "~") {
    return std::nullopt;
  }
  if (low != "~") {
    const auto number = number_of(low.empty() ? "0" : low);
    if (!number) {
      return std::nullopt;
    }
    range.low = *number;
  }
  if (!high.empty() && high != "~") {
    const auto number = number_of(high);
    if (!number) {
      return std::nullopt;
    }
    range.high = *number;
  }
  return range.low <= range.high ? std::optional(range) : std::nullopt;
}

// The first line may have performance data behind a bar; so may the last of the lines after it, and
// everything that follows that second bar is performance data as well.
NagiosOutput parse_nagios_output(std::string_view output) {
  NagiosOutput parsed;
  const std::string_view first = next_line(output);
  const std::size_t bar = first.find('|');
  parsed.text = trimmed(first.substr(0, bar));
  if (bar != std::string_view::npos) {
    parse_values(first.substr(bar + 1), parsed);
  }
  const std::size_t second = output.find('|');
  if (second != std::string_view::npos) {
    parse_values(output.substr(second + 1), parsed);
  }
  return parsed;
}

}  // namespace hale::checks
