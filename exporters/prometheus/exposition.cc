#include "exporters/prometheus/exposition.h"

#include <chrono>
#include <cmath>

#include "exporters/prometheus/protobuf_exposition.h"
#include "exporters/prometheus/text_exposition.h"
#include "exporters/text.h"

namespace hale::exporters {

std::string_view content_type_of(ExpositionFormat format) {
  switch (format) {
    case ExpositionFormat::kText:
      return "text/plain; version=0.0.4; charset=utf-8";
    case ExpositionFormat::kOpenMetrics:
      return "application/openmetrics-text; version=1.0.0; charset=utf-8";
    case ExpositionFormat::kProtobuf:
      return "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; "
             "encoding=delimited";
  }
  return "";
}

Number::Number(monitor::WallTime value)
    : kind_(Kind::kMilliseconds),
      integer_(std::chrono::round<std::chrono::milliseconds>(value.time_since_epoch()).count()) {}

double Number::as_double() const {
  switch (kind_) {
    case Kind::kSigned:
      return static_cast<double>(integer_);
    case Kind::kUnsigned:
      return static_cast<double>(static_cast<std::uint64_t>(integer_));
    case Kind::kDouble:
      return real_;
    case Kind::kNanoseconds:
      return static_cast<double>(integer_) / 1e9;
    case Kind::kMilliseconds:
      return static_cast<double>(integer_) / 1e3;
  }
  return 0;
}

void Number::append_to(std::string& text) const {
  switch (kind_) {
    case Kind::kSigned:
      return append_integer(text, integer_);
    case Kind::kUnsigned:
      return append_integer(text, static_cast<std::uint64_t>(integer_));
    case Kind::kNanoseconds:
      return append_decimal(text, integer_, 9, 0);
    case Kind::kMilliseconds:
      return append_decimal(text, integer_, 3, 0);
    case Kind::kDouble:
      break;
  }
  if (std::isnan(real_)) {
    text += "NaN";
  } else if (std::isinf(real_)) {
    text += real_ > 0 ? "+Inf" : "-Inf";
  } else {
    append_double(text, real_);
  }
}

std::unique_ptr<Exposition> make_exposition(ExpositionFormat format,
                                            monitor::HistogramKind histograms, std::string& out) {
  if (format == ExpositionFormat::kProtobuf) {
    return std::make_unique<ProtobufExposition>(histograms, out);
  }
  return std::make_unique<TextExposition>(format, histograms, out);
}

}  // namespace hale::exporters
