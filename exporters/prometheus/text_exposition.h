// The two text formats: https://prometheus.io/docs/instrumenting/exposition_formats/ and
// https://prometheus.io/docs/specs/om/open_metrics_spec/. They differ in how a counter's family is
// called, in the escaping of HELP and in how the end is told.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporters/prometheus/exposition.h"

namespace hale::exporters {

class TextExposition final : public Exposition {
 public:
  TextExposition(ExpositionFormat format, monitor::HistogramKind histograms, std::string& out);

  void label(std::string& block, std::string_view name, std::string_view value) const override;
  void family(std::string_view name, MetricType type, std::string_view help) override;
  void sample(std::string_view labels, Number value, std::string_view more) override;
  void histogram(std::string_view labels, const monitor::Histogram& histogram,
                 std::string_view more) override;
  void finish() override;

 private:
  void announce();
  void begin(std::string_view suffix, std::string_view labels, std::string_view more);

  const bool open_metrics_;
  const monitor::HistogramKind histograms_;
  std::string& out_;
  const std::vector<std::string> bounds_;  // le="0.0009765625", ... le="+Inf"
  std::string block_;                      // scratch
  std::string name_;
  MetricType type_ = MetricType::kGauge;
  std::string help_;
  bool announced_ = false;
};

}  // namespace hale::exporters
