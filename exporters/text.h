// What every format that hale writes needs: numbers, and text that is UTF-8 whatever the bytes are.
// Appending to one string allocates nothing per value.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "monitor/utf8.h"

namespace hale::exporters {

template <std::integral Integer>
void append_integer(std::string& out, Integer value) {
  std::array<char, 24> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  out.append(buffer.data(), end.ptr);
}

// The shortest text that reads back as the same finite double: "3", "0.1", "1e+22".
void append_double(std::string& out, double value);

// `value` / 10^`decimals` without trailing zeros but with at least `min_decimals` of them:
// (1763753600200, 3, 1) is "1763753600.2", (2000000, 3, 0) is "2000".
void append_decimal(std::string& out, std::int64_t value, int decimals, int min_decimals);

inline constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";  // U+FFFD

// Appends `value`. What is no UTF-8 becomes U+FFFD; ASCII characters that are not `plain` are
// handed to `escape`, with `out`.
template <class IsPlain, class Escape>
void append_utf8(std::string& out, std::string_view value, IsPlain plain, Escape escape) {
  while (!value.empty()) {
    const auto is_plain = [&](char c) { return static_cast<unsigned char>(c) < 0x80 && plain(c); };
    const auto end = std::ranges::find_if_not(value, is_plain);
    const auto length = static_cast<std::size_t>(end - value.begin());
    out += value.substr(0, length);
    value.remove_prefix(length);
    if (value.empty()) {
      return;
    }
    const std::size_t bytes = monitor::utf8_length(value);
    if (bytes == 0) {
      out += kReplacementCharacter;
    } else if (bytes == 1) {
      escape(out, value.front());
    } else {
      out += value.substr(0, bytes);
    }
    value.remove_prefix(bytes == 0 ? 1 : bytes);
  }
}

}  // namespace hale::exporters
