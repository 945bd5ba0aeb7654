#include "exporters/json/slo_document.h"

#include <cstddef>
#include <string_view>

namespace hale::exporters {

using monitor::SloObjective;
using monitor::SloStand;
using monitor::WindowView;

namespace {

double percentile(const WindowView& hour, std::string_view objective) {
  if (objective == "latency_p50") {
    return hour.p50;
  }
  if (objective == "latency_p95") {
    return hour.p95;
  }
  return objective == "latency_p99" ? hour.p99 : WindowView::kNothing;
}

void write_objective(JsonWriter& json, const SloObjective& objective, const SloStand& stand,
                     const WindowView& hour) {
  const auto good = static_cast<double>(stand.window.good);
  const auto total = static_cast<double>(stand.window.total);
  json.begin_object();
  json.key("objective");
  json.number(objective.share);
  json.key("current");
  json.number(good / total);  // null while there are none
  if (objective.latency) {
    json.key("objective_ms");
    json.milliseconds(*objective.latency);
    json.key("current_ms");
    json.milliseconds(percentile(hour, objective.name));
  }
  json.key("good");
  json.integer(stand.window.good);
  json.key("total");
  json.integer(stand.window.total);
  json.key("budget_remaining");
  json.number(stand.budget_remaining.value_or(WindowView::kNothing));
  json.key("breached");
  json.boolean(stand.breached);
  json.end_object();
}

}  // namespace

void write_slo(JsonWriter& json, const monitor::SloView& slo, const WindowView& hour) {
  json.begin_object();
  for (std::size_t i = 0; i < slo.stands.size(); ++i) {
    const SloObjective& objective = slo.settings->objectives[i];
    json.key(objective.name);
    write_objective(json, objective, slo.stands[i], hour);
  }
  json.key("window_ms");
  json.milliseconds(slo.settings->window);
  json.key("span_ms");
  json.milliseconds(slo.span);
  json.key("degrade");
  json.boolean(slo.settings->degrade);
  json.end_object();
}

}  // namespace hale::exporters
