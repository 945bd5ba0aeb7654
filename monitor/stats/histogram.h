// What a histogram counted, as a value: it is compared, merged, subtracted and published. Merging
// and subtracting are exact, bucket by bucket. The live counterpart is ExponentialHistogram.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "monitor/stats/exponential_buckets.h"

namespace hale::monitor {

// Eight bytes: a histogram in memory is mostly these. Counts reach to kMost and stay there.
class BucketCount {
 public:
  static constexpr std::uint64_t kMost = (std::uint64_t{1} << 48) - 1;

  BucketCount(int index, std::uint64_t count)
      : bits_(std::min(count, kMost) << kIndexBits | static_cast<std::uint16_t>(index)) {}
  int index() const { return static_cast<std::int16_t>(bits_); }
  std::uint64_t count() const { return bits_ >> kIndexBits; }
  bool operator==(const BucketCount&) const = default;

 private:
  static constexpr unsigned kIndexBits = 16;
  std::uint64_t bits_;
};

struct Histogram {
  int schema = kSchema;
  std::uint64_t zero = 0;            // values up to kZeroThreshold
  std::vector<BucketCount> buckets;  // by index, none empty
  double sum = 0;
  // Exact, but for a difference: there they are what stands for the outermost buckets.
  double min = std::numeric_limits<double>::infinity();
  double max = 0;

  std::uint64_t count() const;
  bool empty() const { return zero == 0 && buckets.empty(); }
  bool operator==(const Histogram&) const = default;

  // Of values up to 2^exponent, exactly; kFirstOctave <= exponent.
  std::uint64_t count_up_to_power(int exponent) const;

  // The values at `shares` (ascending, each in (0, 1]) by nearest rank: the ceil(share * count)-th
  // smallest, never outside [min, max], and the first and the last are just these; NaN where
  // nothing was counted.
  void quantiles(std::span<const double> shares, std::span<double> values) const;
  double quantile(double share) const;

  // Adds what `other`, of the same schema, counted.
  void merge(const Histogram& other);

  // What came since `earlier`, a former state of the same histogram.
  Histogram since(const Histogram& earlier) const;

  // With buckets twice as wide for each step.
  Histogram coarser(int steps) const;
};

// All of them together. One pass, however many they are.
Histogram sum_of(std::span<const Histogram* const> parts);

}  // namespace hale::monitor
