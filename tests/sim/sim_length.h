// How long the trouble of one seed lasts, in simulated time. The sanitizers cost several times the
// time: they get as many seeds, but shorter ones.
#pragma once

#include "monitor/time.h"

namespace hale::sim {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr monitor::Duration kShortest = std::chrono::minutes(6);
inline constexpr monitor::Duration kLongest = std::chrono::minutes(20);
#else
inline constexpr monitor::Duration kShortest = std::chrono::minutes(12);
inline constexpr monitor::Duration kLongest = std::chrono::minutes(45);
#endif

}  // namespace hale::sim
