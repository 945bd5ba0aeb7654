// Reading the numbers of a DNS message, big-endian, never past its end. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "checks/dns/name.h"

namespace hale::checks::dns {

inline std::optional<std::uint16_t> read_u16(Bytes message, std::size_t& offset) {
  if (offset > message.size() || message.size() - offset < 2) {
    return std::nullopt;
  }
  const auto value = static_cast<std::uint16_t>((message[offset] << 8U) | message[offset + 1]);
  offset += 2;
  return value;
}

inline std::optional<std::uint32_t> read_u32(Bytes message, std::size_t& offset) {
  if (offset > message.size() || message.size() - offset < 4) {
    return std::nullopt;
  }
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    value = (value << 8U) | message[offset + i];
  }
  offset += 4;
  return value;
}

}  // namespace hale::checks::dns
