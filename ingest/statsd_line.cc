#include "ingest/statsd_line.h"

#include <array>
#include <charconv>
#include <cmath>

#include "monitor/operations/operations_settings.h"

namespace hale::ingest {

using monitor::Result;

namespace {

// Up to the next `separator`, which is taken off `rest` as well. An absent `rest` data pointer
// tells that nothing follows, not even an empty field.
std::string_view take_until(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return part;
}

std::optional<StatsdType> parse_type(std::string_view word) {
  if (word == "ms") {
    return StatsdType::kTimer;
  }
  if (word.size() != 1) {
    return std::nullopt;
  }
  switch (word.front()) {
    case 'c':
      return StatsdType::kCounter;
    case 'g':
      return StatsdType::kGauge;
    case 'h':
      return StatsdType::kHistogram;
    case 'd':
      return StatsdType::kDistribution;
    default:
      return std::nullopt;
  }
}

std::expected<StatsdMetric, Rejection> parse_metric(std::string_view line) {
  StatsdMetric metric;
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) {
    return std::unexpected(Rejection::kMalformed);
  }
  metric.name = line.substr(0, colon);
  if (metric.name.size() > monitor::kMaxOperationName) {
    return std::unexpected(Rejection::kName);
  }
  std::string_view rest = line.substr(colon + 1);
  metric.values = take_until(rest, '|');
  if (metric.values.empty() || rest.empty()) {
    return std::unexpected(Rejection::kMalformed);
  }
  const auto type = parse_type(take_until(rest, '|'));
  if (!type) {
    return std::unexpected(Rejection::kType);
  }
  metric.type = *type;
  while (!rest.empty()) {
    const std::string_view field = take_until(rest, '|');
    if (field.starts_with('#')) {
      metric.tags = field.substr(1);
    } else if (field.starts_with('@')) {
      const auto rate = parse_value(field.substr(1));
      // Beyond ten thousand for one, a line says nothing about what happened.
      constexpr double kLowestRate = 1e-4;
      if (!rate || *rate < kLowestRate || *rate > 1) {
        return std::unexpected(Rejection::kRate);
      }
      metric.rate = *rate;
    }
  }
  return metric;
}

// The field `m:` comes last and may hold anything; in it, `m\:` stands for `m:` and `\n` for a new
// line, for which a message has no use.
std::string unescape(std::string_view text) {
  std::string message;
  message.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("m\\:")) {
      message += "m:";
      i += 2;
    } else if (text.substr(i).starts_with("\\n")) {
      message += ' ';
      ++i;
    } else {
      message += text[i];
    }
  }
  return message;
}

std::expected<ServiceCheck, Rejection> parse_service_check(std::string_view rest) {
  // What Nagios plugins and Datadog agree on.
  constexpr std::array<Result, 4> kResults = {Result::kPass, Result::kWarn, Result::kFail,
                                              Result::kUnknown};
  ServiceCheck check;
  check.name = take_until(rest, '|');
  if (check.name.empty()) {
    return std::unexpected(Rejection::kMalformed);
  }
  const std::string_view status = take_until(rest, '|');
  if (status.size() != 1 || status.front() < '0' || status.front() > '3') {
    return std::unexpected(Rejection::kMalformed);
  }
  check.result = kResults[static_cast<std::size_t>(status.front() - '0')];
  while (!rest.empty()) {
    if (rest.starts_with("m:")) {
      check.message = unescape(rest.substr(2));
      break;
    }
    take_until(rest, '|');
  }
  return check;
}

}  // namespace

std::expected<std::variant<StatsdMetric, ServiceCheck>, Rejection> parse_statsd_line(
    std::string_view line) {
  constexpr std::string_view kServiceCheck = "_sc|";
  constexpr std::string_view kEvent = "_e{";
  if (line.starts_with(kServiceCheck)) {
    return parse_service_check(line.substr(kServiceCheck.size()));
  }
  if (line.starts_with(kEvent)) {
    return std::unexpected(Rejection::kType);
  }
  return parse_metric(line);
}

bool next_value(std::string_view& values, std::string_view& value) {
  if (values.data() == nullptr) {
    return false;
  }
  value = take_until(values, ':');
  return true;
}

std::optional<double> parse_value(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) {
      return std::nullopt;
    }
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

}  // namespace hale::ingest
