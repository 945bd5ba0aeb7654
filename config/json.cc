#include "config/json.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace hale::config {

JsonObject& JsonObject::add(std::string_view key, Json value) {
  members_.emplace_back(key, std::move(value));
  return *this;
}

bool JsonObject::has(std::string_view key) const {
  return std::any_of(members_.begin(), members_.end(),
                     [key](const auto& member) { return member.first == key; });
}

Json JsonObject::json() const {
  Json out{"{"};
  for (const auto& [key, value] : members_) {
    out.text += (out.text.size() > 1 ? "," : "") + json_string(key).text + ":" + value.text;
  }
  out.text += "}";
  return out;
}

Json json_string(std::string_view text) {
  Json out{"\""};
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (character == '"' || character == '\\') {
      out.text += '\\';
      out.text += character;
    } else if (byte < 0x20) {
      constexpr std::string_view kDigits = "0123456789abcdef";
      out.text += "\\u00";
      out.text += kDigits[byte >> 4U];
      out.text += kDigits[byte & 0x0FU];
    } else {
      out.text += character;
    }
  }
  out.text += '"';
  return out;
}

Json json_number(double value) {
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {std::string(buffer.data(), end)};
}

Json json_boolean(bool value) {
  return {value ? "true" : "false"};
}

Json json_array(const std::vector<Json>& elements) {
  Json out{"["};
  for (const Json& element : elements) {
    out.text += (out.text.size() > 1 ? "," : "") + element.text;
  }
  out.text += "]";
  return out;
}

Json json_strings(const std::vector<std::string_view>& texts) {
  std::vector<Json> elements;
  elements.reserve(texts.size());
  for (const std::string_view text : texts) {
    elements.push_back(json_string(text));
  }
  return json_array(elements);
}

std::string indented(const Json& value) {
  std::string out;
  std::size_t depth = 0;
  bool in_string = false;
  const auto new_line = [&] { out += "\n" + std::string(2 * depth, ' '); };
  for (std::size_t i = 0; i < value.text.size(); ++i) {
    const char character = value.text[i];
    if (in_string) {
      out += character;
      if (character == '\\') {
        out += value.text[++i];
      }
      in_string = character != '"';
      continue;
    }
    const bool empty = (character == '{' || character == '[') && i + 1 < value.text.size() &&
                       (value.text[i + 1] == '}' || value.text[i + 1] == ']');
    if (empty) {
      out += character;
      out += value.text[++i];
    } else if (character == '{' || character == '[') {
      out += character;
      ++depth;
      new_line();
    } else if (character == '}' || character == ']') {
      --depth;
      new_line();
      out += character;
    } else if (character == ',') {
      out += character;
      new_line();
    } else {
      out += character;
      if (character == ':') {
        out += ' ';
      }
      in_string = character == '"';
    }
  }
  return out;
}

}  // namespace hale::config
