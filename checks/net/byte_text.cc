#include "checks/net/byte_text.h"

#include <cstddef>

namespace hale::checks {
namespace {

// The digit's value, -1 for anything else.
int hex_value(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

std::expected<std::vector<std::uint8_t>, std::string> bytes_from_hex(std::string_view text) {
  std::vector<std::uint8_t> bytes;
  std::size_t i = 0;
  while (i < text.size()) {
    if (text[i] == ' ' || text[i] == ':') {
      ++i;
      continue;
    }
    const int high = hex_value(text[i]);
    const int low = i + 1 < text.size() ? hex_value(text[i + 1]) : -1;
    if (high < 0 || low < 0) {
      return std::unexpected("is not hexadecimal (write pairs of digits, \"00ff1a\")");
    }
    bytes.push_back(static_cast<std::uint8_t>(high * 16 + low));
    i += 2;
  }
  return bytes;
}

std::expected<std::vector<std::uint8_t>, std::string> bytes_from_base64(std::string_view text) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::string problem = "is not base64 (four characters for three bytes, \"AP8a\")";
  if (text.size() % 4 != 0) {
    return std::unexpected(problem);
  }
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  std::vector<std::uint8_t> bytes;
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::size_t value = kAlphabet.find(text[i]);
    if (i + padding >= text.size()) {
      value = 0;
    }
    if (value == std::string_view::npos) {
      return std::unexpected(problem);
    }
    bits = (bits << 6U) | static_cast<std::uint32_t>(value);
    if (i % 4 == 3) {
      for (const unsigned shift : {16U, 8U, 0U}) {
        bytes.push_back(static_cast<std::uint8_t>((bits >> shift) & 0xFFU));
      }
      bits = 0;
    }
  }
  bytes.resize(bytes.size() - padding);
  return bytes;
}

}  // namespace hale::checks
