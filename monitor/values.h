// Values as the configuration, the command line and the API write them: text to typed value and,
// exactly, back. Pure.
//
// An error continues a sentence that began with the value: `"10x"` + ` is not a duration (...)`.
// It says what is wrong and, in brackets, what would be right.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "monitor/time.h"

namespace hale::monitor {

template <class T>
using Parsed = std::expected<T, std::string>;

Parsed<bool> parse_boolean(std::string_view text);
Parsed<std::int64_t> parse_integer(std::string_view text);

Parsed<double> parse_number(std::string_view text);  // finite

// Numbers with ms, s, m, h, d, large units first: "250ms", "1.5s", "1h30m". Never negative, at most
// a hundred years.
Parsed<Duration> parse_duration(std::string_view text);

// A number with B, kB, MB, GB, TB, KiB, MiB, GiB or TiB, in bytes. Fractions are rounded.
Parsed<std::int64_t> parse_size(std::string_view text);

// "90%" is 0.9. Never negative.
Parsed<double> parse_share(std::string_view text);

// The inverse of parsing, to the last digit.
std::string to_text(Duration duration);
std::string size_to_text(std::int64_t bytes);
std::string share_to_text(double share);

}  // namespace hale::monitor
