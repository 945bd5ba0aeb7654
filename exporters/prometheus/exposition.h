// Writes the Prometheus text format, version 0.0.4
// (https://prometheus.io/docs/instrumenting/exposition_formats/), sample by sample into a string.
// prometheus-cpp's serializer costs ten times as much a sample and wants its own copy of everything
// first; all of this is on the board already.
//
// A family's HELP and TYPE are written with its first sample, so that a family without samples
// leaves nothing behind. The caller keeps a family's samples together.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "exporters/text.h"
#include "monitor/stats/histogram.h"
#include "monitor/time.h"

namespace hale::exporters {

inline constexpr std::string_view kExpositionContentType =
    "text/plain; version=0.0.4; charset=utf-8";

// Appends `value` as it stands between quotes: backslash, quote and newline escaped, what is not
// UTF-8 replaced.
void append_label_value(std::string& out, std::string_view value);

// Appends `name="value"` to a list of labels, with a comma where one is needed.
void append_label(std::string& labels, std::string_view name, std::string_view value);

class Exposition {
 public:
  explicit Exposition(std::string& out) : out_(out) {}

  // `type` is "gauge", "counter" or "histogram".
  void family(std::string_view name, std::string_view type, std::string_view help);

  // One sample. `labels` as made by append_label(); `more` likewise, for those who keep a part.
  template <std::integral Integer>
  void sample(std::string_view labels, Integer value, std::string_view more = "") {
    begin("", labels, more);
    append_integer(out_, value);
    out_ += '\n';
  }
  void sample(std::string_view labels, double value, std::string_view more = "");
  void sample(std::string_view labels, bool value, std::string_view more = "") {
    sample(labels, value ? 1 : 0, more);
  }
  void sample(std::string_view labels, monitor::Duration value, std::string_view more = "");
  void sample(std::string_view labels, monitor::WallTime value, std::string_view more = "");

  // The samples of one histogram, with classic buckets at powers of two from about 1 ms to 64 s:
  // exact, as they are bounds of its own buckets, and short decimals that every server keeps as
  // they are.
  void histogram(std::string_view labels, const monitor::Histogram& histogram,
                 std::string_view more = "");

 private:
  void begin(std::string_view suffix, std::string_view labels, std::string_view more);

  std::string& out_;
  std::string_view name_;
  std::string_view type_;
  std::string_view help_;
  bool announced_ = false;
};

}  // namespace hale::exporters
