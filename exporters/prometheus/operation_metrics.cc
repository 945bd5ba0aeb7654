#include "exporters/prometheus/operation_metrics.h"

#include <string>
#include <string_view>
#include <vector>

#include "exporters/prometheus/slo_metrics.h"
#include "exporters/prometheus/window_metrics.h"

namespace hale::exporters {

using monitor::IngestStats;
using monitor::Labels;
using monitor::OperationsView;
using monitor::OperationView;
using monitor::ValueView;

namespace {

struct Row {
  const OperationView* view;
  std::string labels;
};

void add_labels(const Exposition& out, const Labels& labels, std::string& block) {
  for (const auto& [name, value] : labels) {
    out.label(block, name, value);
  }
}

void write_timings(Exposition& out, const OperationsView& view,
                   const monitor::MetricsSettings& settings) {
  std::vector<Row> rows;
  rows.reserve(view.operations.size());
  for (const auto& operation : view.operations) {
    Row row{.view = operation.get(), .labels = {}};
    out.label(row.labels, "operation", operation->name);
    add_labels(out, operation->labels, row.labels);
    rows.push_back(std::move(row));
  }
  out.family("hale_operations_total", MetricType::kCounter, "Calls that applications reported.");
  std::string pass;
  std::string fail;
  out.label(pass, "result", to_string(monitor::Result::kPass));
  out.label(fail, "result", to_string(monitor::Result::kFail));
  for (const Row& row : rows) {
    out.sample(row.labels, row.view->passed, pass);
    out.sample(row.labels, row.view->failed, fail);
  }
  out.family("hale_operation_duration_seconds", MetricType::kHistogram,
             "How long calls took that got an answer or waited for one until their deadline.");
  std::vector<WindowRow> of_rows;
  of_rows.reserve(rows.size());
  for (const Row& row : rows) {
    out.histogram(row.labels, *row.view->latencies);
    of_rows.push_back({.labels = row.labels, .windows = &row.view->windows});
  }
  write_window_families(
      out,
      {.latency = "hale_operation_latency_seconds",
       .latency_help = "Percentiles of the latency over the window, by nearest rank; see "
                       "hale_operation_window_samples for how many values they are of.",
       .samples = "hale_operation_window_samples",
       .samples_help = "Latencies in the window.",
       .success = "hale_operation_success_ratio",
       .success_help =
           "Share of the calls in the window that succeeded; absent while there are none."},
      of_rows, settings);
  std::vector<SloRow> with_slo;
  for (const Row& row : rows) {
    if (row.view->slo != nullptr) {
      with_slo.push_back({.labels = row.labels, .slo = row.view->slo.get()});
    }
  }
  write_slo_families(out, "hale_operation", "calls", with_slo);
}

void write_values(Exposition& out, const OperationsView& view) {
  std::string family;
  std::string labels;
  const ValueView* before = nullptr;
  for (const ValueView& value : view.values) {
    if (before == nullptr || before->name != value.name) {
      family = "hale_statsd_" + value.name + (value.is_counter ? "_total" : "");
      out.family(family, value.is_counter ? MetricType::kCounter : MetricType::kGauge,
                 value.is_counter ? "A counter of StatsD." : "A gauge of StatsD.");
    }
    before = &value;
    labels.clear();
    add_labels(out, value.labels, labels);
    out.sample(labels, value.value);
  }
}

// A body of the API is refused as a whole where something is wrong with it.
bool can_happen(monitor::IngestSource source, monitor::Rejection cause) {
  return source == monitor::IngestSource::kStatsd || cause == monitor::Rejection::kMalformed ||
         cause == monitor::Rejection::kLabel || cause == monitor::Rejection::kTooMany;
}

void write_ingest(Exposition& out, const OperationsView& view) {
  const IngestStats& stats = view.ingest;
  out.family("hale_ingest_values_total", MetricType::kCounter,
             "What was taken of what applications sent: timings, counts, gauges, service checks.");
  for (std::size_t source = 0; source < monitor::kIngestSourceCount; ++source) {
    std::string labels;
    out.label(labels, "source", to_string(static_cast<monitor::IngestSource>(source)));
    out.sample(labels, stats.taken[source]);
  }
  out.family("hale_ingest_rejected_total", MetricType::kCounter,
             "What applications sent that was not taken.");
  for (std::size_t source = 0; source < monitor::kIngestSourceCount; ++source) {
    for (std::size_t i = 0; i < monitor::kRejectionCount; ++i) {
      const auto from = static_cast<monitor::IngestSource>(source);
      const auto cause = static_cast<monitor::Rejection>(i);
      if (can_happen(from, cause)) {
        std::string labels;
        out.label(labels, "source", to_string(from));
        out.label(labels, "cause", to_string(cause));
        out.sample(labels, stats.rejected[source][i]);
      }
    }
  }
  out.family("hale_ingest_series", MetricType::kGauge,
             "Operations with their labels that are kept; and counters and gauges likewise.");
  std::string timings;
  std::string values;
  out.label(timings, "kind", "operation");
  out.label(values, "kind", "value");
  out.sample(timings, view.operations.size());
  out.sample(values, view.values.size());
  out.family("hale_ingest_series_limit", MetricType::kGauge, "How many of each kind there may be.");
  out.sample("", view.max_operations);
  out.family("hale_ingest_datagrams_total", MetricType::kCounter, "Datagrams of StatsD received.");
  out.sample("", stats.datagrams);
  out.family("hale_ingest_datagrams_truncated_total", MetricType::kCounter,
             "Datagrams of StatsD that were longer than what is read of one.");
  out.sample("", stats.truncated);
  out.family("hale_ingest_datagrams_dropped_total", MetricType::kCounter,
             "Datagrams of StatsD that the kernel had no room for.");
  out.sample("", stats.dropped);
}

}  // namespace

void write_operation_families(Exposition& out, const OperationsView& view,
                              const monitor::MetricsSettings& settings) {
  write_timings(out, view, settings);
  write_values(out, view);
  write_ingest(out, view);
}

}  // namespace hale::exporters
