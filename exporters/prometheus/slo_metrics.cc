#include "exporters/prometheus/slo_metrics.h"

#include <cstddef>
#include <optional>

namespace hale::exporters {

using monitor::SloObjective;
using monitor::SloStand;

namespace {

// A sample for each objective of each row, where `value` gives one.
template <typename Value>
void write_samples(Exposition& out, std::span<const SloRow> rows, Value value) {
  std::string label;
  for (const SloRow& row : rows) {
    for (std::size_t i = 0; i < row.slo->stands.size(); ++i) {
      const SloObjective& objective = row.slo->settings->objectives[i];
      const std::optional<Number> number = value(objective, row.slo->stands[i]);
      if (number) {
        label.clear();
        out.label(label, "slo", objective.name);
        out.sample(row.labels, *number, label);
      }
    }
  }
}

}  // namespace

void write_slo_families(Exposition& out, std::string_view prefix, std::string_view events,
                        std::span<const SloRow> rows) {
  const std::string slo = std::string(prefix) + "_slo_";
  const std::string things(events);
  std::string name = slo + "events_total";
  std::string help =
      "What counted for the objective: decided " + things + ", of a latency those with an answer.";
  out.family(name, MetricType::kCounter, help);
  write_samples(out, rows, [](const SloObjective&, const SloStand& stand) {
    return std::optional<Number>(stand.ever.total);
  });
  name = slo + "good_events_total";
  help = "How many of these were good.";
  out.family(name, MetricType::kCounter, help);
  write_samples(out, rows, [](const SloObjective&, const SloStand& stand) {
    return std::optional<Number>(stand.ever.good);
  });
  name = slo + "objective_ratio";
  help = "The share of " + things + " that has to be good.";
  out.family(name, MetricType::kGauge, help);
  write_samples(out, rows, [](const SloObjective& objective, const SloStand&) {
    return std::optional<Number>(objective.share);
  });
  name = slo + "budget_remaining_ratio";
  help =
      "What is left of the error budget in the SLO's window: 1 while nothing was bad, below 0 when "
      "it is overspent; absent while nothing counted.";
  out.family(name, MetricType::kGauge, help);
  write_samples(out, rows, [](const SloObjective&, const SloStand& stand) {
    return stand.budget_remaining ? std::optional<Number>(*stand.budget_remaining) : std::nullopt;
  });
}

}  // namespace hale::exporters
