// Who is connected to in the benchmarks of the network, by engine and bare loop alike.
#pragma once

#include <cstddef>
#include <cstdint>

#include "monitor/time.h"

namespace hale::bench {

// Targets are spread over 127.0.0.1 to 127.0.0.250: with one destination the ports that linger in
// TIME_WAIT would be used up at a few thousand connects a second, and connect() would search long.
struct Targets {
  std::size_t checks = 10'000;
  monitor::Duration interval = std::chrono::seconds(1);
  monitor::Duration timeout = std::chrono::milliseconds(800);
  std::uint16_t port = 0;             // of a peer that accepts
  std::uint16_t black_hole = 0;       // of one that swallows
  std::size_t black_holed_every = 0;  // each n-th check goes there; 0: none

  bool black_holed(std::size_t check) const {
    return black_holed_every != 0 && check % black_holed_every == 0;
  }
  std::uint16_t port_of(std::size_t check) const { return black_holed(check) ? black_hole : port; }
  static std::uint32_t address_of(std::size_t check) {  // host order
    return 0x7F000001U + static_cast<std::uint32_t>(check % 250);
  }
};

}  // namespace hale::bench
