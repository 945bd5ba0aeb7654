#include "config/values.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include <arpa/inet.h>

#include "monitor/check_settings.h"

namespace hale::config {
namespace {

using monitor::Bad;
using monitor::Comparison;
using monitor::Duration;
using monitor::Limit;
using monitor::MeasurementDescriptor;
using monitor::Threshold;
using monitor::Unit;

struct DurationUnit {
  std::string_view name;
  std::int64_t nanoseconds;
};
// The largest first, as they must stand in a text.
constexpr std::array<DurationUnit, 5> kDurationUnits = {{
    {"d", 86'400'000'000'000},
    {"h", 3'600'000'000'000},
    {"m", 60'000'000'000},
    {"s", 1'000'000'000},
    {"ms", 1'000'000},
}};
constexpr double kLongestDuration = 36'500.0 * 86'400e9;  // a hundred years, in nanoseconds

struct SizeUnit {
  std::string_view name;
  std::int64_t bytes;
};
constexpr std::array<SizeUnit, 9> kSizeUnits = {{
    {"TiB", std::int64_t{1} << 40},
    {"GiB", std::int64_t{1} << 30},
    {"MiB", std::int64_t{1} << 20},
    {"KiB", std::int64_t{1} << 10},
    {"TB", 1'000'000'000'000},
    {"GB", 1'000'000'000},
    {"MB", 1'000'000},
    {"kB", 1'000},
    {"B", 1},
}};

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

bool is_digit(char character) {
  return character >= '0' && character <= '9';
}

bool is_letter(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

std::string_view without_leading_space(std::string_view text) {
  while (text.starts_with(' ')) {
    text.remove_prefix(1);
  }
  return text;
}

// Takes a number without a sign ("10", "1.5") off the front of `text`.
std::optional<double> take_number(std::string_view& text) {
  if (text.empty() || !is_digit(text.front())) {
    return std::nullopt;
  }
  double number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{} || !is_digit(*(end - 1))) {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

// Takes letters off the front of `text`.
std::string_view take_word(std::string_view& text) {
  std::size_t length = 0;
  while (length < text.size() && is_letter(text[length])) {
    ++length;
  }
  const std::string_view word = text.substr(0, length);
  text.remove_prefix(length);
  return word;
}

std::optional<double> whole_number(std::string_view text) {
  const bool negative = text.starts_with('-');
  std::string_view digits = text.substr(negative || text.starts_with('+') ? 1 : 0);
  if (digits.empty() || !is_digit(digits.front())) {
    return std::nullopt;  // from_chars would take "inf" and "nan"
  }
  double number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size() || !std::isfinite(number)) {
    return std::nullopt;
  }
  return negative ? -number : number;
}

std::optional<std::int64_t> size_of(std::string_view text) {
  if (text == "0") {
    return 0;
  }
  const std::optional<double> number = take_number(text);
  if (!number) {
    return std::nullopt;
  }
  text = without_leading_space(text);
  for (const SizeUnit& unit : kSizeUnits) {
    const double bytes = *number * static_cast<double>(unit.bytes);
    if (text == unit.name && bytes < 9e18) {
      return std::llround(bytes);
    }
  }
  return std::nullopt;
}

std::string shortest(double value) {
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), end};
}

// What a limit on this measurement may look like.
std::string_view limit_hint(const MeasurementDescriptor& measurement) {
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

// The value that `limit` compares with. Empty: done; else what is wrong.
std::string set_value(Limit& limit, std::string_view text, bool with_operator) {
  const MeasurementDescriptor& measurement = *limit.measurement;
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
      if (const auto bytes = size_of(text)) {
        value = static_cast<double>(*bytes);
      }
      break;
    case Unit::kRatio:
      value = whole_number(text);
      if (value && (*value < 0 || *value > 1)) {
        value.reset();
      }
      break;
    case Unit::kNone:
      if ((text == "true" || text == "false") && !with_operator) {
        limit.comparison = Comparison::kEqual;
        value = text == "true" ? 1 : 0;
      } else {
        value = whole_number(text);
      }
      break;
  }
  if (!value) {
    return not_a_limit(measurement);
  }
  limit.value = *value;
  return "";
}

std::string bytes_text(double value) {
  const std::int64_t bytes = std::llround(value);
  for (const SizeUnit& unit : kSizeUnits) {
    if (bytes != 0 && bytes % unit.bytes == 0) {
      return std::to_string(bytes / unit.bytes) + std::string(unit.name);
    }
  }
  return std::to_string(bytes) + "B";
}

// The shortest percentage that reads back as exactly this share, or the nearest there is.
std::string share_text(double share) {
  std::array<char, 64> buffer{};
  char* end = buffer.data();
  for (int digits = 1; digits <= std::numeric_limits<double>::max_digits10; ++digits) {
    const double percent = share * 100;
    end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), percent,
                        std::chars_format::general, digits)
              .ptr;
    double back = 0;
    std::from_chars(buffer.data(), end, back);
    if (back / 100 == share) {
      // Once more, without an exponent: "1e+02" is no number of a share.
      end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), back,
                          std::chars_format::fixed)
                .ptr;
      break;
    }
  }
  return std::string(buffer.data(), end) + "%";
}

}  // namespace

std::string ListenAddress::to_string() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  return (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Parsed<bool> parse_boolean(std::string_view text) {
  if (text == "true" || text == "false") {
    return text == "true";
  }
  return std::unexpected("is neither true nor false");
}

Parsed<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
    return std::unexpected("is not a whole number (write 5)");
  }
  return value;
}

Parsed<Duration> parse_duration(std::string_view text) {
  const std::unexpected<std::string> wrong(R"(is not a duration (write "10s", "250ms", "1h30m"))");
  std::int64_t total = 0;
  auto next_unit = kDurationUnits.begin();  // units stand in falling order, each at most once
  std::string_view rest = text;
  do {
    const std::string_view whole = rest.substr(0, rest.find_first_not_of("0123456789"));
    const std::optional<double> number = take_number(rest);
    if (!number || *number > kLongestDuration) {
      return wrong;
    }
    const std::string_view spaced = rest.starts_with(' ') ? rest.substr(1) : rest;
    std::string_view after = spaced;
    const std::string_view name = take_word(after);
    while (next_unit != kDurationUnits.end() && next_unit->name != name) {
      ++next_unit;
    }
    if (next_unit == kDurationUnits.end()) {
      return wrong;
    }
    const auto unit = static_cast<double>(next_unit->nanoseconds);
    if (static_cast<double>(total) + *number * unit > kLongestDuration) {
      return std::unexpected(R"(is longer than a hundred years (write "10s", "1h30m", "30d"))");
    }
    std::int64_t units = 0;  // the whole part exactly, only the fraction through a double
    std::from_chars(whole.data(), whole.data() + whole.size(), units);
    total += units * next_unit->nanoseconds +
             std::llround((*number - static_cast<double>(units)) * unit);
    ++next_unit;
    rest = after;
    if (rest.size() > 1 && rest.starts_with(' ')) {
      rest.remove_prefix(1);
    }
  } while (!rest.empty());
  return Duration(total);
}

Parsed<std::int64_t> parse_size(std::string_view text) {
  if (const std::optional<std::int64_t> bytes = size_of(text)) {
    return *bytes;
  }
  return std::unexpected(R"(is not a size (write "20GiB", "500MB", "1024B"))");
}

Parsed<double> parse_share(std::string_view text) {
  const std::unexpected<std::string> wrong(R"(is not a share (write "90%"))");
  if (!text.ends_with('%')) {
    return wrong;
  }
  text.remove_suffix(1);
  const std::optional<double> number = take_number(text);
  if (!number || (!text.empty() && text != " ")) {
    return wrong;
  }
  return *number / 100;
}

Parsed<Threshold> parse_threshold(std::string_view text) {
  const std::unexpected<std::string> wrong(
      R"(is not a number of results (write 3, or "3/5" for three of the last five))");
  const std::size_t slash = text.find('/');
  const Parsed<std::int64_t> count = parse_integer(text.substr(0, slash));
  if (!count) {
    return wrong;
  }
  std::int64_t of = *count;
  if (slash != std::string_view::npos) {
    const Parsed<std::int64_t> last = parse_integer(text.substr(slash + 1));
    if (!last) {
      return wrong;
    }
    of = *last;
  }
  if (*count < 1 || of < *count || of > 64) {
    return std::unexpected(R"(is out of range (write 3, or "3/5": at least 1, of at most 64))");
  }
  return Threshold{.count = static_cast<int>(*count), .of = static_cast<int>(of)};
}

Parsed<ListenAddress> parse_listen_address(std::string_view text) {
  const std::unexpected<std::string> wrong(
      R"(is not an address and a port (write "127.0.0.1:4253" or "[::1]:4253"))");
  if (text.starts_with("unix:")) {
    return std::unexpected(
        "is a Unix socket, which is not built yet in this version of hale "
        "(write \"127.0.0.1:4253\")");
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) {
    return wrong;
  }
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
  if (bracketed) {
    host = host.substr(1, host.size() - 2);
  }
  const Parsed<std::int64_t> port = parse_integer(text.substr(colon + 1));
  ListenAddress address{.host = std::string(host)};
  std::array<unsigned char, sizeof(in6_addr)> binary{};
  if (!port || text.substr(colon + 1).starts_with('-') ||
      inet_pton(bracketed ? AF_INET6 : AF_INET, address.host.c_str(), binary.data()) != 1) {
    return wrong;
  }
  if (*port > 65535) {
    return std::unexpected("has a port above 65535 (write \"127.0.0.1:4253\")");
  }
  address.port = static_cast<std::uint16_t>(*port);
  return address;
}

Parsed<std::optional<Limit>> parse_limit(std::string_view text,
                                         const MeasurementDescriptor& measurement,
                                         monitor::Result severity) {
  if (text == "off") {
    return std::optional<Limit>();
  }
  Limit limit{
      .measurement = &measurement,
      .comparison = measurement.bad == Bad::kHigh ? Comparison::kGreaterEqual : Comparison::kLess,
      .severity = severity};
  bool with_operator = false;
  for (const Operator& candidate : kOperators) {
    if (text.starts_with(candidate.text)) {
      limit.comparison = candidate.comparison;
      text = without_leading_space(text.substr(candidate.text.size()));
      with_operator = true;
      break;
    }
  }
  if (std::string wrong = set_value(limit, text, with_operator); !wrong.empty()) {
    return std::unexpected(std::move(wrong));
  }
  return limit;
}

std::string to_text(Duration duration) {
  std::int64_t rest = duration.count();
  std::string text;
  for (const DurationUnit& unit : kDurationUnits) {
    const std::int64_t count = rest / unit.nanoseconds;
    const bool last = unit.name == "ms";
    rest -= count * unit.nanoseconds;
    if (count == 0 && !(last && rest > 0)) {
      continue;
    }
    text += std::to_string(count);
    if (last && rest > 0) {
      std::string fraction = std::to_string(unit.nanoseconds + rest).substr(1);
      fraction.erase(fraction.find_last_not_of('0') + 1);
      text += "." + fraction;
    }
    text += unit.name;
  }
  return text.empty() ? "0s" : text;
}

std::string to_text(const Threshold& threshold) {
  std::string text = std::to_string(threshold.count);
  return threshold.of == threshold.count ? text : text + "/" + std::to_string(threshold.of);
}

std::string to_text(const Limit& limit) {
  std::string text(monitor::to_string(limit.comparison));
  text += ' ';
  if (limit.share) {
    return text + share_text(limit.value);
  }
  switch (limit.measurement->unit) {
    case Unit::kSeconds:
      return text + to_text(Duration(std::llround(limit.value * 1e9)));
    case Unit::kBytes:
      return text + bytes_text(limit.value);
    case Unit::kRatio:
      return text + share_text(limit.value);
    case Unit::kNone:
      break;
  }
  return text + shortest(limit.value);
}

}  // namespace hale::config
