// Counts values into exponential buckets, cumulatively: what Prometheus and OpenTelemetry export,
// and what windows are differences of. About 5 ns a value, and memory for those octaves only in
// which there are values.
//
// One thread records. Any thread may take a snapshot meanwhile, which sees each value or does not;
// its sum may be ahead of its buckets by the value that is being recorded.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <limits>

#include "monitor/stats/histogram.h"

namespace hale::monitor {

class ExponentialHistogram {
 public:
  ExponentialHistogram() = default;
  ~ExponentialHistogram();
  ExponentialHistogram(const ExponentialHistogram&) = delete;
  ExponentialHistogram& operator=(const ExponentialHistogram&) = delete;

  // Counts `value`, as if it had come `times` times; a bucket that is full (2^48) stays as it is.
  // False: it is no size of anything, and was not counted (negative, infinite, no number).
  bool record(double value, std::uint64_t times = 1);

  Histogram snapshot() const;

 private:
  using Counter = std::atomic<std::uint64_t>;
  // One octave; and several of them, since values tend to lie near each other.
  using Page = std::array<Counter, kBucketsPerOctave>;
  static constexpr std::size_t kPagesInChapter = 8;
  using Chapter = std::array<std::atomic<Page*>, kPagesInChapter>;

  Page& page_of(std::size_t octave);
  static void add(Counter& counter, std::uint64_t times) {
    // One writer: a plain addition, which readers see whole, and not before the extremes.
    const std::uint64_t before = counter.load(std::memory_order_relaxed);
    std::uint64_t after = before + times;
    if (after > BucketCount::kMost || after < before) [[unlikely]] {
      after = BucketCount::kMost;
    }
    counter.store(after, std::memory_order_release);
  }
  void add_to_sum(double value);

  // Null, here and in a chapter: nothing was counted there.
  std::array<std::atomic<Chapter*>, kOctaves / kPagesInChapter> chapters_{};
  Counter zero_{0};
  Counter overflow_{0};
  // The sum and what was rounded away from it.
  std::atomic<double> sum_{0};
  std::atomic<double> rest_{0};
  std::atomic<double> min_{std::numeric_limits<double>::infinity()};
  std::atomic<double> max_{0};
};

}  // namespace hale::monitor
