#include "monitor/values.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace hale::monitor {
namespace {

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

bool is_digit(char character) {
  return character >= '0' && character <= '9';
}

bool is_letter(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
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

// A hundredth of the number in `text`, rounded once: 99.9 / 100 is not 0.999.
double hundredth(std::string_view text) {
  const std::string shifted = std::string(text) + "e-2";
  double number = 0;
  std::from_chars(shifted.data(), shifted.data() + shifted.size(), number);
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

std::optional<std::int64_t> size_of(std::string_view text) {
  if (text == "0") {
    return 0;
  }
  const std::optional<double> number = take_number(text);
  if (!number) {
    return std::nullopt;
  }
  text.remove_prefix(text.starts_with(' ') ? 1 : 0);
  for (const SizeUnit& unit : kSizeUnits) {
    const double bytes = *number * static_cast<double>(unit.bytes);
    if (text == unit.name && bytes < 9e18) {
      return std::llround(bytes);
    }
  }
  return std::nullopt;
}

}  // namespace

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

Parsed<double> parse_number(std::string_view text) {
  const std::unexpected<std::string> wrong("is not a number (write 5, 0.5)");
  const bool negative = text.starts_with('-');
  std::string_view digits = text.substr(negative || text.starts_with('+') ? 1 : 0);
  if (digits.empty() || !is_digit(digits.front())) {
    return wrong;  // from_chars would take "inf" and "nan"
  }
  double number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size() || !std::isfinite(number)) {
    return wrong;
  }
  return negative ? -number : number;
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
  std::string_view rest = text;
  if (!take_number(rest) || (!rest.empty() && rest != " ")) {
    return wrong;
  }
  text.remove_suffix(rest.size());
  return hundredth(text);
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

std::string size_to_text(std::int64_t bytes) {
  for (const SizeUnit& unit : kSizeUnits) {
    if (bytes != 0 && bytes % unit.bytes == 0) {
      return std::to_string(bytes / unit.bytes) + std::string(unit.name);
    }
  }
  return std::to_string(bytes) + "B";
}

std::string share_to_text(double share) {
  std::array<char, 400> buffer{};  // the smallest double has 308 zeros after the point
  std::string text;
  for (int digits = 1; digits <= std::numeric_limits<double>::max_digits10; ++digits) {
    const auto [rounded, rounding] =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), share * 100,
                      std::chars_format::scientific, digits - 1);
    double percent = 0;
    std::from_chars(buffer.data(), rounded, percent);
    // Once more, without an exponent, which a share does not have.
    const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), percent,
                                            std::chars_format::fixed);
    text.assign(buffer.data(), end);
    if (hundredth(text) == share) {
      break;
    }
  }
  return text + "%";
}

}  // namespace hale::monitor
