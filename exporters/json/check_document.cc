#include "exporters/json/check_document.h"

#include <optional>
#include <string_view>

#include "exporters/json/findings_document.h"
#include "exporters/json/slo_document.h"
#include "exporters/json/windows.h"

namespace hale::exporters {

using monitor::CheckDescriptor;
using monitor::CheckView;
using monitor::ItemView;
using monitor::Measurement;
using monitor::RunView;
using monitor::to_string;

namespace {

std::string_view unit_word(monitor::Unit unit) {
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

// Else it is reported to, and has neither a timeout nor a place on the schedule.
bool is_run(const CheckDescriptor& type) {
  return !type.passive;
}

void write_measurements(JsonWriter& json, const std::vector<Measurement>& measurements,
                        const CheckDescriptor& type) {
  json.key("measurements");
  json.begin_array();
  for (const Measurement& measurement : measurements) {
    const monitor::MeasurementDescriptor* descriptor =
        measurement.open ? nullptr : type.measurement(measurement.name);
    monitor::Unit unit = descriptor == nullptr ? monitor::Unit::kNone : descriptor->unit;
    if (measurement.open) {
      unit = measurement.open->unit;
    }
    json.begin_object();
    json.key("name");
    json.string(measurement.name);
    json.key("labels");
    write_labels(json, measurement.labels);
    json.key("value");
    json.number(measurement.value);
    json.key("unit");
    json.text(unit_word(unit));
    if (measurement.total) {
      json.key("total");
      json.number(*measurement.total);
    }
    json.end_object();
  }
  json.end_array();
}

void write_item(JsonWriter& json, const ItemView& item, const CheckDescriptor& type) {
  json.begin_object();
  json.key("status");
  json.string(to_string(item.status));
  json.key("last_known_status");
  json.string(to_string(item.last_known));
  json.key("since");
  json.time(item.since);
  json.key("result");
  json.string(to_string(item.last.result));
  json.key("reason");
  json.text(to_string(item.last.reason));
  json.key("message");
  json.string(item.last.message);
  write_measurements(json, item.measurements, type);
  json.end_object();
}

void write_configured(JsonWriter& json, const monitor::CheckSettings& settings) {
  json.key("name");
  json.string(settings.name);
  json.key("type");
  json.string(settings.type->name);
  json.key("critical");
  json.boolean(settings.critical);
  json.key("severity");
  json.string(to_string(settings.severity));
  json.key("runbook");
  json.text(settings.runbook);
  json.key("description");
  json.text(settings.description);
  json.key("group");
  json.text(settings.group);
  json.key("labels");
  write_labels(json, settings.labels);
  json.key("target");
  json.text(settings.target);
}

void write_pause(JsonWriter& json, const monitor::Pause* pause) {
  json.key("pause");
  if (pause == nullptr) {
    json.null();
    return;
  }
  json.begin_object();
  json.key("since");
  json.time(pause->since);
  json.key("until");
  json.time(pause->until);
  json.key("reason");
  json.text(pause->reason);
  json.key("by");
  json.text(pause->by);
  json.end_object();
}

void write_schedule(JsonWriter& json, const CheckView& check) {
  const bool regular = check.interval > monitor::Duration::zero();
  json.key("interval_ms");
  json.milliseconds(regular ? std::optional(check.interval) : std::nullopt);
  json.key("timeout_ms");
  json.milliseconds(is_run(*check.settings->type) ? std::optional(check.settings->timeout)
                                                  : std::nullopt);
  json.key("last_run");
  json.time(check.last_run);
  json.key("last_success");
  json.time(check.last_success);
  json.key("next_run");
  json.time(check.next_run);
  json.key("expected");
  json.time(check.expected);
  json.key("consecutive_failures");
  json.integer(check.consecutive_failures);
  json.key("consecutive_successes");
  json.integer(check.consecutive_successes);
}

void write_run_or_null(JsonWriter& json, const RunView* run, const CheckDescriptor& type) {
  if (run == nullptr) {
    json.null();
  } else {
    write_run(json, *run, type);
  }
}

void write_run_counts(JsonWriter& json, const CheckView& check) {
  std::uint64_t total = 0;
  for (const std::uint64_t count : check.runs) {
    total += count;
  }
  std::uint64_t skipped = 0;
  for (const std::uint64_t count : check.skipped) {
    skipped += count;
  }
  json.key("runs");
  json.begin_object();
  json.key("total");
  json.integer(total);
  for (std::size_t i = 0; i < check.runs.size(); ++i) {
    json.key(to_string(static_cast<monitor::Result>(i)));
    json.integer(check.runs[i]);
  }
  json.key("skipped");
  json.integer(skipped);
  json.end_object();
}

void write_slo_or_null(JsonWriter& json, const CheckView& check) {
  json.key("slo");
  if (check.slo == nullptr) {
    json.null();
  } else {
    const auto hour = static_cast<std::size_t>(monitor::Window::kHour);
    write_slo(json, *check.slo, check.stats->windows[hour]);
  }
}

}  // namespace

void write_labels(JsonWriter& json, const monitor::Labels& labels) {
  json.begin_object();
  for (const auto& [name, value] : labels) {
    json.key(name);
    json.string(value);
  }
  json.end_object();
}

void write_explanation(JsonWriter& json, const CheckView& check) {
  const monitor::Outcome* outcome = explaining_outcome(check);
  json.key("message");
  json.text(outcome == nullptr ? std::string_view() : outcome->message);
  json.key("reason");
  json.text(outcome == nullptr ? std::string_view() : to_string(outcome->reason));
}

void write_run(JsonWriter& json, const RunView& run, const CheckDescriptor& type) {
  json.begin_object();
  json.key("time");
  json.time(run.time);
  json.key("result");
  json.string(to_string(run.outcome.result));
  json.key("reason");
  json.text(to_string(run.outcome.reason));
  json.key("phase");
  json.text(to_string(run.outcome.phase));
  json.key("code");
  json.text(run.outcome.code);
  json.key("message");
  json.string(run.outcome.message);
  json.key("duration_ms");
  json.milliseconds(run.duration);
  json.key("lag_ms");
  json.milliseconds(is_run(type) ? std::optional(run.lag) : std::nullopt);
  json.key("peer");
  json.text(run.peer);
  if (!run.excerpt.empty()) {
    json.key("excerpt");
    json.string(run.excerpt);
  }
  json.key("phases_ms");
  json.begin_object();
  for (const monitor::PhaseTime& phase : run.phases) {
    json.key(to_string(phase.phase));
    json.milliseconds(phase.duration);
  }
  json.end_object();
  write_measurements(json, run.measurements, type);
  json.end_object();
}

void write_check(JsonWriter& json, const CheckView& check, const monitor::FindingList& findings) {
  const CheckDescriptor& type = *check.settings->type;
  json.begin_object();
  write_configured(json, *check.settings);
  json.key("status");
  json.string(to_string(check.status));
  json.key("last_known_status");
  json.string(to_string(check.last_known));
  json.key("since");
  json.time(check.since);
  write_explanation(json, check);
  json.key("stuck");
  json.boolean(check.stuck);
  write_pause(json, check.pause.get());
  write_schedule(json, check);
  json.key("last");
  write_run_or_null(json, check.last.get(), type);
  json.key("last_failure");
  write_run_or_null(json, check.last_failure.get(), type);
  json.key("items");
  json.begin_object();
  for (const ItemView& item : *check.items) {
    json.key(item.name);
    write_item(json, item, type);
  }
  json.end_object();
  json.key("findings");
  write_findings(json, findings, check.settings->name);
  write_run_counts(json, check);
  write_windows(json, check.stats->windows);
  write_slo_or_null(json, check);
  json.end_object();
}

}  // namespace hale::exporters
