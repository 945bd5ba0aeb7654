#include "config/text_scan.h"

#include <array>

namespace hale::config {
namespace {

// The length of the UTF-8 sequence at `offset`; 0 if there is none (RFC 3629: no overlong forms,
// no surrogates, nothing above U+10FFFF).
std::size_t sequence_length(std::string_view text, std::size_t offset) {
  const auto byte = [&](std::size_t index) -> unsigned {
    return index < text.size() ? static_cast<unsigned char>(text[index]) : 0U;
  };
  const auto follows = [&](std::size_t index) { return (byte(index) & 0xC0U) == 0x80U; };
  const unsigned first = byte(offset);
  const unsigned second = byte(offset + 1);
  if (first < 0x80) {
    return 1;
  }
  if (first >= 0xC2 && first <= 0xDF) {
    return follows(offset + 1) ? 2 : 0;
  }
  if (first >= 0xE0 && first <= 0xEF) {
    const bool overlong = first == 0xE0 && second < 0xA0;
    const bool surrogate = first == 0xED && second > 0x9F;
    return follows(offset + 1) && follows(offset + 2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool overlong = first == 0xF0 && second < 0x90;
    const bool too_large = first == 0xF4 && second > 0x8F;
    const bool complete = follows(offset + 1) && follows(offset + 2) && follows(offset + 3);
    return complete && !overlong && !too_large ? 4 : 0;
  }
  return 0;
}

std::string hexadecimal(char character) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(character);
  return {'0', 'x', kDigits[byte >> 4U], kDigits[byte & 0x0FU]};
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::optional<TextError> scan() {
    while (offset_ < text_.size() && !error_) {
      const char character = text_[offset_];
      if (character == '"' || character == '\'') {
        skip_string(character);
        continue;
      }
      if (character == '#') {
        while (offset_ < text_.size() && text_[offset_] != '\n' && !error_) {
          advance();
        }
        continue;
      }
      count(character);
      advance();
    }
    return error_;
  }

 private:
  void fail(std::string message) {
    if (!error_) {
      error_ = TextError{.at = at_, .where = "syntax", .message = std::move(message)};
    }
  }

  // To the next character.
  void advance() {
    const char character = text_[offset_];
    const std::size_t length = sequence_length(text_, offset_);
    if (length == 0) {
      fail("byte " + hexadecimal(character) + " is not UTF-8 (save the file as UTF-8)");
      return;
    }
    if (character == '\0') {
      fail("a NUL byte (the file is binary, or UTF-16: save it as UTF-8)");
      return;
    }
    offset_ += length;
    if (character == '\n') {
      ++at_.line;
      at_.column = 1;
    } else {
      ++at_.column;
    }
  }

  void count(char character) {
    switch (character) {
      case '.':
        if (++dots_ >= kMaxKeyParts) {
          fail("a key of more than " + std::to_string(kMaxKeyParts) + " parts");
        }
        return;
      case '[':
      case '{':
        if (++depth_ > kMaxNesting) {
          fail("brackets nested more than " + std::to_string(kMaxNesting) + " deep");
        }
        break;
      case ']':
      case '}':
        depth_ = depth_ > 0 ? depth_ - 1 : 0;
        break;
      case '\n':
      case '=':
      case ',':
        break;
      default:
        return;
    }
    dots_ = 0;  // a key ends at each of these
  }

  bool at_three(char quote) const {
    const std::array<char, 3> three = {quote, quote, quote};
    return text_.substr(offset_, 3) == std::string_view(three.data(), three.size());
  }

  void skip_string(char quote) {
    const bool multi_line = at_three(quote);
    for (int i = 0; i < (multi_line ? 3 : 1); ++i) {
      advance();
    }
    while (offset_ < text_.size() && !error_) {
      const char character = text_[offset_];
      if (character == '\\' && quote == '"' && offset_ + 1 < text_.size()) {
        advance();  // and, below, what it escapes
      } else if (multi_line ? at_three(quote) : character == quote) {
        // Up to two quotes before the closing three belong to the string.
        for (int i = 0; i < (multi_line ? 5 : 1) && text_.substr(offset_).starts_with(quote); ++i) {
          advance();
        }
        return;
      }
      if (!multi_line && text_[offset_] == '\n') {
        return;  // not closed: the parser will say so
      }
      if (!error_) {
        advance();
      }
    }
  }

  std::string_view text_;
  std::size_t offset_ = 0;
  Position at_;
  int depth_ = 0;
  int dots_ = 0;
  std::optional<TextError> error_;
};

}  // namespace

bool is_utf8(std::string_view text) {
  std::size_t offset = 0;
  while (offset < text.size()) {
    const std::size_t length = sequence_length(text, offset);
    if (length == 0) {
      return false;
    }
    offset += length;
  }
  return true;
}

std::optional<TextError> scan_text(std::string_view text) {
  if (text.size() > kMaxTextBytes) {
    return TextError{.at = {},
                     .where = "file",
                     .message = "larger than " + std::to_string(kMaxTextBytes >> 20U) + " MiB"};
  }
  return Scanner(text).scan();
}

}  // namespace hale::config
