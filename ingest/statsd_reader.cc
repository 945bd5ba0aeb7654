#include "ingest/statsd_reader.h"

#include <cmath>
#include <span>
#include <utility>

namespace hale::ingest {

using monitor::Operations;
using monitor::Reason;

namespace {

constexpr std::size_t kMaxLabelValue = 128;

// The next part up to `separator` off the front of `rest`.
std::string_view take_until(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return part;
}

}  // namespace

StatsdReader::Tags StatsdReader::parse_tags(std::string_view tags) const {
  Tags parsed;
  while (!tags.empty()) {
    std::string_view value = take_until(tags, ',');
    const std::string_view key = take_until(value, ':');
    if (key == "success") {
      parsed.success = value != "false" && value != "0";
    } else if (key == "reason") {
      parsed.reason = monitor::reason_named(value).value_or(Reason::kNone);
    } else {
      for (std::size_t i = 0; i < settings_.labels.size(); ++i) {
        if (key == settings_.labels[i]) {
          parsed.labels[i] = value.substr(0, kMaxLabelValue);
        }
      }
    }
  }
  return parsed;
}

void StatsdReader::take(const StatsdMetric& metric, Operations::Writer& writer) const {
  const Tags tags = parse_tags(metric.tags);
  const std::span<const std::string_view> labels(tags.labels.data(), settings_.labels.size());
  std::string_view values = metric.values;
  std::string_view text;
  while (next_value(values, text)) {
    const auto value = parse_value(text);
    if (!value) {
      writer.reject(Rejection::kValue);
      continue;
    }
    switch (metric.type) {
      case StatsdType::kCounter:
        writer.count(metric.name, labels, *value / metric.rate);
        break;
      case StatsdType::kGauge:
        writer.gauge(metric.name, labels, *value, text.front() == '+' || text.front() == '-');
        break;
      case StatsdType::kTimer:
      case StatsdType::kHistogram:
      case StatsdType::kDistribution:
        writer.time({.operation = metric.name,
                     .labels = labels,
                     .seconds = *value * seconds_per_unit_,
                     .success = tags.success,
                     .reason = tags.success ? Reason::kNone : tags.reason,
                     .times = static_cast<std::uint64_t>(std::llround(1 / metric.rate))});
        break;
    }
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
