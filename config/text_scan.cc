#include "config/text_scan.h"

#include <array>

#include "monitor/utf8.h"

namespace hale::config {
namespace {

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
    const std::size_t length = monitor::utf8_length(text_.substr(offset_));
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

std::optional<TextError> scan_text(std::string_view text) {
  if (text.size() > kMaxTextBytes) {
    return TextError{.at = {},
                     .where = "file",
                     .message = "larger than " + std::to_string(kMaxTextBytes >> 20U) + " MiB"};
  }
  return Scanner(text).scan();
}

}  // namespace hale::config
