// Values as the configuration writes them: text to typed value and, exactly, back. Pure.
//
// An error continues a sentence that began with the value: `"10x"` + ` is not a duration (...)`.
// It says what is wrong and, in brackets, what would be right.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "monitor/check_descriptor.h"
#include "monitor/health/limits.h"
#include "monitor/time.h"

namespace hale::monitor {
struct Threshold;
}  // namespace hale::monitor

namespace hale::config {

template <class T>
using Parsed = std::expected<T, std::string>;

// Where the HTTP server listens: a numeric IPv4 or IPv6 address. Port 0: the kernel chooses one.
struct ListenAddress {
  std::string host;
  std::uint16_t port = 0;
  std::string to_string() const;  // "127.0.0.1:4253", "[::1]:4253"
  bool operator==(const ListenAddress&) const = default;
};

Parsed<bool> parse_boolean(std::string_view text);
Parsed<std::int64_t> parse_integer(std::string_view text);

Parsed<double> parse_number(std::string_view text);  // finite

// Numbers with ms, s, m, h, d, large units first: "250ms", "1.5s", "1h30m". Never negative.
Parsed<monitor::Duration> parse_duration(std::string_view text);

// A number with B, kB, MB, GB, TB, KiB, MiB, GiB or TiB, in bytes. Fractions are rounded.
Parsed<std::int64_t> parse_size(std::string_view text);

// "90%" is 0.9. Never negative.
Parsed<double> parse_share(std::string_view text);

// "3" is 3 of 3, "3/5" three of the last five.
Parsed<monitor::Threshold> parse_threshold(std::string_view text);

Parsed<ListenAddress> parse_listen_address(std::string_view text);

struct LimitValue {
  std::optional<monitor::Limit> limit;  // absent: "off"
};

// When a limit on `measurement` triggers: an operator may stand first, else the direction that is
// bad decides (`>=` where high is bad, `<` where low is).
Parsed<LimitValue> parse_limit(std::string_view text,
                               const monitor::MeasurementDescriptor& measurement,
                               monitor::Result severity);

// The inverse of parsing, to the last digit.
std::string to_text(monitor::Duration duration);
std::string to_text(const monitor::Threshold& threshold);
std::string to_text(const monitor::Limit& limit);
std::string size_to_text(std::int64_t bytes);
std::string share_to_text(double share);

}  // namespace hale::config
