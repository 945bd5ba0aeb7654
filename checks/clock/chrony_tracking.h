// Asks chronyd on this host how the clock does: its monitoring protocol over UDP, which answers
// "tracking" to everybody who may reach it. Version 6, as candm.h of chrony 4 describes it. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace hale::checks {

// A request is as long as its answer, so that nobody gains by forging the sender.
inline constexpr std::size_t kChronyPacketSize = 104;

std::array<std::uint8_t, kChronyPacketSize> chrony_request(std::uint32_t sequence);

struct ChronyTracking {
  std::uint32_t reference = 0;  // 127.127.1.1: its own clock
  int stratum = 0;              // of this host; 0: none
  int leap = 0;                 // as in NTP; 3: not synchronised
  double correction_s = 0;      // still to be made: positive, the clock is behind
  double root_delay_s = 0;
  double root_dispersion_s = 0;
};

// nullopt where it is no such answer to this request.
std::optional<ChronyTracking> parse_chrony_tracking(std::span<const std::uint8_t> packet,
                                                    std::uint32_t sequence);

}  // namespace hale::checks
