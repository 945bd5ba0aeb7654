// Waiting for what another thread or process does: looks again and again, and never longer than a
// limit that only a test that fails reaches.
#pragma once

#include <chrono>

#include <poll.h>

namespace hale::testing {

// Whether `condition` came to hold within `limit`.
template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds limit = std::chrono::minutes(1)) {
  constexpr int kPauseMs = 5;
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) {
      return false;
    }
    poll(nullptr, 0, kPauseMs);
  }
  return true;
}

}  // namespace hale::testing
