#include "checks/excerpt.h"

#include "monitor/utf8.h"

namespace hale::checks {
namespace {

// The length of the character that `text` begins with, where it may be shown; 0 where not. U+0080
// to U+009F control the terminal as the characters below the blank do.
std::size_t shown_length(std::string_view text) {
  const std::size_t length = monitor::utf8_length(text);
  const bool control =
      length == 2 && text[0] == '\xC2' && static_cast<unsigned char>(text[1]) < 0xA0U;
  return control ? 0 : length;
}

std::string escape(char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  switch (c) {
    case '\r':
      return "\\r";
    case '\n':
      return "\\n";
    case '\t':
      return "\\t";
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(c);
  return {'\\', 'x', kDigits[byte >> 4U], kDigits[byte & 0x0FU]};
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < ' ' || byte == 0x7FU;
}

bool is_quote(char c) {
  return c == '"' || c == '\\';
}

std::string bounded(std::string_view data, std::size_t most, bool escape_quotes) {
  constexpr std::string_view kCut = "...";
  std::string out;
  std::size_t end_before_cut = 0;  // how much of `out` stays if something has to be cut off
  while (!data.empty()) {
    const std::size_t length = shown_length(data);
    const bool plain =
        length > 0 && !is_control(data.front()) && !(escape_quotes && is_quote(data.front()));
    const std::string piece = plain ? std::string(data.substr(0, length)) : escape(data.front());
    if (out.size() + piece.size() > most) {
      out.resize(end_before_cut);
      out += kCut.substr(0, most - end_before_cut);
      return out;
    }
    out += piece;
    if (out.size() + kCut.size() <= most) {
      end_before_cut = out.size();
    }
    data.remove_prefix(plain ? length : 1);
  }
  return out;
}

}  // namespace

std::string escaped(std::string_view data, std::size_t most) {
  return bounded(data, most, false);
}

std::string in_quotes(std::string_view data, std::size_t most) {
  return "\"" + bounded(data, most, true) + "\"";
}

}  // namespace hale::checks
