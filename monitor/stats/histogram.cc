#include "monitor/stats/histogram.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "monitor/assert.h"

namespace hale::monitor {

std::uint64_t Histogram::count() const {
  std::uint64_t count = zero;
  for (const BucketCount& bucket : buckets) {
    count += bucket.count();
  }
  return count;
}

std::uint64_t Histogram::count_up_to_power(int exponent) const {
  const int last = exponent * (1 << schema);
  std::uint64_t count = zero;
  for (const BucketCount& bucket : buckets) {
    if (bucket.index() > last) {
      break;
    }
    count += bucket.count();
  }
  return count;
}

void Histogram::quantiles(std::span<const double> shares, std::span<double> values) const {
  HALE_ASSERT(shares.size() == values.size());
  const std::uint64_t total = count();
  auto bucket = buckets.begin();
  std::uint64_t passed = zero;  // up to and with the bucket before `bucket`
  for (std::size_t i = 0; i < shares.size(); ++i) {
    if (total == 0) {
      values[i] = std::numeric_limits<double>::quiet_NaN();
      continue;
    }
    const auto rank = std::clamp<std::uint64_t>(
        static_cast<std::uint64_t>(std::ceil(shares[i] * static_cast<double>(total))), 1, total);
    if (rank == 1 || rank == total) {
      values[i] = rank == total ? max : min;
      continue;
    }
    while (passed < rank) {
      passed += bucket->count();
      ++bucket;
    }
    const double value =
        bucket == buckets.begin() ? 0 : bucket_value((bucket - 1)->index(), schema);
    values[i] = std::clamp(value, min, max);
  }
}

double Histogram::quantile(double share) const {
  double value = 0;
  quantiles({&share, 1}, {&value, 1});
  return value;
}

void Histogram::merge(const Histogram& other) {
  const std::array<const Histogram*, 2> parts = {this, &other};
  *this = sum_of(parts);
}

Histogram Histogram::since(const Histogram& earlier) const {
  HALE_ASSERT(schema == earlier.schema && zero >= earlier.zero);
  Histogram difference;
  difference.schema = schema;
  difference.zero = zero - earlier.zero;
  difference.sum = sum - earlier.sum;
  auto before = earlier.buckets.begin();
  for (const BucketCount& bucket : buckets) {
    std::uint64_t count = bucket.count();
    if (before != earlier.buckets.end() && before->index() == bucket.index()) {
      HALE_ASSERT(count >= before->count());
      count -= before->count();
      ++before;
    }
    if (count > 0) {
      difference.buckets.emplace_back(bucket.index(), count);
    }
  }
  HALE_ASSERT(before == earlier.buckets.end());
  difference.buckets.shrink_to_fit();  // it is kept for long, and there are many
  if (!difference.empty()) {
    const double low =
        difference.zero > 0 ? 0 : bucket_value(difference.buckets.front().index(), schema);
    const double high =
        difference.buckets.empty() ? 0 : bucket_value(difference.buckets.back().index(), schema);
    difference.min = std::clamp(low, min, max);
    difference.max = std::clamp(high, min, max);
  }
  return difference;
}

Histogram Histogram::coarser(int steps) const {
  HALE_ASSERT(steps >= 0 && steps <= schema);
  Histogram result = *this;
  result.schema = schema - steps;
  result.buckets.clear();
  for (const BucketCount& bucket : buckets) {
    const int index = coarser_index(bucket.index(), steps);
    std::uint64_t count = bucket.count();
    if (!result.buckets.empty() && result.buckets.back().index() == index) {
      count += result.buckets.back().count();
      result.buckets.pop_back();
    }
    result.buckets.emplace_back(index, count);
  }
  return result;
}

Histogram sum_of(std::span<const Histogram* const> parts) {
  Histogram total;
  int first = std::numeric_limits<int>::max();
  int last = std::numeric_limits<int>::min();
  for (const Histogram* part : parts) {
    HALE_ASSERT(part->schema == parts.front()->schema);
    total.schema = part->schema;
    total.zero += part->zero;
    total.sum += part->sum;
    total.min = std::min(total.min, part->min);
    total.max = std::max(total.max, part->max);
    if (!part->buckets.empty()) {
      first = std::min(first, part->buckets.front().index());
      last = std::max(last, part->buckets.back().index());
    }
  }
  if (first > last) {
    return total;
  }
  std::vector<std::uint64_t> counts(static_cast<std::size_t>(last - first) + 1);
  std::size_t filled = 0;
  for (const Histogram* part : parts) {
    for (const BucketCount& bucket : part->buckets) {
      std::uint64_t& count = counts[static_cast<std::size_t>(bucket.index() - first)];
      filled += static_cast<std::size_t>(count == 0);
      count += bucket.count();
    }
  }
  total.buckets.reserve(filled);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) {
      total.buckets.emplace_back(first + static_cast<int>(i), counts[i]);
    }
  }
  return total;
}

}  // namespace hale::monitor
