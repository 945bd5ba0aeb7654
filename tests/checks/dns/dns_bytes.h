// DNS messages as a test writes them: right where the test says nothing else. A name is given in
// its wire form or as text; nothing here checks anything, so that every mistake can be written
// down.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "checks/dns/name.h"

namespace hale::checks::dns::test {

using ByteList = std::vector<std::uint8_t>;

inline ByteList u16(unsigned value) {
  return {static_cast<std::uint8_t>(value >> 8U), static_cast<std::uint8_t>(value & 0xFFU)};
}

inline ByteList u32(std::uint32_t value) {
  ByteList bytes = u16(value >> 16U);
  const ByteList low = u16(value & 0xFFFFU);
  bytes.insert(bytes.end(), low.begin(), low.end());
  return bytes;
}

inline ByteList wire(std::string_view name) {
  return encode_name(name).value();
}

inline ByteList joined(const std::vector<ByteList>& parts) {
  ByteList bytes;
  for (const ByteList& part : parts) {
    bytes.insert(bytes.end(), part.begin(), part.end());
  }
  return bytes;
}

// A pointer to an offset of the message (RFC 1035 section 4.1.4).
inline ByteList pointer(unsigned offset) {
  return u16(0xC000U | offset);
}

inline ByteList record(const ByteList& owner, unsigned type, std::uint32_t ttl,
                       const ByteList& data) {
  return joined(
      {owner, u16(type), u16(1), u32(ttl), u16(static_cast<unsigned>(data.size())), data});
}

struct MessageParts {
  unsigned id = 0x1234;
  unsigned flags = 0x8180;  // an answer, recursion desired and available
  std::vector<ByteList> questions;
  std::vector<ByteList> answers;
  std::vector<ByteList> authorities;
  std::vector<ByteList> additionals;
};

inline ByteList question(std::string_view name, unsigned type) {
  return joined({wire(name), u16(type), u16(1)});
}

inline ByteList message(const MessageParts& parts) {
  const auto count = [](const std::vector<ByteList>& list) {
    return u16(static_cast<unsigned>(list.size()));
  };
  return joined({u16(parts.id), u16(parts.flags), count(parts.questions), count(parts.answers),
                 count(parts.authorities), count(parts.additionals), joined(parts.questions),
                 joined(parts.answers), joined(parts.authorities), joined(parts.additionals)});
}

}  // namespace hale::checks::dns::test
