#include "monitor/stats/power_histogram.h"

#include <cmath>

#include <gtest/gtest.h>

namespace hale::monitor {
namespace {

using namespace std::chrono_literals;

// The bucket of one duration, by the definition: the first whose bound it does not exceed.
std::size_t naive_bucket(Duration duration) {
  for (int exponent = PowerHistogram::kFirstExponent; exponent <= PowerHistogram::kLastExponent;
       ++exponent) {
    if (to_seconds(duration) <= std::pow(2.0, exponent)) {
      return std::size_t(exponent - PowerHistogram::kFirstExponent);
    }
  }
  return PowerHistogram::kBuckets - 1;
}

std::size_t bucket(Duration duration) {
  PowerHistogram histogram;
  histogram.record(duration);
  for (std::size_t i = 0; i < histogram.buckets().size(); ++i) {
    if (histogram.buckets()[i] == 1) {
      return i;
    }
  }
  return histogram.buckets().size();
}

TEST(PowerHistogramTest, PutsADurationIntoTheFirstBucketThatBoundsIt) {
  EXPECT_EQ(bucket(0s), 0U);
  EXPECT_EQ(bucket(-1s), 0U) << "a negative duration counts as zero";
  EXPECT_EQ(bucket(1s), 10U) << "a bound belongs to its bucket";
  EXPECT_EQ(bucket(1s + 1ns), 11U);
  EXPECT_EQ(bucket(64s), 16U);
  EXPECT_EQ(bucket(64s + 1ns), 17U);
  EXPECT_EQ(bucket(24h), 17U);
  for (Duration duration = 1ns; duration < 200s; duration += duration / 7 + 1ns) {
    ASSERT_EQ(bucket(duration), naive_bucket(duration)) << duration.count() << " ns";
  }
  for (int power = 0; power < 37; ++power) {
    const Duration bound(std::int64_t{1} << power);
    for (const Duration duration : {bound - 1ns, bound, bound + 1ns}) {
      ASSERT_EQ(bucket(duration), naive_bucket(duration)) << duration.count() << " ns";
    }
  }
}

TEST(PowerHistogramTest, CountsAndAddsUpWhatItWasGiven) {
  PowerHistogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  histogram.record(250ms);
  histogram.record(250ms);
  histogram.record(2s);
  histogram.record(-1s);
  EXPECT_EQ(histogram.count(), 4U);
  EXPECT_DOUBLE_EQ(histogram.sum_seconds(), 2.5);
  EXPECT_EQ(histogram.buckets()[8], 2U);
  EXPECT_EQ(histogram.buckets()[11], 1U);
}

}  // namespace
}  // namespace hale::monitor
