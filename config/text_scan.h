// What a text must satisfy before the TOML parser may see it. toml++ 3.3 recurses over nesting and
// dotted keys and overflows its stack on a few hundred kilobytes of either.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "config/document.h"

namespace hale::config {

// All files of a configuration together; 100,000 checks take about 8 MiB.
inline constexpr std::size_t kMaxTextBytes = std::size_t{64} << 20U;
inline constexpr int kMaxNesting = 32;   // brackets and braces
inline constexpr int kMaxKeyParts = 32;  // a.b.c has three

// What is wrong with a text, and where in it.
struct TextError {
  Position at;
  std::string where;  // a key, or "syntax"
  std::string message;
};

// Looks for bytes that are not UTF-8, NUL, and too deep nesting. Knows strings and comments, so
// that it counts what TOML counts for as long as the text is valid TOML; the parser stops at the
// first place where it is not.
std::optional<TextError> scan_text(std::string_view text);

}  // namespace hale::config
