#include "monitor/stats/exponential_histogram.h"

#include <type_traits>

namespace hale::monitor {

ExponentialHistogram::~ExponentialHistogram() {
  for (const std::atomic<Chapter*>& entry : chapters_) {
    const Chapter* chapter = entry.load(std::memory_order_relaxed);
    if (chapter != nullptr) {
      for (const std::atomic<Page*>& page : *chapter) {
        delete page.load(std::memory_order_relaxed);
      }
    }
    delete chapter;
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
  const auto there = [](auto& entry) {
    auto* part = entry.load(std::memory_order_relaxed);
    if (part == nullptr) {
      part = new std::remove_pointer_t<decltype(part)>{};
      entry.store(part, std::memory_order_release);
    }
    return part;
  };
  Chapter* chapter = there(chapters_[octave / kPagesInChapter]);
  return *there((*chapter)[octave % kPagesInChapter]);
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
  for (std::size_t octave = 0; octave < kOctaves; ++octave) {
    const Chapter* chapter = chapters_[octave / kPagesInChapter].load(std::memory_order_acquire);
    const Page* page = chapter == nullptr
                           ? nullptr
                           : (*chapter)[octave % kPagesInChapter].load(std::memory_order_acquire);
    if (page == nullptr) {
      continue;
    }
    int index = kFirstBucket + static_cast<int>(octave) * kBucketsPerOctave;
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
  histogram.buckets.shrink_to_fit();  // it is kept for long, and there are many
  histogram.sum = sum_.load(std::memory_order_relaxed) + rest_.load(std::memory_order_relaxed);
  // Read after the buckets, so that what was counted lies between them.
  histogram.min = min_.load(std::memory_order_relaxed);
  histogram.max = max_.load(std::memory_order_relaxed);
  return histogram;
}

}  // namespace hale::monitor
