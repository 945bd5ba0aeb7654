// How much one seed simulates. The sanitizers cost several times the time: they get as many seeds,
// but smaller ones.
#pragma once

#include "monitor/time.h"

namespace hale::sim {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr int kMostChecks = 12;
inline constexpr monitor::Duration kLongestInterval = std::chrono::seconds(50);
inline constexpr monitor::Duration kShortest = std::chrono::minutes(8);
inline constexpr monitor::Duration kLongest = std::chrono::minutes(16);
#else
inline constexpr int kMostChecks = 30;
inline constexpr monitor::Duration kLongestInterval = std::chrono::seconds(120);
inline constexpr monitor::Duration kShortest = std::chrono::minutes(12);
inline constexpr monitor::Duration kLongest = std::chrono::minutes(45);
#endif

}  // namespace hale::sim
