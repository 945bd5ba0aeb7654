#include "monitor/stats/power_histogram.h"

#include <algorithm>
#include <cmath>

namespace hale::monitor {

void PowerHistogram::record(Duration duration) {
  const double seconds = std::max(0.0, to_seconds(duration));
  ++count_;
  sum_seconds_ += seconds;
  std::size_t bucket = 0;
  if (seconds > 0) {
    int exponent = 0;
    const double fraction = std::frexp(seconds, &exponent);  // seconds = fraction * 2^exponent
    // An exact power of two belongs to the bucket that it bounds.
    const int bound = fraction == 0.5 ? exponent - 1 : exponent;
    bucket = static_cast<std::size_t>(std::clamp(bound - kFirstExponent, 0, kBuckets - 1));
  }
  ++buckets_[bucket];
}

}  // namespace hale::monitor
