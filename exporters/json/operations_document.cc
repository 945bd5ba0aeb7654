#include "exporters/json/operations_document.h"

#include <algorithm>

#include "exporters/json/check_document.h"
#include "exporters/json/json_writer.h"
#include "exporters/json/slo_document.h"
#include "exporters/json/windows.h"

namespace hale::exporters {

using monitor::OperationsView;
using monitor::OperationView;
using monitor::ValueView;

namespace {

// Calls a second over each window.
void write_rates(JsonWriter& json, const monitor::WindowViews& windows) {
  json.key("rate_per_second");
  json.begin_object();
  for (std::size_t i = 0; i < monitor::kWindowCount; ++i) {
    const monitor::WindowView& window = windows[i];
    // Soon after the first call, the window is as good as empty: a rate would be anything.
    const double span = std::max(1.0, monitor::to_seconds(window.span));
    json.key(to_string(static_cast<monitor::Window>(i)));
    json.number(static_cast<double>(window.total) / span);
  }
  json.end_object();
}

void write_operation(JsonWriter& json, const OperationView& operation) {
  json.begin_object();
  json.key("operation");
  json.string(operation.name);
  json.key("labels");
  write_labels(json, operation.labels);
  json.key("last");
  json.time(operation.last);
  json.key("calls");
  json.begin_object();
  json.key("total");
  json.integer(operation.passed + operation.failed);
  json.key("pass");
  json.integer(operation.passed);
  json.key("fail");
  json.integer(operation.failed);
  json.end_object();
  json.key("reasons");
  json.begin_object();
  for (const auto& [reason, count] : operation.reasons) {
    json.key(to_string(reason));
    json.integer(count);
  }
  json.end_object();
  write_windows(json, operation.windows);
  write_rates(json, operation.windows);
  json.key("slo");
  if (operation.slo == nullptr) {
    json.null();
  } else {
    const auto hour = static_cast<std::size_t>(monitor::Window::kHour);
    write_slo(json, *operation.slo, operation.windows[hour]);
  }
  json.end_object();
}

void write_value(JsonWriter& json, const ValueView& value) {
  json.begin_object();
  json.key("name");
  json.string(value.name);
  json.key("type");
  json.string(value.is_counter ? "counter" : "gauge");
  json.key("labels");
  write_labels(json, value.labels);
  json.key("value");
  json.number(value.value);
  json.key("last");
  json.time(value.last);
  json.end_object();
}

void write_ingest(JsonWriter& json, const monitor::IngestStats& stats) {
  json.begin_object();
  for (std::size_t source = 0; source < monitor::kIngestSourceCount; ++source) {
    json.key(to_string(static_cast<monitor::IngestSource>(source)));
    json.begin_object();
    json.key("taken");
    json.integer(stats.taken[source]);
    json.key("rejected");
    json.begin_object();
    for (std::size_t i = 0; i < monitor::kRejectionCount; ++i) {
      if (stats.rejected[source][i] > 0) {
        json.key(to_string(static_cast<monitor::Rejection>(i)));
        json.integer(stats.rejected[source][i]);
      }
    }
    json.end_object();
    json.end_object();
  }
  json.end_object();
}

}  // namespace

std::string operations_json(const OperationsView& view, std::span<const std::string> names) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("operations");
  json.begin_array();
  for (const auto& operation : view.operations) {
    if (names.empty() || std::ranges::find(names, operation->name) != names.end()) {
      write_operation(json, *operation);
    }
  }
  json.end_array();
  json.key("values");
  json.begin_array();
  for (const ValueView& value : view.values) {
    write_value(json, value);
  }
  json.end_array();
  json.key("max_operations");
  json.integer(view.max_operations);
  json.key("ingest");
  write_ingest(json, view.ingest);
  json.end_object();
  return out;
}

}  // namespace hale::exporters
