#include "checks/clock/chrony_tracking.h"

#include <cmath>

namespace hale::checks {
namespace {

constexpr std::uint8_t kVersion = 6;
constexpr std::uint8_t kRequest = 1;
constexpr std::uint8_t kReply = 2;
constexpr std::uint16_t kTrackingRequest = 33;
constexpr std::uint16_t kTrackingReply = 5;

std::uint32_t number(std::span<const std::uint8_t> packet, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (const std::uint8_t byte : packet.subspan(at, size)) {
    value = value << 8U | byte;
  }
  return value;
}

// chrony's own: 7 bits of signed exponent, 25 of signed coefficient, two's complements.
double floating(std::span<const std::uint8_t> packet, std::size_t at) {
  constexpr std::int32_t kCoefficientBits = 25;
  const std::uint32_t raw = number(packet, at, 4);
  auto exponent = static_cast<std::int32_t>(raw >> 25U);
  auto coefficient = static_cast<std::int32_t>(raw & 0x1FFFFFFU);
  exponent -= exponent >= 64 ? 128 : 0;
  coefficient -= coefficient >= 1 << 24 ? 1 << 25 : 0;
  return std::ldexp(coefficient, exponent - kCoefficientBits);
}

}  // namespace

std::array<std::uint8_t, kChronyPacketSize> chrony_request(std::uint32_t sequence) {
  std::array<std::uint8_t, kChronyPacketSize> packet{};
  packet[0] = kVersion;
  packet[1] = kRequest;
  packet[5] = kTrackingRequest;
  for (std::size_t i = 0; i < 4; ++i) {
    packet[8 + i] = static_cast<std::uint8_t>(sequence >> (24 - 8 * i));
  }
  return packet;
}

std::optional<ChronyTracking> parse_chrony_tracking(std::span<const std::uint8_t> packet,
                                                    std::uint32_t sequence) {
  if (packet.size() < kChronyPacketSize || packet[0] != kVersion || packet[1] != kReply ||
      number(packet, 4, 2) != kTrackingRequest || number(packet, 6, 2) != kTrackingReply ||
      number(packet, 8, 2) != 0 || number(packet, 16, 4) != sequence) {
    return std::nullopt;
  }
  ChronyTracking tracking;
  tracking.reference = number(packet, 28, 4);
  tracking.stratum = static_cast<int>(number(packet, 52, 2));
  tracking.leap = static_cast<int>(number(packet, 54, 2));
  tracking.correction_s = floating(packet, 68);
  tracking.root_delay_s = floating(packet, 92);
  tracking.root_dispersion_s = floating(packet, 96);
  return tracking;
}

}  // namespace hale::checks
