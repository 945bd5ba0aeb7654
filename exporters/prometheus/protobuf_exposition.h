// The protobuf format: a sequence of io.prometheus.client.MetricFamily messages, each after its
// length (github.com/prometheus/client_model, metrics.proto). Written without a library: nine kinds
// of fields, and label blocks are taken over as bytes.
#pragma once

#include <string>
#include <string_view>

#include "exporters/prometheus/exposition.h"

namespace hale::exporters {

class ProtobufExposition final : public Exposition {
 public:
  ProtobufExposition(monitor::HistogramKind histograms, std::string& out)
      : histograms_(histograms), out_(out) {}

  void label(std::string& block, std::string_view name, std::string_view value) const override;
  void family(std::string_view name, MetricType type, std::string_view help) override;
  void sample(std::string_view labels, Number value, std::string_view more) override;
  void histogram(std::string_view labels, const monitor::Histogram& histogram,
                 std::string_view more) override;
  void finish() override { end_family(); }

 private:
  void end_family();
  void metric(std::string_view labels, std::string_view more, std::string_view value);

  const monitor::HistogramKind histograms_;
  std::string& out_;
  std::string name_;
  MetricType type_ = MetricType::kGauge;
  std::string help_;
  std::string metrics_;  // of this family so far
  std::string value_;    // scratch
};

}  // namespace hale::exporters
