#include "exporters/prometheus/text_exposition.h"

#include <cmath>

#include "exporters/text.h"

namespace hale::exporters {
namespace {

bool is_plain(char c) {
  return c != '"' && c != '\\' && c != '\n';
}

void append_escaped(std::string& out, char c) {
  out += '\\';
  out += c == '\n' ? 'n' : c;
}

void append_help(std::string& out, std::string_view help, bool escape_quotes) {
  for (const char c : help) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && escape_quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

std::string_view to_string(MetricType type) {
  switch (type) {
    case MetricType::kGauge:
      return "gauge";
    case MetricType::kCounter:
      return "counter";
    case MetricType::kHistogram:
      return "histogram";
  }
  return "";
}

}  // namespace

TextExposition::TextExposition(ExpositionFormat format, monitor::HistogramKind histograms,
                               std::string& out)
    : open_metrics_(format == ExpositionFormat::kOpenMetrics),
      histograms_(histograms),
      out_(out),
      bounds_([this] {
        std::vector<std::string> bounds;
        for (int exponent = kFirstBoundExponent; exponent <= kLastBoundExponent; ++exponent) {
          std::string bound;  // in the canonical form: "0.5", "1.0"
          append_double(bound, std::ldexp(1.0, exponent));
          bound += exponent >= 0 ? ".0" : "";
          label(bounds.emplace_back(), "le", bound);
        }
        label(bounds.emplace_back(), "le", "+Inf");
        return bounds;
      }()) {}

void TextExposition::label(std::string& block, std::string_view name,
                           std::string_view value) const {
  if (!block.empty()) {
    block += ',';
  }
  block += name;
  block += "=\"";
  append_utf8(block, value, is_plain, append_escaped);
  block += '"';
}

void TextExposition::family(std::string_view name, MetricType type, std::string_view help) {
  name_ = name;
  type_ = type;
  help_ = help;
  announced_ = false;
}

void TextExposition::sample(std::string_view labels, Number value, std::string_view more) {
  begin("", labels, more);
  value.append_to(out_);
  out_ += '\n';
}

void TextExposition::histogram(std::string_view labels, const monitor::Histogram& histogram,
                               std::string_view more) {
  if (histograms_ == monitor::HistogramKind::kOff) {
    return;
  }
  block_ = labels;
  if (!more.empty()) {
    block_ += block_.empty() ? "" : ",";
    block_ += more;
  }
  const auto bucket = [this](const std::string& bound, std::uint64_t count) {
    begin("_bucket", block_, bound);
    append_integer(out_, count);
    out_ += '\n';
  };
  const std::uint64_t count =
      for_each_classic_bucket(histogram, [&](int exponent, std::uint64_t up_to) {
        bucket(bounds_[static_cast<std::size_t>(exponent - kFirstBoundExponent)], up_to);
      });
  bucket(bounds_.back(), count);
  begin("_sum", block_, "");
  append_double(out_, histogram.sum);
  out_ += '\n';
  begin("_count", block_, "");
  append_integer(out_, count);
  out_ += '\n';
}

void TextExposition::finish() {
  if (open_metrics_) {
    out_ += "# EOF\n";
  }
}

void TextExposition::announce() {
  announced_ = true;
  std::string_view name = name_;
  if (open_metrics_ && type_ == MetricType::kCounter && name.ends_with("_total")) {
    name.remove_suffix(std::string_view("_total").size());
  }
  const auto help = [&] {
    out_ += "# HELP ";
    out_ += name;
    out_ += ' ';
    append_help(out_, help_, open_metrics_);
    out_ += '\n';
  };
  const auto type = [&] {
    out_ += "# TYPE ";
    out_ += name;
    out_ += ' ';
    out_ += to_string(type_);
    out_ += '\n';
  };
  if (open_metrics_) {
    type();
    help();
  } else {
    help();
    type();
  }
}

void TextExposition::begin(std::string_view suffix, std::string_view labels,
                           std::string_view more) {
  if (!announced_) {
    announce();
  }
  out_ += name_;
  out_ += suffix;
  if (!labels.empty() || !more.empty()) {
    out_ += '{';
    out_ += labels;
    if (!labels.empty() && !more.empty()) {
      out_ += ',';
    }
    out_ += more;
    out_ += '}';
  }
  out_ += ' ';
}

}  // namespace hale::exporters
