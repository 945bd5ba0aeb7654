#include "exporters/text.h"

#include <cmath>

namespace hale::exporters {

void append_double(std::string& out, double value) {
  // Most numbers are counts; printing an integer costs a fifth of finding the shortest decimals.
  constexpr double kExactIntegers = 9007199254740992.0;  // 2^53
  if (std::abs(value) < kExactIntegers && value == std::trunc(value)) {
    append_integer(out, static_cast<std::int64_t>(value));
    return;
  }
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  out.append(buffer.data(), end.ptr);
}

void append_decimal(std::string& out, std::int64_t value, int decimals, int min_decimals) {
  std::uint64_t magnitude = static_cast<std::uint64_t>(value);
  if (value < 0) {
    out += '-';
    magnitude = 0 - magnitude;
  }
  std::uint64_t scale = 1;
  for (int i = 0; i < decimals; ++i) {
    scale *= 10;
  }
  append_integer(out, magnitude / scale);
  std::uint64_t fraction = magnitude % scale;
  std::array<char, 20> digits;
  int count = decimals;
  for (int i = decimals - 1; i >= 0; --i) {
    digits[static_cast<std::size_t>(i)] = static_cast<char>('0' + fraction % 10);
    fraction /= 10;
  }
  while (count > min_decimals && digits[static_cast<std::size_t>(count - 1)] == '0') {
    --count;
  }
  if (count > 0) {
    out += '.';
    out.append(digits.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace hale::exporters
