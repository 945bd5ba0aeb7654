#include "exporters/prometheus/exposition.h"

#include <chrono>
#include <cmath>
#include <string>
#include <vector>

#include "monitor/utf8.h"

namespace hale::exporters {
namespace {

bool is_plain(char c) {
  return static_cast<unsigned char>(c) < 0x80 && c != '"' && c != '\\' && c != '\n';
}

void append_number(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
  } else {
    append_double(out, value);
  }
}

// In HELP a quote stands for itself.
void append_help(std::string& out, std::string_view help) {
  for (const char c : help) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
}

constexpr int kFirstExponent = -10;
constexpr int kLastExponent = 6;

// le="0.0009765625", le="1.0", ... le="+Inf": Prometheus' canonical form of a bound.
std::vector<std::string> bound_labels() {
  std::vector<std::string> labels;
  for (int exponent = kFirstExponent; exponent <= kLastExponent; ++exponent) {
    std::string bound;
    append_double(bound, std::ldexp(1.0, exponent));
    bound += exponent >= 0 ? ".0" : "";
    append_label(labels.emplace_back(), "le", bound);
  }
  append_label(labels.emplace_back(), "le", "+Inf");
  return labels;
}

}  // namespace

void append_label_value(std::string& out, std::string_view value) {
  while (!value.empty()) {
    std::size_t plain = 0;
    while (plain < value.size() && is_plain(value[plain])) {
      ++plain;
    }
    out += value.substr(0, plain);
    value.remove_prefix(plain);
    if (value.empty()) {
      return;
    }
    const std::size_t length = monitor::utf8_length(value);
    if (length == 0) {
      out += kReplacementCharacter;
    } else if (length > 1) {
      out += value.substr(0, length);
    } else if (value.front() == '\n') {
      out += "\\n";
    } else {
      out += '\\';
      out += value.front();
    }
    value.remove_prefix(length == 0 ? 1 : length);
  }
}

void append_label(std::string& labels, std::string_view name, std::string_view value) {
  if (!labels.empty()) {
    labels += ',';
  }
  labels += name;
  labels += "=\"";
  append_label_value(labels, value);
  labels += '"';
}

void Exposition::family(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  type_ = type;
  help_ = help;
  announced_ = false;
}

void Exposition::sample(std::string_view labels, double value, std::string_view more) {
  begin("", labels, more);
  append_number(out_, value);
  out_ += '\n';
}

void Exposition::sample(std::string_view labels, monitor::Duration value, std::string_view more) {
  begin("", labels, more);
  append_decimal(out_, value.count(), 9, 0);
  out_ += '\n';
}

void Exposition::sample(std::string_view labels, monitor::WallTime value, std::string_view more) {
  begin("", labels, more);
  const auto rounded = std::chrono::round<std::chrono::milliseconds>(value.time_since_epoch());
  append_decimal(out_, rounded.count(), 3, 0);
  out_ += '\n';
}

void Exposition::histogram(std::string_view labels, const monitor::Histogram& histogram,
                           std::string_view more) {
  static const std::vector<std::string> kBounds = bound_labels();
  std::string all(labels);
  if (!more.empty()) {
    all += labels.empty() ? "" : ",";
    all += more;
  }
  std::uint64_t count = histogram.zero;
  auto bucket = histogram.buckets.begin();
  for (std::size_t i = 0; i < kBounds.size(); ++i) {
    const int last = (kFirstExponent + static_cast<int>(i)) * monitor::kBucketsPerOctave;
    const bool unbounded = i + 1 == kBounds.size();
    while (bucket != histogram.buckets.end() && (unbounded || bucket->index() <= last)) {
      count += bucket->count();
      ++bucket;
    }
    begin("_bucket", all, kBounds[i]);
    append_integer(out_, count);
    out_ += '\n';
  }
  begin("_sum", all, "");
  append_number(out_, histogram.sum);
  out_ += '\n';
  begin("_count", all, "");
  append_integer(out_, count);
  out_ += '\n';
}

void Exposition::begin(std::string_view suffix, std::string_view labels, std::string_view more) {
  if (!announced_) {
    announced_ = true;
    out_ += "# HELP ";
    out_ += name_;
    out_ += ' ';
    append_help(out_, help_);
    out_ += "\n# TYPE ";
    out_ += name_;
    out_ += ' ';
    out_ += type_;
    out_ += '\n';
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
