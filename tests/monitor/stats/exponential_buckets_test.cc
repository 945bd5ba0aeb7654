#include "monitor/stats/exponential_buckets.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace hale::monitor {
namespace {

// 2^(index/64) to the 64 bits of a long double, by the C library: an oracle that shares nothing
// with the table and the bit tricks.
long double exact_bound(int index) {
  return exp2l(static_cast<long double>(index) / kBucketsPerOctave);
}

TEST(ExponentialBucketsTest, IndexIsRightOnBothSidesOfEveryBound) {
  for (int index = kFirstBucket - 1; index < kOverflowBucket; ++index) {
    SCOPED_TRACE(index);
    const long double bound = exact_bound(index);
    auto below = static_cast<double>(bound);
    if (below > bound) {
      below = std::nextafter(below, 0);
    }
    const double above = std::nextafter(below, std::numeric_limits<double>::infinity());
    if (index % kBucketsPerOctave == 0) {
      ASSERT_EQ(below, bound) << "a power of two is exact, and belongs to the bucket it bounds";
    } else {
      // The oracle may be wrong by half a unit in its own last place: not near a double.
      ASSERT_GT((bound - below) / bound, 0x1p-62L);
      ASSERT_GT((above - bound) / bound, 0x1p-62L);
    }
    ASSERT_EQ(bucket_index(below), index);
    ASSERT_EQ(bucket_index(above), index + 1);
    ASSERT_NEAR(static_cast<double>(bucket_upper_bound(index) / bound), 1.0, 0x1p-52);
  }
}

TEST(ExponentialBucketsTest, IndexNeverFallsAsValuesRise) {
  int last = bucket_index(0x1p-20);
  for (double value = 0x1p-20; value < 0x1p-17; value = std::nextafter(value * 1.0001, 1)) {
    const int index = bucket_index(value);
    ASSERT_GE(index, last) << value;
    last = index;
  }
}

TEST(ExponentialBucketsTest, WhatStandsForABucketIsWrongByHalfAPercentAtMost) {
  for (int index = kFirstBucket; index < kOverflowBucket; ++index) {
    const double value = bucket_value(index);
    EXPECT_LE(std::abs(value / bucket_upper_bound(index) - 1), 0.005416) << index;
    EXPECT_LE(std::abs(value / bucket_upper_bound(index - 1) - 1), 0.005416) << index;
  }
}

TEST(ExponentialBucketsTest, CoarserBucketsHoldWholeFinerOnes) {
  for (int index = kFirstBucket; index < kOverflowBucket; ++index) {
    for (int steps = 0; steps <= kSchema; ++steps) {
      const int coarse = coarser_index(index, steps);
      EXPECT_LE(bucket_upper_bound(index), bucket_upper_bound(coarse << steps));
      EXPECT_GT(bucket_upper_bound(index), bucket_upper_bound((coarse - 1) << steps));
    }
  }
}

TEST(ExponentialBucketsTest, NamesTheRangeThatIsTracked) {
  EXPECT_EQ(bucket_index(std::nextafter(kZeroThreshold, 1)), kFirstBucket);
  EXPECT_EQ(bucket_index(kMaxTracked), kOverflowBucket - 1);
  EXPECT_EQ(bucket_index(1.0), 0);
  EXPECT_EQ(bucket_index(std::nextafter(1.0, 2)), 1);
}

}  // namespace
}  // namespace hale::monitor
