#include "monitor/format.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>

namespace hale::monitor {
namespace {

// Never by printf: its decimal point depends on the process's locale.
std::string fixed(double value, int decimals) {
  std::array<char, 400> buffer;  // the widest double has 309 digits before the point
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 std::chars_format::fixed, decimals);
  return {buffer.data(), end.ptr};
}

std::string with_unit(std::string number, std::string_view unit) {
  number += ' ';
  number += unit;
  return number;
}

// Values that are exact in this unit ("10 s", a configured one) read without decimals, measured
// ones ("1.9 s") with one.
std::string scaled(std::int64_t ns, std::int64_t unit_ns, std::string_view unit) {
  if (ns % unit_ns == 0) {
    return with_unit(std::to_string(ns / unit_ns), unit);
  }
  const double value = static_cast<double>(ns) / static_cast<double>(unit_ns);
  return with_unit(fixed(value, value < 99.95 ? 1 : 0), unit);
}

// From a minute on: the two largest units, the smaller one rounded off; "2h 5m", "3d".
std::string long_duration(std::int64_t seconds) {
  struct Step {
    std::int64_t seconds;
    std::string_view unit;
  };
  constexpr std::array<Step, 4> kSteps = {{{86400, "d"}, {3600, "h"}, {60, "m"}, {1, "s"}}};
  for (std::size_t i = 0; i + 1 < kSteps.size(); ++i) {
    if (seconds < kSteps[i].seconds) {
      continue;
    }
    std::string text = std::to_string(seconds / kSteps[i].seconds);
    text += kSteps[i].unit;
    const std::int64_t rest = seconds % kSteps[i].seconds / kSteps[i + 1].seconds;
    if (rest != 0) {
      text += ' ';
      text += std::to_string(rest);
      text += kSteps[i + 1].unit;
    }
    return text;
  }
  return with_unit(std::to_string(seconds), "s");
}

std::string not_finite(double value) {
  if (std::isnan(value)) {
    return "not a number";
  }
  return value < 0 ? "-infinite" : "infinite";
}

std::string format_number(double value) {
  if (!std::isfinite(value)) {
    return not_finite(value);
  }
  if (value == std::trunc(value)) {
    return fixed(value == 0 ? 0.0 : value, 0);
  }
  if (std::abs(value) < 0.01) {
    std::array<char, 32> buffer;
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                   std::chars_format::general, 3);
    return {buffer.data(), end.ptr};
  }
  std::string text = fixed(value, 2);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) {
    text.pop_back();
  }
  return text;
}

std::string format_seconds(double seconds) {
  if (!std::isfinite(seconds)) {
    return not_finite(seconds);
  }
  constexpr double kLongest = 9e9;  // 285 years: about all that a Duration holds
  const double bounded = std::clamp(seconds, -kLongest, kLongest);
  return format_duration(Duration(std::llround(bounded * 1e9)));
}

}  // namespace

std::string format_duration(Duration duration) {
  constexpr std::int64_t kMicrosecond = 1'000;
  constexpr std::int64_t kMillisecond = 1'000'000;
  constexpr std::int64_t kSecond = 1'000'000'000;
  std::int64_t ns = duration.count();
  if (ns < 0) {
    ns = std::max(ns, -std::numeric_limits<std::int64_t>::max());
    return "-" + format_duration(Duration(-ns));
  }
  if (ns == 0) {
    return "0 s";
  }
  // Each bound is where rounding to the digits shown would reach the next unit.
  if (ns < kMicrosecond) {
    return with_unit(std::to_string(ns), "ns");
  }
  if (ns < 99'500) {
    return with_unit(std::to_string((ns + kMicrosecond / 2) / kMicrosecond), "µs");
  }
  if (ns < 999'500'000) {
    return scaled(ns, kMillisecond, "ms");
  }
  if (ns < 59'950'000'000) {
    return scaled(ns, kSecond, "s");
  }
  return long_duration(ns / kSecond + (ns % kSecond >= kSecond / 2 ? 1 : 0));
}

std::string format_bytes(double bytes) {
  if (!std::isfinite(bytes)) {
    return not_finite(bytes);
  }
  if (bytes < 0) {
    return "-" + format_bytes(-bytes);
  }
  if (bytes < 1023.5) {
    return with_unit(fixed(std::round(bytes), 0), "B");
  }
  constexpr std::array<std::string_view, 6> kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  std::size_t unit = 0;
  double value = bytes / 1024;
  while (value >= 1023.95 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return with_unit(fixed(value, 1), kUnits[unit]);
}

std::string format_share(double share) {
  if (!std::isfinite(share)) {
    return not_finite(share);
  }
  // Nearly nothing is not nothing, and nearly all is not all.
  if (share > 0 && share < 0.0005) {
    return "<0.1 %";
  }
  if (share >= 0.9995 && share < 1) {
    return ">99.9 %";
  }
  return with_unit(fixed(share * 100, 1), "%");
}

std::string format_value(Unit unit, double value) {
  switch (unit) {
    case Unit::kSeconds:
      return format_seconds(value);
    case Unit::kBytes:
      return format_bytes(value);
    case Unit::kRatio:
      return std::isfinite(value) ? format_share(value) : not_finite(value);
    case Unit::kNone:
      break;
  }
  return format_number(value);
}

}  // namespace hale::monitor
