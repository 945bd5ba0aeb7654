#include "exporters/json/findings_document.h"

#include <algorithm>

namespace hale::exporters {

using monitor::Finding;
using monitor::FindingList;
using monitor::FindingView;

namespace {

void write_finding(JsonWriter& json, const FindingView& view) {
  const Finding& finding = view.finding;
  json.begin_object();
  json.key("check");
  json.string(view.check);
  json.key("kind");
  json.string(finding.kind);
  json.key("severity");
  json.string(to_string(finding.severity));
  json.key("confidence");
  json.string(to_string(finding.confidence));
  json.key("message");
  json.string(finding.message);
  json.key("evidence");
  json.begin_array();
  for (const std::string& line : finding.evidence) {
    json.string(line);
  }
  json.end_array();
  json.key("since");
  json.time(view.since);
  json.key("resolved");
  json.time(view.resolved);
  json.end_object();
}

}  // namespace

void write_findings(JsonWriter& json, const FindingList& findings, std::string_view check) {
  json.begin_array();
  for (const FindingView& finding : findings) {
    if (check.empty() || finding.check == check) {
      write_finding(json, finding);
    }
  }
  json.end_array();
}

std::size_t count_open(const FindingList& findings) {
  return static_cast<std::size_t>(
      std::ranges::count_if(findings, [](const FindingView& view) { return !view.resolved; }));
}

}  // namespace hale::exporters
