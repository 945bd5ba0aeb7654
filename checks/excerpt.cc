#include "checks/excerpt.h"

namespace hale::checks {
namespace {

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

// The length of the well-formed UTF-8 character that `text` begins with; 0 where there is none.
std::size_t utf8_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  std::size_t length = 0;
  if (lead < 0x80U) {
    length = 1;
  } else if (lead >= 0xC2U && lead <= 0xDFU) {
    length = 2;
  } else if (lead >= 0xE0U && lead <= 0xEFU) {
    length = 3;
  } else if (lead >= 0xF0U && lead <= 0xF4U) {
    length = 4;
  }
  if (length == 0 || text.size() < length) {
    return 0;
  }
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(text[i])) {
      return 0;
    }
  }
  if (length > 2) {  // overlong forms, surrogates, and what lies beyond U+10FFFF
    const auto second = static_cast<unsigned char>(text[1]);
    const bool wrong = (lead == 0xE0U && second < 0xA0U) || (lead == 0xEDU && second > 0x9FU) ||
                       (lead == 0xF0U && second < 0x90U) || (lead == 0xF4U && second > 0x8FU);
    return wrong ? 0 : length;
  }
  // U+0080 to U+009F control the terminal as well.
  return lead == 0xC2U && static_cast<unsigned char>(text[1]) < 0xA0U ? 0 : length;
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
    const std::size_t length = utf8_length(data);
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
  return bounded(data, most, true);
}

std::string one_line(std::string_view data, std::size_t most) {
  return bounded(data, most, false);
}

std::string in_quotes(std::string_view data, std::size_t most) {
  return "\"" + escaped(data, most) + "\"";
}

}  // namespace hale::checks
