#include "checks/net/nonce.h"

#include <sys/random.h>

#include "monitor/assert.h"

namespace hale::checks {

void fill_nonce(std::span<std::uint8_t> bytes) {
  while (!bytes.empty()) {
    // Once the kernel's pool is filled, which it is before an agent starts, this neither blocks nor
    // fails; only a long request can be interrupted.
    const auto got = ::getrandom(bytes.data(), bytes.size(), 0);
    HALE_ASSERT(got > 0);
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

std::uint16_t nonce16() {
  std::uint8_t bytes[2] = {};
  fill_nonce(bytes);
  return static_cast<std::uint16_t>((bytes[0] << 8U) | bytes[1]);
}

}  // namespace hale::checks
