// Metrics, family by family and sample by sample, in the format that a scraper asked for. What
// writes metrics knows no format, and the formats know no metric.
//
// prometheus-cpp's serializer costs ten times as much a sample and wants its own copy of everything
// first; all of this is on the board already.
//
// The caller keeps a family's samples together. A family without samples leaves nothing behind.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "monitor/assert.h"
#include "monitor/metrics_settings.h"
#include "monitor/stats/histogram.h"
#include "monitor/time.h"

namespace hale::exporters {

enum class ExpositionFormat : std::uint8_t {
  kText,         // Prometheus text, version 0.0.4
  kOpenMetrics,  // OpenMetrics text, version 1.0.0
  kProtobuf      // delimited io.prometheus.client.MetricFamily, the only one with native histograms
};
std::string_view content_type_of(ExpositionFormat format);

enum class MetricType : std::uint8_t { kGauge, kCounter, kHistogram };

// The value of a sample. Text shows integers, durations and times exactly.
class Number {
 public:
  template <std::integral Integer>
  Number(Integer value)  // NOLINT(google-explicit-constructor): a sample is given what there is
      : kind_(std::is_signed_v<Integer> ? Kind::kSigned : Kind::kUnsigned),
        integer_(static_cast<std::int64_t>(value)) {}
  Number(double value)  // NOLINT(google-explicit-constructor)
      : kind_(Kind::kDouble), real_(value) {}
  Number(monitor::Duration value)  // NOLINT(google-explicit-constructor): seconds
      : kind_(Kind::kNanoseconds), integer_(value.count()) {}
  Number(monitor::WallTime value);  // NOLINT(google-explicit-constructor): Unix time, to the ms

  double as_double() const;
  void append_to(std::string& text) const;

 private:
  enum class Kind : std::uint8_t { kSigned, kUnsigned, kDouble, kNanoseconds, kMilliseconds };
  Kind kind_;
  std::int64_t integer_ = 0;  // of all kinds but kDouble
  double real_ = 0;
};

class Exposition {
 public:
  virtual ~Exposition() = default;

  // Appends a label to a block of labels, which samples take over as it stands: rendered once, it
  // serves many samples. What is no UTF-8 in `value` is replaced.
  virtual void label(std::string& block, std::string_view name, std::string_view value) const = 0;

  // What follows is about this family. The name of a counter ends in _total.
  virtual void family(std::string_view name, MetricType type, std::string_view help) = 0;

  // `labels` as made by label(); `more` likewise, for those who keep a part.
  virtual void sample(std::string_view labels, Number value, std::string_view more = "") = 0;
  virtual void histogram(std::string_view labels, const monitor::Histogram& histogram,
                         std::string_view more = "") = 0;

  virtual void finish() = 0;  // after the last sample
};

// Appends to `out`, which must outlive it.
std::unique_ptr<Exposition> make_exposition(ExpositionFormat format,
                                            monitor::HistogramKind histograms, std::string& out);

// The classic buckets of every histogram: powers of two from about 1 ms to 64 s, and all. They are
// exact, as they are bounds of the histogram's own buckets, and short decimals that every server
// keeps as they are.
inline constexpr int kFirstBoundExponent = -10;
inline constexpr int kLastBoundExponent = 6;

// Calls `take` with each exponent and how many values there are up to 2^exponent. Returns how many
// there are at all.
template <typename Take>
std::uint64_t for_each_classic_bucket(const monitor::Histogram& histogram, Take take) {
  HALE_ASSERT(histogram.schema == monitor::kSchema);
  std::uint64_t count = histogram.zero;
  auto bucket = histogram.buckets.begin();
  for (int exponent = kFirstBoundExponent; exponent <= kLastBoundExponent; ++exponent) {
    for (; bucket != histogram.buckets.end() &&
           bucket->index() <= exponent * monitor::kBucketsPerOctave;
         ++bucket) {
      count += bucket->count();
    }
    take(exponent, count);
  }
  for (; bucket != histogram.buckets.end(); ++bucket) {
    count += bucket->count();
  }
  return count;
}

}  // namespace hale::exporters
