#include "exporters/prometheus/negotiation.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace hale::exporters {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) {
    return {};
  }
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// What stands before the next `separator`, which is taken from `rest`.
std::string_view take(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view part = trimmed(rest.substr(0, end));
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return part;
}

bool same(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return lower(x) == lower(y);
  });
}

std::string_view unquoted(std::string_view value) {
  return value.size() >= 2 && value.front() == '"' && value.back() == '"'
             ? value.substr(1, value.size() - 2)
             : value;
}

// The parameter of `name`, of parameters such as `version=0.0.4; q=0.5`; empty: there is none.
std::string_view parameter(std::string_view parameters, std::string_view name) {
  while (!parameters.empty()) {
    std::string_view value = take(parameters, ';');
    if (same(take(value, '='), name)) {
      return unquoted(trimmed(value));
    }
  }
  return {};
}

// 0 where it is not a weight.
double weight(std::string_view parameters) {
  const std::string_view text = parameter(parameters, "q");
  if (text.empty()) {
    return 1;
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value >= 0 && value <= 1
             ? value
             : 0;
}

std::optional<ExpositionFormat> format_of(std::string_view type, std::string_view parameters) {
  const std::string_view version = parameter(parameters, "version");
  if (same(type, "*/*") || same(type, "text/*") ||
      (same(type, "text/plain") && (version.empty() || version == "0.0.4"))) {
    return ExpositionFormat::kText;
  }
  if (same(type, "application/openmetrics-text") && (version.empty() || version == "1.0.0")) {
    return ExpositionFormat::kOpenMetrics;
  }
  if (same(type, "application/vnd.google.protobuf") &&
      parameter(parameters, "proto") == "io.prometheus.client.MetricFamily" &&
      parameter(parameters, "encoding") == "delimited") {
    return ExpositionFormat::kProtobuf;
  }
  return std::nullopt;
}

}  // namespace

ExpositionFormat negotiate_format(std::string_view accept) {
  ExpositionFormat best = ExpositionFormat::kText;
  double best_weight = 0;
  while (!accept.empty()) {
    std::string_view parameters = take(accept, ',');
    const std::string_view type = take(parameters, ';');
    const double candidate = weight(parameters);
    if (const auto format = format_of(type, parameters); format && candidate > best_weight) {
      best = *format;
      best_weight = candidate;
    }
  }
  return best;
}

bool accepts_gzip(std::string_view accept_encoding) {
  while (!accept_encoding.empty()) {
    std::string_view parameters = take(accept_encoding, ',');
    if (same(take(parameters, ';'), "gzip")) {
      return weight(parameters) > 0;
    }
  }
  return false;
}

}  // namespace hale::exporters
