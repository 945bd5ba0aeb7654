#include "ingest/statsd_reader.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

namespace hale::ingest {

using monitor::Operations;
using monitor::Reason;

namespace {

// The next part up to `separator` off the front of `rest`.
std::string_view take_until(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return part;
}

// As languages write it: "true", "False", "1".
std::optional<bool> parse_truth(std::string_view text) {
  const auto is = [text](std::string_view word) {
    return std::ranges::equal(text, word, [](char a, char b) {
      return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
  };
  if (is("true") || is("1") || is("yes")) {
    return true;
  }
  return is("false") || is("0") || is("no") ? std::optional(false) : std::nullopt;
}

}  // namespace

bool StatsdReader::parse_tags(std::string_view tags) {
  std::fill_n(tags_.labels.begin(), settings_.labels.size(), std::string_view());
  tags_.success = true;
  tags_.reason = Reason::kNone;
  while (!tags.empty()) {
    std::string_view value = take_until(tags, ',');
    const std::string_view key = take_until(value, ':');
    if (key == "success") {
      const auto success = parse_truth(value);
      if (!success) {
        return false;
      }
      tags_.success = *success;
    } else if (key == "reason") {
      tags_.reason = monitor::reason_named(value).value_or(Reason::kNone);
    } else {
      for (std::size_t i = 0; i < settings_.labels.size(); ++i) {
        if (key == settings_.labels[i]) {
          tags_.labels[i] = value;
        }
      }
    }
  }
  return true;
}

void StatsdReader::take(const StatsdMetric& metric, Operations::Writer& writer) {
  if (!parse_tags(metric.tags)) {
    return writer.reject(Rejection::kValue);
  }
  const std::span<const std::string_view> labels(tags_.labels.data(), settings_.labels.size());
  const bool is_gauge = metric.type == StatsdType::kGauge;
  const double scale = metric.type == StatsdType::kCounter ? 1 / metric.rate : seconds_per_unit_;
  numbers_.clear();
  changes_.clear();
  std::string_view values = metric.values;
  std::string_view text;
  while (next_value(values, text)) {
    const auto value = parse_value(text);
    if (!value) {
      writer.reject(Rejection::kValue);
    } else if (is_gauge) {
      changes_.push_back({.value = *value, .relative = text.front() == '+' || text.front() == '-'});
    } else {
      numbers_.push_back(*value * scale);
    }
  }
  if (is_gauge ? changes_.empty() : numbers_.empty()) {
    return;
  }
  if (is_gauge) {
    writer.gauge(metric.name, labels, changes_);
  } else if (metric.type == StatsdType::kCounter) {
    writer.count(metric.name, labels, numbers_);
  } else {
    writer.time({.operation = metric.name,
                 .labels = labels,
                 .success = tags_.success,
                 .reason = tags_.success ? Reason::kNone : tags_.reason,
                 .times = static_cast<std::uint64_t>(std::llround(1 / metric.rate))},
                numbers_);
  }
}

void StatsdReader::read(std::string_view datagram, Operations::Writer& writer,
                        std::vector<ServiceCheck>& checks) {
  while (!datagram.empty()) {
    std::string_view line = take_until(datagram, '\n');
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    if (line.empty()) {
      continue;
    }
    auto parsed = parse_statsd_line(line);
    if (!parsed) {
      writer.reject(parsed.error());
    } else if (auto* check = std::get_if<ServiceCheck>(&*parsed)) {
      checks.push_back(std::move(*check));
    } else {
      take(std::get<StatsdMetric>(*parsed), writer);
    }
  }
}

}  // namespace hale::ingest
