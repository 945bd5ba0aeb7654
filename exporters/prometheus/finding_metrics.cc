// How many findings are open.
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "exporters/prometheus/check_metrics.h"

namespace hale::exporters {

using monitor::BoardView;
using monitor::FindingView;

// Every kind that the check's type can conclude is there in every severity, so that an alert sees
// the end of what it saw begin.
void write_finding_families(Exposition& out, const BoardView& view) {
  using Counts = std::array<std::uint64_t, monitor::kSeverityCount>;
  std::map<std::pair<std::string_view, std::string_view>, Counts> open;  // by check and kind
  for (const FindingView& finding : *view.findings) {
    if (!finding.resolved) {
      ++open[{finding.check, finding.finding.kind}]
            [static_cast<std::size_t>(finding.finding.severity)];
    }
  }
  out.family("hale_findings", MetricType::kGauge,
             "What a check concludes now, by kind and severity: conflicts, loops, risks.");
  for (const auto& check : view.checks) {
    const monitor::CheckSettings& settings = *check->settings;
    for (const monitor::FindingKind& kind : settings.type->findings) {
      const auto found = open.find({settings.name, kind.name});
      for (std::size_t i = 0; i < monitor::kSeverityCount; ++i) {
        std::string labels;
        out.label(labels, "check", settings.name);
        out.label(labels, "kind", kind.name);
        out.label(labels, "severity", to_string(static_cast<monitor::Severity>(i)));
        out.sample(labels, found == open.end() ? 0 : found->second[i]);
      }
    }
  }
}

}  // namespace hale::exporters
