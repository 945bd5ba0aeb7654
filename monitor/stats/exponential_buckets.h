// The buckets of a base-2 exponential histogram as Prometheus numbers them: bucket i holds the
// values in (base^(i-1), base^i], where base is 2^(2^-schema). Schema 6 has 64 buckets an octave;
// taking the harmonic mean of its bounds for a value is wrong by (base-1)/(base+1) = 0.5415 % at
// most. Pure.
//
// Sources: Prometheus' specification of native histograms; what proves the index right is
// tests/monitor/stats/exponential_buckets_test.cc, against bounds computed to 60 digits.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hale::monitor {

inline constexpr int kSchema = 6;
inline constexpr int kBucketsPerOctave = 1 << kSchema;

// What has buckets of its own: above 2^-20 (of seconds, just under 1 us) and up to 2^44 (about half
// a million years, or 17 TB). Smaller values share the zero bucket, larger ones the overflow
// bucket.
inline constexpr int kFirstOctave = -20;
inline constexpr int kOctaves = 64;
inline constexpr double kZeroThreshold = 0x1p-20;
inline constexpr double kMaxTracked = 0x1p44;
inline constexpr int kFirstBucket = kFirstOctave * kBucketsPerOctave + 1;
inline constexpr int kOverflowBucket = (kFirstOctave + kOctaves) * kBucketsPerOctave + 1;

// Of a normal, positive, finite value. Exact: no logarithm, no rounding.
int bucket_index(double value);

// base^index. The powers of two, which are every 64th, are exact; the others are rounded.
double bucket_upper_bound(int index);

// What stands for a value of the bucket, of this schema or a coarser one: the harmonic mean of its
// bounds.
double bucket_value(int index, int schema = kSchema);

// In which bucket of the schema that is `steps` coarser the bucket is.
constexpr int coarser_index(int index, int steps) {
  return (index + (1 << steps) - 1) >> steps;  // arithmetic, so rounded up below zero, too
}

}  // namespace hale::monitor
