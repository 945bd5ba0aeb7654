#include "checks/dns/name.h"

#include <algorithm>
#include <array>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace hale::checks::dns {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// One character of a label, which may be escaped; `i` moves behind it.
std::optional<std::uint8_t> next_byte(std::string_view text, std::size_t& i) {
  const char c = text[i++];
  if (c != '\\') {
    return static_cast<std::uint8_t>(c);
  }
  if (i >= text.size()) {
    return std::nullopt;
  }
  if (!is_digit(text[i])) {
    return static_cast<std::uint8_t>(text[i++]);
  }
  if (i + 3 > text.size() || !is_digit(text[i + 1]) || !is_digit(text[i + 2])) {
    return std::nullopt;
  }
  const int value = (text[i] - '0') * 100 + (text[i + 1] - '0') * 10 + (text[i + 2] - '0');
  i += 3;
  return value > 255 ? std::nullopt : std::optional(static_cast<std::uint8_t>(value));
}

void append_label_byte(std::string& text, std::uint8_t byte) {
  const char c = static_cast<char>(byte);
  if (c == '.' || c == '\\' || c == '"' || c == ';' || c == '(' || c == ')' || c == '@' ||
      c == '$') {
    text += '\\';
    text += c;
  } else if (byte > 0x20 && byte < 0x7F) {
    text += c;
  } else {
    const std::string digits = std::to_string(byte);
    text += '\\';
    text.append(3 - digits.size(), '0');
    text += digits;
  }
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

}  // namespace

std::expected<std::vector<std::uint8_t>, std::string> encode_name(std::string_view text) {
  std::vector<std::uint8_t> wire;
  if (text.empty()) {
    return std::unexpected("is empty (write \".\" for the root)");
  }
  std::size_t i = text == "." ? 1 : 0;
  while (i < text.size()) {
    const std::size_t length_at = wire.size();
    wire.push_back(0);
    while (i < text.size() && text[i] != '.') {
      const std::optional<std::uint8_t> byte = next_byte(text, i);
      if (!byte) {
        return std::unexpected("has a backslash that escapes nothing");
      }
      wire.push_back(*byte);
    }
    const std::size_t length = wire.size() - length_at - 1;
    if (length == 0) {
      return std::unexpected("has an empty label (two dots in a row)");
    }
    if (length > kMostLabelBytes) {
      return std::unexpected("has a label of more than 63 characters");
    }
    wire[length_at] = static_cast<std::uint8_t>(length);
    ++i;  // the dot
  }
  wire.push_back(0);
  if (wire.size() > kMostNameBytes) {
    return std::unexpected("is longer than a name may be (253 characters)");
  }
  return wire;
}

std::optional<std::string> read_name(Bytes message, std::size_t& offset) {
  std::string text;
  std::size_t at = offset;
  std::size_t segment = offset;  // where the labels that are being read began
  std::size_t wire_size = 1;     // the root's zero
  bool jumped = false;
  for (;;) {
    if (at >= message.size()) {
      return std::nullopt;
    }
    const std::uint8_t length = message[at];
    if ((length & 0xC0U) == 0xC0U) {
      if (at + 1 >= message.size()) {
        return std::nullopt;
      }
      const std::size_t to = (static_cast<std::size_t>(length & 0x3FU) << 8U) | message[at + 1];
      if (to >= segment) {
        return std::nullopt;  // each jump leads before the last one: they come to an end
      }
      if (!jumped) {
        offset = at + 2;
        jumped = true;
      }
      at = to;
      segment = to;
      continue;
    }
    if (length > kMostLabelBytes || at + 1 + length > message.size()) {
      return std::nullopt;
    }
    if (length == 0) {
      break;
    }
    wire_size += 1U + length;
    if (wire_size > kMostNameBytes) {
      return std::nullopt;
    }
    for (const std::uint8_t byte : message.subspan(at + 1, length)) {
      append_label_byte(text, byte);
    }
    text += '.';
    at += 1U + length;
  }
  if (!jumped) {
    offset = at + 1;
  }
  return text.empty() ? "." : text;
}

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::string> reverse_name(const std::string& address) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::array<std::uint8_t, sizeof(in6_addr)> bytes{};
  std::string name;
  if (::inet_pton(AF_INET, address.c_str(), bytes.data()) == 1) {
    for (std::size_t i = sizeof(in_addr); i-- > 0;) {
      name += std::to_string(bytes.at(i)) + ".";
    }
    return name + "in-addr.arpa.";
  }
  if (::inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1) {
    for (std::size_t i = bytes.size(); i-- > 0;) {
      name += kHex[bytes.at(i) & 0x0FU];
      name += '.';
      name += kHex[bytes.at(i) >> 4U];
      name += '.';
    }
    return name + "ip6.arpa.";
  }
  return std::nullopt;
}

}  // namespace hale::checks::dns
