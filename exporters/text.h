// What every text format that hale writes needs: numbers, and what stands for bytes that are no
// UTF-8. Appending to one string
// allocates nothing per value.
#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

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

}  // namespace hale::exporters
