#include "checks/dns/record.h"

#include <algorithm>
#include <array>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "checks/dns/codes.h"
#include "checks/dns/wire.h"

namespace hale::checks::dns {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

// A character-string's bytes as a zone file holds them between its quotes.
void append_text(std::string& text, Bytes bytes) {
  for (const std::uint8_t byte : bytes) {
    if (byte == '\\' || (byte == '"')) {
      text += '\\';
      text += static_cast<char>(byte);
    } else if (byte >= 0x20 && byte < 0x7F) {
      text += static_cast<char>(byte);
    } else {
      const std::string digits = std::to_string(byte);
      text += '\\';
      text.append(3 - digits.size(), '0');
      text += digits;
    }
  }
}

// Reads one record's data; `message` ends where the data ends, so that nothing in it can reach
// beyond, while compressed names may lead back to all that stands before.
struct DataReader {
  Bytes message;
  std::size_t offset;
  std::string text;
  std::optional<std::uint32_t> serial;

  std::size_t left() const { return message.size() - offset; }
  void separate() {
    if (!text.empty()) {
      text += ' ';
    }
  }
  bool name() {
    const std::optional<std::string> read = read_name(message, offset);
    if (read) {
      separate();
      text += *read;
    }
    return read.has_value();
  }
  bool u16() {
    const std::optional<std::uint16_t> read = read_u16(message, offset);
    if (read) {
      separate();
      text += std::to_string(*read);
    }
    return read.has_value();
  }
  bool u32(bool is_serial = false) {
    const std::optional<std::uint32_t> read = read_u32(message, offset);
    if (read) {
      separate();
      text += std::to_string(*read);
    }
    if (is_serial) {
      serial = read;
    }
    return read.has_value();
  }
  bool address(int family, std::size_t size) {
    std::array<char, INET6_ADDRSTRLEN> buffer{};
    if (left() != size ||
        ::inet_ntop(family, message.data() + offset, buffer.data(), buffer.size()) == nullptr) {
      return false;
    }
    offset += size;
    text = buffer.data();
    return true;
  }
  bool soa() { return name() && name() && u32(true) && u32() && u32() && u32() && u32(); }
  bool strings() {
    do {
      if (left() == 0) {
        return false;  // a TXT record has at least one string
      }
      const std::size_t size = message[offset];
      if (size + 1 > left()) {
        return false;
      }
      append_text(text, message.subspan(offset + 1, size));
      offset += size + 1;
    } while (left() > 0);
    return true;
  }
  bool caa() {
    if (left() < 2) {
      return false;
    }
    text = std::to_string(message[offset]) + " ";
    const std::size_t tag = message[offset + 1];
    if (tag == 0 || tag + 2 > left()) {
      return false;
    }
    append_text(text, message.subspan(offset + 2, tag));
    text += " \"";
    append_text(text, message.subspan(offset + 2 + tag));
    text += '"';
    offset = message.size();
    return true;
  }
  bool generic() {
    text = "\\# " + std::to_string(left());
    if (left() > 0) {
      text += ' ';
    }
    for (const std::uint8_t byte : message.subspan(offset)) {
      text += kHex[byte >> 4U];
      text += kHex[byte & 0x0FU];
    }
    offset = message.size();
    return true;
  }

  bool read(std::uint16_t type, std::uint16_t record_class) {
    if (record_class != kClassIn) {
      return generic();
    }
    switch (type) {
      case kTypeA:
        return address(AF_INET, sizeof(in_addr));
      case kTypeAaaa:
        return address(AF_INET6, sizeof(in6_addr));
      case kTypeNs:
      case kTypeCname:
      case kTypePtr:
        return name();
      case kTypeMx:
        return u16() && name();
      case kTypeSrv:
        return u16() && u16() && u16() && name();
      case kTypeSoa:
        return soa();
      case kTypeTxt:
        return strings();
      case kTypeCaa:
        return caa();
      default:
        return generic();
    }
  }
};

std::optional<std::string> comparable_address(std::string_view text, int family) {
  std::array<std::uint8_t, sizeof(in6_addr)> bytes{};
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  if (text.contains('\0') || ::inet_pton(family, std::string(text).c_str(), bytes.data()) != 1 ||
      ::inet_ntop(family, bytes.data(), buffer.data(), buffer.size()) == nullptr) {
    return std::nullopt;
  }
  return buffer.data();
}

// "10  Mail.Example.com." -> "10 mail.example.com"
std::string comparable_words(std::string_view text) {
  std::string result;
  std::size_t i = 0;
  while (i < text.size()) {
    const std::size_t end = std::min(text.find(' ', i), text.size());
    std::string_view word = text.substr(i, end - i);
    if (word.size() > 1 && word.ends_with('.') && !word.ends_with("\\.")) {
      word.remove_suffix(1);
    }
    if (!word.empty()) {
      result += result.empty() ? "" : " ";
      std::transform(word.begin(), word.end(), std::back_inserter(result),
                     [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    }
    i = end + 1;
  }
  return result;
}

}  // namespace

std::expected<Record, std::string> read_record(Bytes message, std::size_t& offset) {
  Record record;
  const std::optional<std::string> owner = read_name(message, offset);
  if (!owner) {
    return std::unexpected("a record's name is broken");
  }
  record.owner = *owner;
  const auto type = read_u16(message, offset);
  const auto record_class = read_u16(message, offset);
  const auto ttl = read_u32(message, offset);
  const auto size = read_u16(message, offset);
  if (!type || !record_class || !ttl || !size || *size > message.size() - offset) {
    return std::unexpected("a record reaches beyond the end");
  }
  record.type = *type;
  record.record_class = *record_class;
  // A TTL with its highest bit set is read as zero (RFC 2181 section 8).
  record.ttl_seconds = (*ttl & 0x80000000U) != 0 ? 0 : *ttl;
  record.data_at = offset;
  record.data_size = *size;
  const std::size_t end = offset + *size;
  if (*type == kTypeOpt) {  // its class and TTL mean something else: left to the message
    record.ttl_seconds = *ttl;
    offset = end;
    return record;
  }
  DataReader reader{message.first(end), offset, "", std::nullopt};
  if (!reader.read(*type, *record_class) || reader.offset != end) {
    return std::unexpected("the data of a record of type " + type_text(*type) + " is broken");
  }
  record.text = std::move(reader.text);
  record.serial = reader.serial;
  offset = end;
  return record;
}

std::optional<std::string> comparable(std::string_view text, std::uint16_t type) {
  switch (type) {
    case kTypeA:
      return comparable_address(text, AF_INET);
    case kTypeAaaa:
      return comparable_address(text, AF_INET6);
    case kTypeNs:
    case kTypeCname:
    case kTypePtr:
    case kTypeMx:
    case kTypeSrv:
    case kTypeSoa:
      return comparable_words(text);
    default:
      return std::string(text);
  }
}

}  // namespace hale::checks::dns
