#include "exporters/prometheus/protobuf_exposition.h"

#include <bit>
#include <cmath>
#include <limits>

#include "exporters/text.h"

namespace hale::exporters {
namespace {

// https://protobuf.dev/programming-guides/encoding/
enum class Wire : std::uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2 };

void put_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80U);
    value >>= 7U;
  }
  out += static_cast<char>(value);
}

void put_tag(std::string& out, unsigned field, Wire wire) {
  put_varint(out, field << 3U | static_cast<unsigned>(wire));
}

void put_unsigned(std::string& out, unsigned field, std::uint64_t value) {
  put_tag(out, field, Wire::kVarint);
  put_varint(out, value);
}

std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63);
}

void put_double(std::string& out, unsigned field, double value) {
  put_tag(out, field, Wire::kFixed64);
  auto bits = std::bit_cast<std::uint64_t>(value);
  for (int byte = 0; byte < 8; ++byte, bits >>= 8U) {
    out += static_cast<char>(bits);
  }
}

void put_bytes(std::string& out, unsigned field, std::string_view bytes) {
  put_tag(out, field, Wire::kBytes);
  put_varint(out, bytes.size());
  out += bytes;
}

// Field numbers of the messages.
struct Family {
  static constexpr unsigned kName = 1, kHelp = 2, kType = 3, kMetric = 4;
};
struct Metric {
  static constexpr unsigned kLabel = 1, kGauge = 2, kCounter = 3, kHistogram = 7;
};
struct Label {
  static constexpr unsigned kName = 1, kValue = 2;
};
struct Value {
  static constexpr unsigned kValue = 1;  // of Gauge and of Counter
};
struct HistogramMessage {
  static constexpr unsigned kCount = 1, kSum = 2, kBucket = 3, kSchema = 5, kZeroThreshold = 6,
                            kZeroCount = 7, kPositiveSpan = 12, kPositiveDelta = 13;
};
struct Bucket {
  static constexpr unsigned kCumulativeCount = 1, kUpperBound = 2;
};
struct Span {
  static constexpr unsigned kOffset = 1, kLength = 2;
};

std::uint64_t number_of(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return 0;
    case MetricType::kGauge:
      return 1;
    case MetricType::kHistogram:
      return 4;
  }
  return 3;  // untyped
}

void put_classic_bucket(std::string& out, double bound, std::uint64_t up_to) {
  std::string bucket;
  put_unsigned(bucket, Bucket::kCumulativeCount, up_to);
  put_double(bucket, Bucket::kUpperBound, bound);
  put_bytes(out, HistogramMessage::kBucket, bucket);
}

// Buckets that follow each other are a span, which tells how far it is from the one before; counts
// are told as differences to the bucket before.
void put_native(std::string& out, const monitor::Histogram& histogram) {
  put_tag(out, HistogramMessage::kSchema, Wire::kVarint);
  put_varint(out, zigzag(histogram.schema));
  // Servers tell a native histogram by a threshold above zero, empty ones too.
  put_double(out, HistogramMessage::kZeroThreshold, monitor::kZeroThreshold);
  put_unsigned(out, HistogramMessage::kZeroCount, histogram.zero);
  const auto& buckets = histogram.buckets;
  int expected = 0;  // the first span's offset is its index
  for (std::size_t first = 0; first < buckets.size();) {
    std::size_t last = first + 1;
    while (last < buckets.size() && buckets[last].index() == buckets[last - 1].index() + 1) {
      ++last;
    }
    std::string span;
    put_tag(span, Span::kOffset, Wire::kVarint);
    put_varint(span, zigzag(buckets[first].index() - expected));
    put_unsigned(span, Span::kLength, last - first);
    put_bytes(out, HistogramMessage::kPositiveSpan, span);
    expected = buckets[last - 1].index() + 1;
    first = last;
  }
  std::string deltas;
  std::int64_t before = 0;
  for (const monitor::BucketCount& bucket : buckets) {
    const auto count = static_cast<std::int64_t>(bucket.count());
    put_varint(deltas, zigzag(count - before));
    before = count;
  }
  if (!deltas.empty()) {
    put_bytes(out, HistogramMessage::kPositiveDelta, deltas);
  }
}

}  // namespace

void ProtobufExposition::label(std::string& block, std::string_view name,
                               std::string_view value) const {
  std::string pair;
  put_bytes(pair, Label::kName, name);
  std::string text;
  append_utf8(text, value, [](char) { return true; }, [](std::string&, char) {});
  put_bytes(pair, Label::kValue, text);
  put_bytes(block, Metric::kLabel, pair);
}

void ProtobufExposition::family(std::string_view name, MetricType type, std::string_view help) {
  end_family();
  name_ = name;
  type_ = type;
  help_ = help;
}

void ProtobufExposition::sample(std::string_view labels, Number value, std::string_view more) {
  value_.clear();
  std::string message;
  put_double(message, Value::kValue, value.as_double());
  put_bytes(value_, type_ == MetricType::kCounter ? Metric::kCounter : Metric::kGauge, message);
  metric(labels, more, value_);
}

void ProtobufExposition::histogram(std::string_view labels, const monitor::Histogram& histogram,
                                   std::string_view more) {
  if (histograms_ == monitor::HistogramKind::kOff) {
    return;
  }
  std::string buckets;
  if (histograms_ != monitor::HistogramKind::kNative) {
    for_each_classic_bucket(histogram, [&](int exponent, std::uint64_t up_to) {
      put_classic_bucket(buckets, std::ldexp(1.0, exponent), up_to);
    });
    put_classic_bucket(buckets, std::numeric_limits<double>::infinity(), histogram.count());
  }
  std::string message;
  put_unsigned(message, HistogramMessage::kCount, histogram.count());
  put_double(message, HistogramMessage::kSum, histogram.sum);
  message += buckets;
  if (histograms_ != monitor::HistogramKind::kClassic) {
    put_native(message, histogram);
  }
  value_.clear();
  put_bytes(value_, Metric::kHistogram, message);
  metric(labels, more, value_);
}

void ProtobufExposition::metric(std::string_view labels, std::string_view more,
                                std::string_view value) {
  put_tag(metrics_, Family::kMetric, Wire::kBytes);
  put_varint(metrics_, labels.size() + more.size() + value.size());
  metrics_ += labels;
  metrics_ += more;
  metrics_ += value;
}

void ProtobufExposition::end_family() {
  if (metrics_.empty()) {
    return;
  }
  std::string head;
  put_bytes(head, Family::kName, name_);
  put_bytes(head, Family::kHelp, help_);
  put_unsigned(head, Family::kType, number_of(type_));
  put_varint(out_, head.size() + metrics_.size());
  out_ += head;
  out_ += metrics_;
  metrics_.clear();
}

}  // namespace hale::exporters
