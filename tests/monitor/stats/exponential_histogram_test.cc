#include "monitor/stats/exponential_histogram.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "monitor/runtime/random.h"

namespace hale::monitor {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double uniform(Random& random) {  // (0, 1]
  return static_cast<double>((random.next() >> 11U) + 1) * 0x1p-53;
}

using Draw = std::function<double(Random&)>;
struct Distribution {
  std::string name;
  Draw draw;
};

std::vector<Distribution> distributions() {
  return {
      {"constant", [](Random&) { return 0.0123; }},
      {"uniform", [](Random& random) { return uniform(random); }},
      {"exponential", [](Random& random) { return -std::log(uniform(random)) * 0.02; }},
      {"bimodal",
       [](Random& random) { return random.chance(0.94) ? 0.002 * uniform(random) : 5.0; }},
      {"heavy tail", [](Random& random) { return 0.001 * std::pow(uniform(random), -1.5); }},
      {"powers of two",
       [](Random& random) { return std::ldexp(1.0, static_cast<int>(random.below(60)) - 18); }},
      {"huge", [](Random& random) { return 1e9 * std::pow(uniform(random), -0.3); }},
      {"steps", [](Random& random) { return 0.001 * static_cast<double>(1 + random.below(3)); }},
  };
}

// What Histogram promises: the ceil(share * n)-th smallest.
double nearest_rank(const std::vector<double>& sorted, double share) {
  const auto rank = std::max(1.0, std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[static_cast<std::size_t>(rank) - 1];
}

Histogram counted(const std::vector<double>& values) {
  ExponentialHistogram histogram;
  for (const double value : values) {
    EXPECT_TRUE(histogram.record(value)) << value;
  }
  return histogram.snapshot();
}

TEST(ExponentialHistogramTest, QuantilesAreWithinHalfAPercentOfTheSortedValues) {
  Random random(4711);
  for (const Distribution& distribution : distributions()) {
    for (const std::size_t count : {1U, 2U, 5U, 19U, 100U, 1000U, 20'000U}) {
      std::vector<double> values(count);
      std::ranges::generate(values, [&] { return distribution.draw(random); });
      const Histogram histogram = counted(values);
      std::ranges::sort(values);
      for (double share = 0.001; share <= 1.0; share += 0.001) {
        const double expected = nearest_rank(values, share);
        ASSERT_NEAR(histogram.quantile(share) / expected, 1.0, 0.0055)
            << distribution.name << ", " << count << " values, " << share;
      }
      EXPECT_EQ(histogram.count(), count);
      EXPECT_EQ(histogram.quantile(1.0), values.back()) << "the largest is exact";
      EXPECT_EQ(histogram.min, values.front());
      EXPECT_EQ(histogram.max, values.back());
    }
  }
}

TEST(ExponentialHistogramTest, SmallValuesShareABucketAndLargeOnesAnother) {
  const double least = std::numeric_limits<double>::denorm_min();
  const double most = std::numeric_limits<double>::max();
  const Histogram histogram = counted({0, least, kZeroThreshold, kMaxTracked, 1e15, most});
  EXPECT_EQ(histogram.zero, 3U);
  ASSERT_EQ(histogram.buckets.size(), 2U);
  EXPECT_EQ(histogram.buckets[0], BucketCount(kOverflowBucket - 1, 1));
  EXPECT_EQ(histogram.buckets[1], BucketCount(kOverflowBucket, 2));
  EXPECT_EQ(histogram.quantile(0.5), 0);
  EXPECT_EQ(histogram.max, most);
  EXPECT_EQ(counted({1e300}).quantile(0.5), 1e300) << "never outside of what was seen";
  EXPECT_EQ(counted({least}).quantile(0.5), least);
}

TEST(ExponentialHistogramTest, RefusesWhatIsNoSize) {
  ExponentialHistogram histogram;
  for (const double value : {-1.0, -0x1p-1074, kInfinity, -kInfinity, kNaN}) {
    EXPECT_FALSE(histogram.record(value)) << value;
  }
  EXPECT_TRUE(histogram.snapshot().empty());
  EXPECT_TRUE(std::isnan(histogram.snapshot().quantile(0.5)));
  EXPECT_TRUE(histogram.record(0.5));
  EXPECT_FALSE(histogram.record(kNaN));
  EXPECT_EQ(histogram.snapshot(), counted({0.5}));
}

TEST(ExponentialHistogramTest, CountsAValueManyTimesAtOnce) {
  ExponentialHistogram once;
  EXPECT_TRUE(once.record(0.25, 3));
  EXPECT_EQ(once.snapshot(), counted({0.25, 0.25, 0.25}));
}

TEST(ExponentialHistogramTest, TheSumLosesNothing) {
  ExponentialHistogram histogram;
  EXPECT_TRUE(histogram.record(1e16));
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(histogram.record(0.5));
  }
  EXPECT_EQ(histogram.snapshot().sum, 1e16 + 500);
}

TEST(ExponentialHistogramTest, ReadersSeeWholeStatesWhileAnotherThreadRecords) {
  ExponentialHistogram histogram;
  std::atomic<bool> done{false};
  constexpr std::uint64_t kValues = 200'000;
  std::thread writer([&] {
    Random random(1);
    for (std::uint64_t i = 0; i < kValues; ++i) {
      histogram.record(0.001 + uniform(random));
    }
    done.store(true);
  });
  Histogram last;
  while (!done.load()) {
    const Histogram now = histogram.snapshot();
    EXPECT_GE(now.count(), last.count());
    const Histogram fresh = now.since(last);  // asserts that no bucket lost anything
    EXPECT_EQ(fresh.count(), now.count() - last.count());
    if (now.count() > 0) {
      EXPECT_LE(now.min, now.quantile(0.01));
      EXPECT_GE(now.max, now.quantile(1.0));
      EXPECT_GE(now.min, 0.001);
    }
    last = now;
  }
  writer.join();
  EXPECT_EQ(histogram.snapshot().count(), kValues);
}

class HistogramTest : public ::testing::Test {
 protected:
  std::vector<double> draw(std::size_t count) {
    std::vector<double> values(count);
    const auto all = distributions();
    std::ranges::generate(values, [&] { return all[random_.below(all.size())].draw(random_); });
    return values;
  }
  Random random_{99};
};

TEST_F(HistogramTest, MergingCountsTheUnion) {
  for (int round = 0; round < 50; ++round) {
    std::vector<double> left = draw(random_.below(300));
    const std::vector<double> right = draw(random_.below(300));
    Histogram merged = counted(left);
    merged.merge(counted(right));
    left.insert(left.end(), right.begin(), right.end());
    Histogram whole = counted(left);
    EXPECT_NEAR(merged.sum, whole.sum, 1e-12 * whole.sum);
    merged.sum = whole.sum = 0;
    EXPECT_EQ(merged, whole);
  }
}

TEST_F(HistogramTest, TheDifferenceIsWhatCameSince) {
  for (int round = 0; round < 50; ++round) {
    const std::vector<double> first = draw(random_.below(300));
    const std::vector<double> then = draw(1 + random_.below(300));
    std::vector<double> all = first;
    all.insert(all.end(), then.begin(), then.end());
    const Histogram since = counted(all).since(counted(first));
    const Histogram expected = counted(then);
    EXPECT_EQ(since.buckets, expected.buckets);
    EXPECT_EQ(since.zero, expected.zero);
    EXPECT_NEAR(since.min / expected.min, 1, 0.0055) << "not known exactly";
    EXPECT_NEAR(since.max / expected.max, 1, 0.0055);
  }
  EXPECT_TRUE(counted({1, 2}).since(counted({1, 2})).empty());
}

TEST_F(HistogramTest, CoarserBucketsHoldTheSameValues) {
  const std::vector<double> values = draw(1000);
  const Histogram fine = counted(values);
  for (int steps = 0; steps <= kSchema; ++steps) {
    const Histogram coarse = fine.coarser(steps);
    EXPECT_EQ(coarse.schema, kSchema - steps);
    EXPECT_EQ(coarse.count(), fine.count());
    for (int exponent = kFirstOctave; exponent < 40; ++exponent) {
      EXPECT_EQ(coarse.count_up_to_power(exponent), fine.count_up_to_power(exponent));
    }
    // A bucket of schema s is wrong by (b-1)/(b+1) at most.
    const double base = std::exp2(std::exp2(-coarse.schema));
    for (const double share : {0.1, 0.5, 0.9, 0.99}) {
      EXPECT_NEAR(coarse.quantile(share) / fine.quantile(share), 1.0,
                  (base - 1) / (base + 1) + 0.0055);
    }
  }
}

TEST_F(HistogramTest, PowersOfTwoAreExactBounds) {
  const std::vector<double> values = draw(5000);
  const Histogram histogram = counted(values);
  for (int exponent = kFirstOctave; exponent < 40; ++exponent) {
    const auto expected = std::ranges::count_if(
        values, [&](double value) { return value <= std::ldexp(1.0, exponent); });
    EXPECT_EQ(histogram.count_up_to_power(exponent), static_cast<std::uint64_t>(expected));
  }
}

}  // namespace
}  // namespace hale::monitor
