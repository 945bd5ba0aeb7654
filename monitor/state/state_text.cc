#include "monitor/state/state_text.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "monitor/runtime/random.h"

namespace hale::monitor {
namespace {

constexpr std::string_view kMagic = "hale-state ";
constexpr int kVersion = 1;
constexpr std::string_view kSection = "section";
constexpr std::string_view kEnd = "end";
constexpr std::string_view kDigits = "0123456789abcdef";

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

void append_byte(std::string& out, char c) {
  const auto byte = static_cast<unsigned char>(c);
  out += "\\x";
  out += kDigits[byte >> 4];
  out += kDigits[byte & 0xF];
}

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\n') {
      out += "\\n";
    } else if (is_control(c)) {
      append_byte(out, c);
    } else {
      out += c;
    }
  }
}

// A key that is one of the words which begin other lines must not look like one.
void append_key(std::string& out, std::string_view key) {
  if (key == kSection || key == kEnd) {
    append_byte(out, key.front());
    key.remove_prefix(1);
  }
  append_escaped(out, key);
}

std::optional<char> hex_digit(char c) {
  const std::size_t at = kDigits.find(c);
  return at == std::string_view::npos ? std::nullopt : std::optional(static_cast<char>(at));
}

// The byte that the escape at the start of `text`, behind its backslash, stands for.
std::optional<char> take_escape(std::string_view& text) {
  if (text.empty()) {
    return std::nullopt;
  }
  const char kind = text.front();
  text.remove_prefix(1);
  switch (kind) {
    case '\\':
      return '\\';
    case 't':
      return '\t';
    case 'n':
      return '\n';
    case 'x':
      break;
    default:
      return std::nullopt;
  }
  if (text.size() < 2) {
    return std::nullopt;
  }
  const std::optional<char> high = hex_digit(text[0]);
  const std::optional<char> low = hex_digit(text[1]);
  text.remove_prefix(2);
  return high && low ? std::optional(static_cast<char>(*high * 16 + *low)) : std::nullopt;
}

std::optional<std::string> unescaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (is_control(c)) {
      return std::nullopt;
    }
    if (c != '\\') {
      out += c;
      continue;
    }
    const std::optional<char> byte = take_escape(text);
    if (!byte) {
      return std::nullopt;
    }
    out += *byte;
  }
  return out;
}

// The part of `text` up to `separator`, which is removed as well; all of it where there is none.
std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return part;
}

std::string hash_text(std::string_view text) {
  std::string out(16, '0');
  std::uint64_t hash = stable_hash(text);
  for (auto digit = out.rbegin(); digit != out.rend(); ++digit, hash >>= 4) {
    *digit = kDigits[hash & 0xF];
  }
  return out;
}

std::unexpected<StateTextError> damaged(std::string message) {
  return std::unexpected(
      StateTextError{.kind = StateTextError::Kind::kDamaged, .message = std::move(message)});
}

std::optional<StateTextError> look_at_first_line(std::string_view line) {
  int version = 0;
  const std::string_view number = line.substr(std::min(line.size(), kMagic.size()));
  const auto [end, error] = std::from_chars(number.begin(), number.end(), version);
  if (!line.starts_with(kMagic) || error != std::errc() || end != number.end() || version < 1) {
    return StateTextError{.message = "it is not a state file of hale"};
  }
  if (version > kVersion) {
    return StateTextError{
        .kind = StateTextError::Kind::kNewer,
        .message = "it has format " + std::to_string(version) + " of a later version of hale"};
  }
  return std::nullopt;
}

// One record, whose line is `line`, into `section`.
bool read_record(std::string_view line, StateSection& section) {
  std::vector<std::string> words;
  const std::size_t tabs = static_cast<std::size_t>(std::count(line.begin(), line.end(), '\t'));
  for (std::size_t i = 0; i <= tabs; ++i) {
    std::optional<std::string> word = unescaped(take_until(line, '\t'));
    if (!word) {
      return false;
    }
    words.push_back(*std::move(word));
  }
  std::string key = std::move(words.front());
  words.erase(words.begin());
  return section.emplace(std::move(key), std::move(words)).second;
}

// Everything between the first line and the last.
std::expected<StateStore::Sections, StateTextError> read_lines(std::string_view lines,
                                                               std::string_view records_claimed) {
  StateStore::Sections sections;
  StateSection* section = nullptr;
  std::size_t records = 0;
  for (std::size_t number = 2; !lines.empty(); ++number) {
    std::string_view line = take_until(lines, '\n');
    const std::string where = "line " + std::to_string(number);
    if (line == kSection || line.starts_with(std::string(kSection) + '\t')) {
      take_until(line, '\t');
      const std::optional<std::string> name = unescaped(line);
      if (!name) {
        return damaged(where + " names no section");
      }
      section = &sections[*name];
      continue;
    }
    if (section == nullptr || !read_record(line, *section)) {
      return damaged(where + " is no record");
    }
    ++records;
  }
  if (std::to_string(records) != records_claimed) {
    return damaged("it does not have as many records as it says");
  }
  return sections;
}

}  // namespace

std::string state_text(const StateStore::Sections& sections) {
  std::string out(kMagic);
  out += std::to_string(kVersion) + '\n';
  std::size_t records = 0;
  for (const auto& [name, section] : sections) {
    if (section.empty()) {
      continue;
    }
    out += kSection;
    out += '\t';
    append_escaped(out, name);
    out += '\n';
    for (const auto& [key, record] : section) {
      append_key(out, key);
      for (const std::string& field : record) {
        out += '\t';
        append_escaped(out, field);
      }
      out += '\n';
      ++records;
    }
  }
  const std::string hash = hash_text(out);
  out += kEnd;
  out += '\t' + std::to_string(records) + '\t' + hash + '\n';
  return out;
}

std::expected<StateStore::Sections, StateTextError> parse_state_text(std::string_view text) {
  std::string_view rest = text;
  const std::string_view first = take_until(rest, '\n');
  if (text.empty()) {
    return damaged("it is empty");
  }
  if (auto error = look_at_first_line(first)) {
    return std::unexpected(*std::move(error));
  }
  if (!text.ends_with('\n') || rest.empty()) {
    return damaged("it ends in the middle");
  }
  const std::size_t before_last = text.rfind('\n', text.size() - 2);
  std::string_view last = text.substr(before_last + 1, text.size() - before_last - 2);
  const std::string_view hashed = text.substr(0, before_last + 1);
  if (take_until(last, '\t') != kEnd) {
    return damaged("it ends in the middle");
  }
  const std::string_view records = take_until(last, '\t');
  if (last != hash_text(hashed)) {
    return damaged("its checksum is wrong");
  }
  return read_lines(hashed.substr(first.size() + 1), records);
}

}  // namespace hale::monitor
