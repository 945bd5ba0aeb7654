// The seam to chance: every random decision is drawn from a source that someone seeded, so that a
// simulation can be repeated.
#pragma once

#include <cstdint>
#include <string_view>

namespace hale::monitor {

// SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014).
// Not for secrets. Not thread-safe.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  std::uint64_t below(std::uint64_t bound);  // uniform in [0, bound); bound > 0
  bool chance(double probability);

 private:
  std::uint64_t state_;
};

// A hash that is the same on every machine and in every release: FNV-1a, 64 bits, finished with
// SplitMix64's mixer so that similar names end up far apart.
std::uint64_t stable_hash(std::string_view text);

}  // namespace hale::monitor
