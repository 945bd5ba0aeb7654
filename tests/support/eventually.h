// Waiting for what another thread or process does: looks again and again, and never longer than a
// limit that only a test that fails reaches.
#pragma once

#include <chrono>

#include <poll.h>

namespace hale::testing {

// Whether `condition` came to hold within `limit`.
template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds limit = std::chrono::minutes(1)) {
  constexpr std::chrono::milliseconds kPause(5);
  for (auto left = limit; !condition(); left -= kPause) {
    if (left <= std::chrono::milliseconds::zero()) {
      return false;
    }
    poll(nullptr, 0, static_cast<int>(kPause.count()));
  }
  return true;
}

}  // namespace hale::testing
