#include "monitor/stats/exponential_histogram.h"

#include <cmath>

namespace hale::monitor {

ExponentialHistogram::~ExponentialHistogram() {
  for (const std::atomic<Page*>& page : pages_) {
    delete page.load(std::memory_order_relaxed);
  }
}

bool ExponentialHistogram::record(double value, std::uint64_t times) {
  if (!(value >= 0 && value <= std::numeric_limits<double>::max())) {
    return false;
  }
  add_to_sum(times == 1 ? value : value * static_cast<double>(times));
  if (value < min_.load(std::memory_order_relaxed)) {
    min_.store(value, std::memory_order_relaxed);
  }
  if (value > max_.load(std::memory_order_relaxed)) {
    max_.store(value, std::memory_order_relaxed);
  }
  if (value <= kZeroThreshold) {
    add(zero_, times);
  } else if (value > kMaxTracked) {
    add(overflow_, times);
  } else {
    const auto index = static_cast<unsigned>(bucket_index(value) - kFirstBucket);
    add(page_of(index / kBucketsPerOctave)[index % kBucketsPerOctave], times);
  }
  return true;
}

ExponentialHistogram::Page& ExponentialHistogram::page_of(std::size_t octave) {
  Page* page = pages_[octave].load(std::memory_order_relaxed);
  if (page == nullptr) {
    page = new Page{};
    pages_[octave].store(page, std::memory_order_release);
  }
  return *page;
}

// D. Knuth, The Art of Computer Programming 2, 4.2.2 theorem B: what an addition rounds away is
// a double itself.
void ExponentialHistogram::add_to_sum(double value) {
  const double before = sum_.load(std::memory_order_relaxed);
  const double after = before + value;
  const double added = after - before;
  const double lost = (before - (after - added)) + (value - added);
  sum_.store(after, std::memory_order_relaxed);
  rest_.store(rest_.load(std::memory_order_relaxed) + lost, std::memory_order_relaxed);
}

Histogram ExponentialHistogram::snapshot() const {
  Histogram histogram;
  histogram.zero = zero_.load(std::memory_order_acquire);
  int index = kFirstBucket;
  for (const std::atomic<Page*>& entry : pages_) {
    const Page* page = entry.load(std::memory_order_acquire);
    if (page == nullptr) {
      index += kBucketsPerOctave;
      continue;
    }
    for (const Counter& counter : *page) {
      if (const std::uint64_t count = counter.load(std::memory_order_acquire); count > 0) {
        histogram.buckets.emplace_back(index, count);
      }
      ++index;
    }
  }
  if (const std::uint64_t count = overflow_.load(std::memory_order_acquire); count > 0) {
    histogram.buckets.emplace_back(kOverflowBucket, count);
  }
  histogram.sum = sum_.load(std::memory_order_relaxed) + rest_.load(std::memory_order_relaxed);
  // Read after the buckets, so that what was counted lies between them.
  histogram.min = min_.load(std::memory_order_relaxed);
  histogram.max = max_.load(std::memory_order_relaxed);
  return histogram;
}

}  // namespace hale::monitor
