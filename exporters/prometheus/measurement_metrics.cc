#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporters/prometheus/check_metrics.h"

namespace hale::exporters {

using monitor::BoardView;
using monitor::CheckDescriptor;
using monitor::CheckView;
using monitor::Measurement;
using monitor::MeasurementDescriptor;

namespace {

// A check that has measurements to show, beside its label.
struct Row {
  const CheckView* view;
  std::string label;  // check="root"
};

// The checks of one type.
struct TypeRows {
  const CheckDescriptor* type;
  std::vector<Row> rows;
};

// By the type's name. A paused check is not looked at: its last measurements would pass for present
// ones, so it has none here.
std::vector<TypeRows> by_type(const Exposition& out, const BoardView& view) {
  std::vector<TypeRows> types;
  for (const auto& check : view.checks) {
    if (check->last == nullptr || check->status == monitor::Status::kPaused) {
      continue;
    }
    const CheckDescriptor* type = check->settings->type;
    auto found = std::ranges::find(types, type, &TypeRows::type);
    if (found == types.end()) {
      found = types.insert(types.end(), TypeRows{.type = type, .rows = {}});
    }
    Row row{.view = check.get(), .label = {}};
    out.label(row.label, "check", check->settings->name);
    found->rows.push_back(std::move(row));
  }
  std::ranges::sort(types, {}, [](const TypeRows& rows) { return rows.type->name; });
  return types;
}

double exported(const MeasurementDescriptor& descriptor, double value, const Row& row) {
  if (!descriptor.is_remaining) {
    return value;
  }
  const double now = monitor::to_seconds(row.view->last->time.time_since_epoch());
  return std::round(now + value);
}

// The samples of one measurement of one check, or of one of its items; `labels` is scratch space.
void write_samples(Exposition& out, const Row& row, const MeasurementDescriptor& descriptor,
                   const std::vector<Measurement>& measurements, std::string_view item_label,
                   std::string_view item, std::string& labels) {
  for (const Measurement& measurement : measurements) {
    if (measurement.open || measurement.name != descriptor.name) {
      continue;
    }
    labels.clear();
    if (!item_label.empty()) {
      out.label(labels, item_label, item);
    }
    for (const auto& [name, value] : measurement.labels) {
      out.label(labels, name, value);
    }
    out.sample(row.label, exported(descriptor, measurement.value, row), labels);
  }
}

std::string_view unit_label(monitor::Unit unit) {
  switch (unit) {
    case monitor::Unit::kSeconds:
      return "seconds";
    case monitor::Unit::kBytes:
      return "bytes";
    case monitor::Unit::kRatio:
      return "ratio";
    case monitor::Unit::kNone:
      break;
  }
  return "";
}

// Measurements whose names only the run knew, all of one family.
void write_open(Exposition& out, const TypeRows& rows) {
  std::string labels;
  for (const Row& row : rows.rows) {
    for (const Measurement& measurement : row.view->last->measurements) {
      if (measurement.open) {
        labels.clear();
        out.label(labels, "name", measurement.name);
        out.label(labels, "unit", unit_label(measurement.open->unit));
        out.sample(row.label, measurement.value, labels);
      }
    }
  }
}

void write_type(Exposition& out, const TypeRows& rows, const MeasurementDescriptor& descriptor) {
  std::string labels;
  for (const Row& row : rows.rows) {
    write_samples(out, row, descriptor, row.view->last->measurements, "", "", labels);
    std::size_t shown = 0;
    for (const monitor::ItemView& item : *row.view->items) {
      if (++shown > kMaxItemSeries) {
        break;
      }
      write_samples(out, row, descriptor, item.measurements, rows.type->item_label, item.name,
                    labels);
    }
  }
}

}  // namespace

void write_measurement_families(Exposition& out, const BoardView& view) {
  const std::vector<TypeRows> types = by_type(out, view);
  std::vector<std::string_view> written;
  for (const TypeRows& first : types) {
    for (const MeasurementDescriptor& measurement : first.type->measurements) {
      if (std::ranges::find(written, measurement.metric) != written.end()) {
        continue;  // with the type that declares the same metric
      }
      written.push_back(measurement.metric);
      const std::string name = "hale_" + std::string(measurement.metric);
      out.family(name, name.ends_with("_total") ? MetricType::kCounter : MetricType::kGauge,
                 measurement.help);
      for (const TypeRows& rows : types) {
        for (const MeasurementDescriptor& same : rows.type->measurements) {
          if (same.metric != measurement.metric) {
            continue;
          }
          if (same.open) {
            write_open(out, rows);
          } else {
            write_type(out, rows, same);
          }
        }
      }
    }
  }
}

}  // namespace hale::exporters
