#include "tests/sim/trace.h"

#include <array>
#include <cstdio>
#include <string_view>

namespace hale::sim {

void Trace::add(monitor::TimePoint time, What what, std::size_t check, std::int64_t a,
                std::int64_t b) {
  for (const auto value : {static_cast<std::uint64_t>(time.time_since_epoch().count()),
                           static_cast<std::uint64_t>(what), static_cast<std::uint64_t>(check),
                           static_cast<std::uint64_t>(a), static_cast<std::uint64_t>(b)}) {
    hash_ = (hash_ ^ value) * 0x100000001b3U;
    hash_ ^= hash_ >> 29U;
  }
  if (last_.size() == kKept) {
    last_.pop_front();
  }
  last_.push_back({.time = time, .what = what, .check = check, .a = a, .b = b});
}

std::string Trace::last_lines() const {
  constexpr std::array<std::string_view, 13> kNames = {
      "start", "cancelled", "end",   "throw",     "event", "pause", "resume",
      "run",   "reply",     "stall", "wall step", "stop",  "now"};
  std::string text;
  for (const Entry& entry : last_) {
    std::array<char, 120> line{};
    const std::string name(kNames[static_cast<std::size_t>(entry.what)]);
    std::snprintf(line.data(), line.size(), "  %14.6f s  c%02zu  %-9s %lld %lld\n",
                  monitor::to_seconds(entry.time.time_since_epoch()), entry.check, name.c_str(),
                  static_cast<long long>(entry.a), static_cast<long long>(entry.b));
    text += line.data();
  }
  return text;
}

}  // namespace hale::sim
