// A histogram of durations with buckets at powers of two seconds, from about 1 ms to 64 s: short
// decimals that every Prometheus server keeps as they are. A value, copied into views.
#pragma once

#include <array>
#include <cstdint>

#include "monitor/time.h"

namespace hale::monitor {

class PowerHistogram {
 public:
  static constexpr int kFirstExponent = -10;                           // 2^-10 s = 0.0009765625 s
  static constexpr int kLastExponent = 6;                              // 2^6 s = 64 s
  static constexpr int kBuckets = kLastExponent - kFirstExponent + 2;  // the last is unbounded

  void record(Duration duration);  // negative counts as zero

  // Observations of at most 2^(kFirstExponent + i) seconds, not cumulated; the last bucket has no
  // upper bound.
  const std::array<std::uint64_t, kBuckets>& buckets() const { return buckets_; }
  std::uint64_t count() const { return count_; }
  double sum_seconds() const { return sum_seconds_; }

 private:
  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  double sum_seconds_ = 0;
};

}  // namespace hale::monitor
