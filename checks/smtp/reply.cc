#include "checks/smtp/reply.h"

#include <algorithm>
#include <cctype>

#include "checks/excerpt.h"

namespace hale::checks::smtp {
namespace {

constexpr std::size_t kMostLines = 200;
constexpr std::size_t kLongestLine = 4096;  // RFC 5321 section 4.5.3.1.5 allows 512

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    return std::toupper(static_cast<unsigned char>(x)) ==
           std::toupper(static_cast<unsigned char>(y));
  });
}

// Whether these could be the first bytes of a reply's line: "2", "25", "250", "250-".
bool could_begin_line(std::string_view text) {
  for (std::size_t i = 0; i < text.size() && i < 4; ++i) {
    const char c = text[i];
    const bool fits = i == 0  ? c >= '2' && c <= '5'
                      : i < 3 ? is_digit(c)
                              : c == ' ' || c == '-' || c == '\r' || c == '\n';
    if (!fits) {
      return false;
    }
  }
  return true;
}

}  // namespace

Parse parse_reply(std::string_view received, Reply& reply, std::size_t& size) {
  reply = Reply();
  std::string_view rest = received;
  while (reply.lines.size() < kMostLines) {
    if (!could_begin_line(rest)) {
      return Parse::kWrong;
    }
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) {
      const std::size_t length = rest.size() - (rest.ends_with('\r') ? 1 : 0);
      return length > kLongestLine ? Parse::kWrong : Parse::kMore;
    }
    std::string_view line = rest.substr(0, end);
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    const bool separated =
        line.size() == 3 || (line.size() > 3 && (line[3] == ' ' || line[3] == '-'));
    if (!separated || line.size() > kLongestLine) {
      return Parse::kWrong;
    }
    const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    if (reply.code != 0 && reply.code != code) {
      return Parse::kWrong;
    }
    reply.code = code;
    reply.lines.emplace_back(line.substr(std::min<std::size_t>(4, line.size())));
    rest.remove_prefix(end + 1);
    if (line.size() == 3 || line[3] == ' ') {
      size = received.size() - rest.size();
      return Parse::kDone;
    }
  }
  return Parse::kWrong;
}

bool offers(const Reply& ehlo, std::string_view keyword, std::string* parameters) {
  // The first line greets.
  for (std::size_t i = 1; i < ehlo.lines.size(); ++i) {
    const std::string_view line = ehlo.lines[i];
    const std::size_t end = std::min(line.find_first_of(" ="), line.size());
    if (same_word(line.substr(0, end), keyword)) {
      if (parameters != nullptr) {
        *parameters = line.substr(std::min(end + 1, line.size()));
      }
      return true;
    }
  }
  return false;
}

bool has_word(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (same_word(words.substr(0, end), word)) {
      return true;
    }
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

std::string reply_text(const Reply& reply) {
  const std::string words = reply.lines.empty() ? "" : escaped(reply.lines.back(), 200);
  return std::to_string(reply.code) + (words.empty() ? "" : " " + words);
}

}  // namespace hale::checks::smtp
