#include "exporters/prometheus/protobuf_exposition.h"

#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "monitor/stats/exponential_histogram.h"

namespace hale::exporters {
namespace {

using monitor::HistogramKind;

// Reads protobuf as the specification of its encoding says, knowing no message.
class Reader {
 public:
  struct Field {
    unsigned number = 0;
    std::uint64_t integer = 0;  // a varint, or the bits of a double
    std::string bytes;

    double as_double() const {
      double value = 0;
      std::memcpy(&value, &integer, sizeof(value));
      return value;
    }
    std::int64_t as_signed() const {
      return static_cast<std::int64_t>(integer >> 1U) ^ -static_cast<std::int64_t>(integer & 1U);
    }
  };

  explicit Reader(std::string_view data) : data_(data) {}

  bool done() const { return data_.empty(); }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(data_.at(0));
      data_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if (byte < 0x80) {
        return value;
      }
    }
    ADD_FAILURE() << "a varint without an end";
    return value;
  }
  std::string take(std::size_t size) {
    EXPECT_LE(size, data_.size());
    std::string bytes(data_.substr(0, size));
    data_.remove_prefix(std::min(size, data_.size()));
    return bytes;
  }
  Field field() {
    const std::uint64_t tag = varint();
    Field field{.number = static_cast<unsigned>(tag >> 3U), .integer = 0, .bytes = {}};
    switch (tag & 7U) {
      case 0:
        field.integer = varint();
        break;
      case 1: {
        const std::string bits = take(8);
        std::memcpy(&field.integer, bits.data(), bits.size());
        break;
      }
      case 2:
        field.bytes = take(varint());
        break;
      default:
        ADD_FAILURE() << "wire type " << (tag & 7U);
    }
    return field;
  }

 private:
  std::string_view data_;
};

std::vector<Reader::Field> fields_of(std::string_view message) {
  std::vector<Reader::Field> fields;
  for (Reader reader(message); !reader.done();) {
    fields.push_back(reader.field());
  }
  return fields;
}

std::vector<Reader::Field> fields_of(std::string_view message, unsigned number) {
  std::vector<Reader::Field> fields = fields_of(message);
  std::erase_if(fields, [&](const Reader::Field& field) { return field.number != number; });
  return fields;
}

// Of a field that is there once.
Reader::Field the(std::string_view message, unsigned number) {
  const auto fields = fields_of(message, number);
  EXPECT_EQ(fields.size(), 1U) << "field " << number;
  return fields.empty() ? Reader::Field{} : fields.front();
}

std::vector<std::string> families_of(std::string_view exposition) {
  std::vector<std::string> families;
  for (Reader reader(exposition); !reader.done();) {
    families.push_back(reader.take(reader.varint()));
  }
  return families;
}

std::string labels_of(std::string_view metric) {
  std::string text;
  for (const Reader::Field& pair : fields_of(metric, 1)) {
    text += the(pair.bytes, 1).bytes + "=" + the(pair.bytes, 2).bytes + ";";
  }
  return text;
}

TEST(ProtobufExpositionTest, WritesFamiliesWithTheirSamples) {
  std::string text;
  ProtobufExposition out(HistogramKind::kClassic, text);
  std::string labels;
  out.label(labels, "check", "web");
  std::string more;
  out.label(more, "item", "a\"\n\xFF");
  out.family("nothing", MetricType::kGauge, "Never seen.");
  out.family("runs_total", MetricType::kCounter, "Runs.");
  out.sample(labels, 7, more);
  out.sample("", 8U, "");
  out.family("up", MetricType::kGauge, "Up.");
  out.sample(labels, 0.25, "");
  out.finish();

  const auto families = families_of(text);
  ASSERT_EQ(families.size(), 2U);
  EXPECT_EQ(the(families[0], 1).bytes, "runs_total");
  EXPECT_EQ(the(families[0], 2).bytes, "Runs.");
  EXPECT_EQ(the(families[0], 3).integer, 0U) << "a counter";
  const auto runs = fields_of(families[0], 4);
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(labels_of(runs[0].bytes), "check=web;item=a\"\n\xEF\xBF\xBD;");
  EXPECT_EQ(the(the(runs[0].bytes, 3).bytes, 1).as_double(), 7);
  EXPECT_EQ(the(the(runs[1].bytes, 3).bytes, 1).as_double(), 8);
  EXPECT_EQ(the(families[1], 3).integer, 1U) << "a gauge";
  EXPECT_EQ(the(the(the(families[1], 4).bytes, 2).bytes, 1).as_double(), 0.25);
}

std::string histogram_message(HistogramKind kind, const monitor::Histogram& histogram) {
  std::string text;
  ProtobufExposition out(kind, text);
  out.family("h", MetricType::kHistogram, "H.");
  out.histogram("", histogram, "");
  out.finish();
  const auto families = families_of(text);
  if (families.size() != 1) {
    return {};
  }
  EXPECT_EQ(the(families[0], 3).integer, 4U) << "a histogram";
  return the(the(families[0], 4).bytes, 7).bytes;
}

// The buckets that spans and deltas stand for, as the specification of native histograms says.
std::vector<monitor::BucketCount> native_buckets(std::string_view message) {
  std::vector<monitor::BucketCount> buckets;
  Reader deltas("");
  const auto packed = fields_of(message, 13);
  const std::string bytes = packed.empty() ? "" : packed.front().bytes;
  deltas = Reader(bytes);
  std::int64_t index = 0;
  std::int64_t count = 0;
  for (const Reader::Field& span : fields_of(message, 12)) {
    index += the(span.bytes, 1).as_signed();
    for (std::uint64_t i = 0; i < the(span.bytes, 2).integer; ++i) {
      const std::uint64_t raw = deltas.varint();
      count += static_cast<std::int64_t>(raw >> 1U) ^ -static_cast<std::int64_t>(raw & 1U);
      buckets.emplace_back(static_cast<int>(index), static_cast<std::uint64_t>(count));
      ++index;
    }
  }
  EXPECT_TRUE(deltas.done());
  return buckets;
}

TEST(ProtobufExpositionTest, NativeHistogramsHoldEveryBucket) {
  monitor::ExponentialHistogram live;
  for (const double value : {0.0, 0.001, 0.001, 0.00101, 0.5, 1.0, 1.01, 70.0, 1e-7}) {
    ASSERT_TRUE(live.record(value));
  }
  const monitor::Histogram histogram = live.snapshot();
  const std::string message = histogram_message(HistogramKind::kNative, histogram);
  EXPECT_EQ(the(message, 1).integer, 9U);
  EXPECT_DOUBLE_EQ(the(message, 2).as_double(), histogram.sum);
  EXPECT_TRUE(fields_of(message, 3).empty()) << "no classic buckets";
  EXPECT_EQ(the(message, 5).as_signed(), 6);
  EXPECT_EQ(the(message, 6).as_double(), 0x1p-20);
  EXPECT_EQ(the(message, 7).integer, 2U);
  EXPECT_EQ(native_buckets(message), histogram.buckets);

  const std::string empty = histogram_message(HistogramKind::kNative, {});
  EXPECT_EQ(the(empty, 6).as_double(), 0x1p-20) << "which tells that it is native";
  EXPECT_TRUE(native_buckets(empty).empty());
}

TEST(ProtobufExpositionTest, ClassicHistogramsHaveTheBucketsOfTheTextFormat) {
  monitor::ExponentialHistogram live;
  for (const double value : {0.0, 0.0009765625, 0.001, 64.0, 65.0}) {
    ASSERT_TRUE(live.record(value));
  }
  for (const HistogramKind kind : {HistogramKind::kClassic, HistogramKind::kBoth}) {
    const std::string message = histogram_message(kind, live.snapshot());
    const auto buckets = fields_of(message, 3);
    ASSERT_EQ(buckets.size(), 18U);
    EXPECT_EQ(the(buckets[0].bytes, 2).as_double(), 0x1p-10);
    EXPECT_EQ(the(buckets[0].bytes, 1).integer, 2U);
    EXPECT_EQ(the(buckets[1].bytes, 1).integer, 3U);
    EXPECT_EQ(the(buckets[16].bytes, 2).as_double(), 64);
    EXPECT_EQ(the(buckets[16].bytes, 1).integer, 4U);
    EXPECT_EQ(the(buckets[17].bytes, 2).as_double(), std::numeric_limits<double>::infinity());
    EXPECT_EQ(the(buckets[17].bytes, 1).integer, 5U);
    EXPECT_EQ(fields_of(message, 5).size(), kind == HistogramKind::kBoth ? 1U : 0U);
  }
  EXPECT_EQ(histogram_message(HistogramKind::kOff, live.snapshot()), "");
}

}  // namespace
}  // namespace hale::exporters
