#include "exporters/prometheus/check_metrics.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporters/prometheus/slo_metrics.h"
#include "exporters/prometheus/window_metrics.h"

namespace hale::exporters {

using monitor::BoardView;
using monitor::CheckView;
using monitor::Result;
using monitor::SkipCause;
using monitor::Status;
using monitor::to_string;

namespace {

// A check beside its labels, which are rendered once and not once a sample.
struct Row {
  const CheckView* view;
  std::string check;       // check="web"
  std::string importance;  // check="web",critical="true",severity="page"
};
using Rows = std::vector<Row>;

Rows make_rows(const Exposition& out, const BoardView& view) {
  Rows rows;
  rows.reserve(view.checks.size());
  for (const auto& check : view.checks) {
    Row row{.view = check.get(), .check = {}, .importance = {}};
    out.label(row.check, "check", check->settings->name);
    row.importance = row.check;
    out.label(row.importance, "critical", check->settings->critical ? "true" : "false");
    out.label(row.importance, "severity", to_string(check->settings->severity));
    rows.push_back(std::move(row));
  }
  return rows;
}

// The labels of a closed list, rendered once: status="healthy", ...
template <class Word, std::size_t Count>
std::array<std::string, Count> closed_labels(const Exposition& out, std::string_view name) {
  std::array<std::string, Count> labels;
  for (std::size_t i = 0; i < Count; ++i) {
    out.label(labels[i], name, to_string(static_cast<Word>(i)));
  }
  return labels;
}

void write_info(Exposition& out, const Rows& rows) {
  out.family("hale_check_info", MetricType::kGauge,
             "What the check is, with its own labels; always 1.");
  std::string labels;
  for (const Row& row : rows) {
    const monitor::CheckSettings& settings = *row.view->settings;
    labels.clear();
    out.label(labels, "type", settings.type->name);
    out.label(labels, "group", settings.group);
    out.label(labels, "target", settings.target);
    for (const auto& [name, value] : settings.labels) {
      out.label(labels, name, value);
    }
    out.sample(row.importance, 1, labels);
  }
}

// Where a status says up or down at all: pending and paused ones do not, and an unknown one that
// was never decided has no value to keep.
std::optional<bool> is_up(Status status, Status last_known) {
  if (status == Status::kUnknown && last_known == Status::kPending) {
    return std::nullopt;
  }
  switch (monitor::counted_status(status, last_known)) {
    case Status::kHealthy:
    case Status::kDegraded:
      return true;
    case Status::kUnhealthy:
      return false;
    case Status::kPending:
    case Status::kUnknown:
    case Status::kPaused:
      break;
  }
  return std::nullopt;
}

void write_status(Exposition& out, const Rows& rows) {
  out.family(
      "hale_check_up", MetricType::kGauge,
      "1 while healthy or degraded, 0 while unhealthy; keeps its value while unknown; absent "
      "while pending or paused.");
  for (const Row& row : rows) {
    if (const auto up = is_up(row.view->status, row.view->last_known)) {
      out.sample(row.importance, *up);
    }
  }
  out.family("hale_check_status", MetricType::kGauge,
             "1 for the status that the check has, 0 for the others.");
  const auto statuses = closed_labels<Status, monitor::kStatusCount>(out, "status");
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < statuses.size(); ++i) {
      out.sample(row.importance, row.view->status == static_cast<Status>(i), statuses[i]);
    }
  }
}

void write_items(Exposition& out, const Rows& rows) {
  out.family("hale_check_item_up", MetricType::kGauge,
             "1 while the item is healthy or degraded, 0 while it is unhealthy; keeps its value "
             "while unknown.");
  std::string labels;
  for (const Row& row : rows) {
    if (row.view->status == Status::kPaused) {
      continue;
    }
    const auto& items = *row.view->items;
    for (std::size_t i = 0; i < std::min(items.size(), kMaxItemSeries); ++i) {
      if (const auto up = is_up(items[i].status, items[i].last_known)) {
        labels.clear();
        out.label(labels, "item", items[i].name);
        out.sample(row.check, *up, labels);
      }
    }
  }
  out.family("hale_check_items_omitted", MetricType::kGauge,
             "Items beyond the limit, without a hale_check_item_up of their own.");
  for (const Row& row : rows) {
    const std::size_t count = row.view->items->size();
    if (count > 0) {
      out.sample(row.check, count - std::min(count, kMaxItemSeries));
    }
  }
}

void write_failing(Exposition& out, const Rows& rows) {
  out.family("hale_check_failing_info", MetricType::kGauge,
             "1 while the last result is not a pass.");
  std::string labels;
  for (const Row& row : rows) {
    const monitor::RunView* last = row.view->last.get();
    if (last == nullptr || last->outcome.result == Result::kPass) {
      continue;
    }
    labels.clear();
    out.label(labels, "result", to_string(last->outcome.result));
    out.label(labels, "reason", to_string(last->outcome.reason));
    out.label(labels, "phase", to_string(last->outcome.phase));
    out.sample(row.check, 1, labels);
  }
  out.family("hale_check_status_since_timestamp_seconds", MetricType::kGauge,
             "Since when the check has its status, in Unix time.");
  for (const Row& row : rows) {
    out.sample(row.check, row.view->since);
  }
}

void write_counters(Exposition& out, const Rows& rows) {
  std::string labels;
  out.family("hale_check_transitions_total", MetricType::kCounter,
             "Changes of the check's status.");
  for (const Row& row : rows) {
    for (const monitor::Transition& transition : row.view->transitions) {
      labels.clear();
      out.label(labels, "from", to_string(transition.from));
      out.label(labels, "to", to_string(transition.to));
      out.sample(row.check, transition.count, labels);
    }
  }
  out.family("hale_check_runs_total", MetricType::kCounter, "Completed runs.");
  const auto results = closed_labels<Result, monitor::kResultCount>(out, "result");
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < results.size(); ++i) {
      out.sample(row.check, row.view->runs[i], results[i]);
    }
  }
  out.family("hale_check_problems_total", MetricType::kCounter,
             "Completed runs that were not a pass, by reason.");
  for (const Row& row : rows) {
    for (const monitor::Problem& problem : row.view->problems) {
      labels.clear();
      out.label(labels, "result", to_string(problem.result));
      out.label(labels, "reason", to_string(problem.reason));
      out.sample(row.check, problem.count, labels);
    }
  }
  out.family("hale_check_skipped_total", MetricType::kCounter,
             "Runs that were due but did not happen.");
  const auto causes = closed_labels<SkipCause, monitor::kSkipCauseCount>(out, "cause");
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < causes.size(); ++i) {
      out.sample(row.check, row.view->skipped[i], causes[i]);
    }
  }
}

void write_schedule(Exposition& out, const Rows& rows) {
  out.family("hale_check_interval_seconds", MetricType::kGauge,
             "Time between two runs, as in force now.");
  for (const Row& row : rows) {
    if (row.view->interval > monitor::Duration::zero()) {
      out.sample(row.check, row.view->interval);
    }
  }
  out.family("hale_check_timeout_seconds", MetricType::kGauge, "How long a run may take.");
  for (const Row& row : rows) {
    if (!row.view->settings->type->passive) {
      out.sample(row.check, row.view->settings->timeout);
    }
  }
  out.family("hale_check_last_run_timestamp_seconds", MetricType::kGauge,
             "When the last run started, in Unix time.");
  for (const Row& row : rows) {
    if (row.view->last_run) {
      out.sample(row.check, *row.view->last_run);
    }
  }
  out.family("hale_check_last_success_timestamp_seconds", MetricType::kGauge,
             "When the last run that was a pass or a warning started, in Unix time.");
  for (const Row& row : rows) {
    if (row.view->last_success) {
      out.sample(row.check, *row.view->last_success);
    }
  }
}

void write_last_run(Exposition& out, const Rows& rows) {
  out.family("hale_check_last_duration_seconds", MetricType::kGauge, "How long the last run took.");
  for (const Row& row : rows) {
    const monitor::RunView* last = row.view->last.get();
    if (last != nullptr && last->duration) {
      out.sample(row.check, *last->duration);
    }
  }
  out.family("hale_check_last_schedule_lag_seconds", MetricType::kGauge,
             "How long after its time on the schedule the last run started.");
  for (const Row& row : rows) {
    if (row.view->last != nullptr && !row.view->settings->type->passive) {
      out.sample(row.check, row.view->last->lag);
    }
  }
  out.family("hale_check_last_phase_seconds", MetricType::kGauge,
             "How long each phase of the last run took.");
  const auto phases = closed_labels<monitor::Phase, monitor::kPhaseCount>(out, "phase");
  for (const Row& row : rows) {
    if (row.view->last == nullptr) {
      continue;
    }
    for (const monitor::PhaseTime& phase : row.view->last->phases) {
      out.sample(row.check, phase.duration, phases[static_cast<std::size_t>(phase.phase)]);
    }
  }
  out.family("hale_check_consecutive_failures", MetricType::kGauge, "Runs in a row that failed.");
  for (const Row& row : rows) {
    out.sample(row.check, row.view->consecutive_failures);
  }
}

// A failure without an answer is rare: that histogram is there from the first one on.
void write_durations(Exposition& out, const Rows& rows) {
  out.family(
      "hale_check_duration_seconds", MetricType::kHistogram,
      "How long runs took: ok got an answer or waited for one until the deadline, failed are "
      "the others that failed.");
  std::string ok;
  std::string failed;
  out.label(ok, "result", "ok");
  out.label(failed, "result", "failed");
  for (const Row& row : rows) {
    const monitor::RunStatsView& stats = *row.view->stats;
    out.histogram(row.check, *stats.latencies, ok);
    if (!stats.failures->empty()) {
      out.histogram(row.check, *stats.failures, failed);
    }
  }
}

void write_windows(Exposition& out, const Rows& rows, const monitor::MetricsSettings& settings) {
  std::vector<WindowRow> of_rows;
  of_rows.reserve(rows.size());
  for (const Row& row : rows) {
    of_rows.push_back({.labels = row.check, .windows = &row.view->stats->windows});
  }
  write_window_families(
      out,
      {.latency = "hale_check_latency_seconds",
       .latency_help = "Percentiles of the latency over the window, by nearest rank; see "
                       "hale_check_window_samples for how many values they are of.",
       .samples = "hale_check_window_samples",
       .samples_help = "Latencies in the window.",
       .success = "hale_check_success_ratio",
       .success_help =
           "Share of the runs in the window that were a pass or a warning, unknown ones "
           "not counted; absent while there are none."},
      of_rows, settings);
}

void write_slos(Exposition& out, const Rows& rows) {
  std::vector<SloRow> with_slo;
  for (const Row& row : rows) {
    if (row.view->slo != nullptr) {
      with_slo.push_back(SloRow{.labels = row.check, .slo = row.view->slo.get()});
    }
  }
  write_slo_families(out, "hale_check", "runs", with_slo);
}

}  // namespace

void write_check_families(Exposition& out, const BoardView& view,
                          const monitor::MetricsSettings& settings) {
  const Rows rows = make_rows(out, view);
  write_info(out, rows);
  write_status(out, rows);
  write_items(out, rows);
  write_failing(out, rows);
  write_counters(out, rows);
  write_schedule(out, rows);
  write_last_run(out, rows);
  write_durations(out, rows);
  write_windows(out, rows, settings);
  write_slos(out, rows);
}

}  // namespace hale::exporters
