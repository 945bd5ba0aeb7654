#include "exporters/prometheus/window_metrics.h"

#include <array>
#include <string>
#include <vector>

namespace hale::exporters {

using monitor::Window;
using monitor::WindowView;

namespace {

constexpr std::array<std::string_view, 3> kStats = {"p50", "p95", "p99"};

// A window beside its label, rendered once.
struct Shown {
  Window window;
  std::string label;
};

const WindowView& view_of(const WindowRow& row, const Shown& shown) {
  return (*row.windows)[static_cast<std::size_t>(shown.window)];
}

void write_percentiles(Exposition& out, std::span<const WindowRow> rows,
                       const std::vector<Shown>& windows) {
  std::string labels;
  for (const WindowRow& row : rows) {
    for (const Shown& shown : windows) {
      const WindowView& view = view_of(row, shown);
      const std::array<double, kStats.size()> values = {view.p50, view.p95, view.p99};
      for (std::size_t i = 0; view.samples > 0 && i < values.size(); ++i) {
        labels = shown.label;
        out.label(labels, "stat", kStats[i]);
        out.sample(row.labels, values[i], labels);
      }
    }
  }
}

}  // namespace

void write_window_families(Exposition& out, const WindowFamilies& families,
                           std::span<const WindowRow> rows,
                           const monitor::MetricsSettings& settings) {
  std::vector<Shown> windows;
  for (const Window window : settings.windows_for(rows.size())) {
    Shown shown{.window = window, .label = {}};
    out.label(shown.label, "window", to_string(window));
    windows.push_back(std::move(shown));
  }
  if (settings.percentiles) {
    out.family(families.latency, MetricType::kGauge, families.latency_help);
    write_percentiles(out, rows, windows);
  }
  out.family(families.samples, MetricType::kGauge, families.samples_help);
  for (const WindowRow& row : rows) {
    for (const Shown& shown : windows) {
      out.sample(row.labels, view_of(row, shown).samples, shown.label);
    }
  }
  out.family(families.success, MetricType::kGauge, families.success_help);
  for (const WindowRow& row : rows) {
    for (const Shown& shown : windows) {
      if (const auto ratio = view_of(row, shown).success_ratio()) {
        out.sample(row.labels, *ratio, shown.label);
      }
    }
  }
}

}  // namespace hale::exporters
