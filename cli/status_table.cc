#include "cli/status_table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <vector>

#include <Poco/JSON/Array.h>
#include <fmt/format.h>

#include "cli/terminal.h"

namespace hale::cli {
namespace {

constexpr std::array<std::string_view, 6> kWorstFirst = {"unhealthy", "unknown", "degraded",
                                                         "pending",   "paused",  "healthy"};

std::size_t rank(const std::string& status) {
  return static_cast<std::size_t>(std::find(kWorstFirst.begin(), kWorstFirst.end(), status) -
                                  kWorstFirst.begin());
}

std::string headline(const Poco::JSON::Object& status, const StatusTableOptions& options) {
  const std::string overall = status.optValue<std::string>("overall_status", "unknown");
  std::string line;
  if (const auto agent = status.getObject("agent")) {
    line = printable(agent->optValue<std::string>("name", "")) + ": ";
  }
  line += paint(overall, colour_of(overall), options.colour);
  if (status.has("score") && !status.isNull("score")) {
    line += fmt::format(", score {}", status.getValue<int>("score"));
  }
  const auto summary = status.getObject("summary");
  if (summary) {
    const int total = summary->optValue("total_checks", 0);
    line += fmt::format(", {} {}", total, total == 1 ? "check" : "checks");
    std::string parts;
    for (const std::string_view word : kWorstFirst) {
      const int count = summary->optValue(std::string(word) + "_checks", 0);
      if (count > 0) {
        parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", count, word);
      }
    }
    line += parts.empty() ? "" : " (" + parts + ")";
  }
  return line + "\n";
}

struct Line {
  std::string name;
  std::string status;
  Poco::JSON::Object::Ptr check;
};

Colour colour_of_severity(const std::string& severity) {
  return severity == "page" ? Colour::kRed : severity == "ticket" ? Colour::kYellow : Colour::kNone;
}

}  // namespace

std::string age(double seconds) {
  const auto whole = static_cast<long long>(std::max(0.0, seconds));
  if (whole < 60) {
    return fmt::format("{}s", whole);
  }
  if (whole < 3600) {
    return fmt::format("{}m", whole / 60);
  }
  return whole < 2 * 86400 ? fmt::format("{}h", whole / 3600) : fmt::format("{}d", whole / 86400);
}

std::string short_duration(double milliseconds) {
  const bool in_seconds = milliseconds >= 999.5;
  const double value = in_seconds ? milliseconds / 1000 : milliseconds;
  const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f}{}", value, decimals, in_seconds ? "s" : "ms");
}

std::string status_table(
    const Poco::JSON::Object& status, const StatusTableOptions& options,
    const std::function<bool(const std::string&, const Poco::JSON::Object&)>& wanted) {
  std::vector<Line> lines;
  if (const auto checks = status.getObject("checks")) {
    for (const std::string& name : checks->getNames()) {
      const auto check = checks->getObject(name);
      if (check && wanted(name, *check)) {
        lines.push_back(Line{.name = name,
                             .status = check->optValue<std::string>("status", "unknown"),
                             .check = check});
      }
    }
  }
  std::sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) {
    return rank(a.status) != rank(b.status) ? rank(a.status) < rank(b.status) : a.name < b.name;
  });

  std::vector<std::string> header = {"CHECK", "STATUS", "TYPE", "CRITICAL"};
  if (options.with_age) {
    header.insert(header.end(), {"FOR", "LAST", "P50", "P95", "P99"});
  }
  header.emplace_back("MESSAGE");
  Table table(std::move(header));
  const double now = status.optValue("time", 0.0);
  const auto since = [now](const Poco::JSON::Object& check, const char* key) {
    return check.has(key) && !check.isNull(key) ? age(now - check.getValue<double>(key))
                                                : std::string("-");
  };
  for (const Line& line : lines) {
    std::vector<Table::Cell> row;
    row.push_back({printable(line.name), Colour::kBold});
    row.push_back({line.status, colour_of(line.status)});
    row.push_back({printable(line.check->optValue<std::string>("type", "")), Colour::kGrey});
    row.push_back({line.check->optValue("critical", false) ? "yes" : "no", Colour::kGrey});
    if (options.with_age) {
      row.push_back({since(*line.check, "since"), Colour::kNone});
      row.push_back({since(*line.check, "last_run"), Colour::kGrey});
      for (const char* key : {"p50_ms", "p95_ms", "p99_ms"}) {
        const bool known = line.check->has(key) && !line.check->isNull(key);
        row.push_back(
            {known ? short_duration(line.check->getValue<double>(key)) : "-", Colour::kNone});
      }
    }
    row.push_back({printable(line.check->optValue<std::string>("message", "")), Colour::kNone});
    table.add(std::move(row));
  }
  std::string out = headline(status, options);
  if (!table.empty()) {
    out += "\n" + table.render(options.colour, options.width);
  }
  return out;
}

std::string findings_table(const Poco::JSON::Object& findings, double now,
                           const StatusTableOptions& options,
                           const std::function<bool(const std::string&)>& wanted) {
  Table table({"FINDING", "FOR", "CHECK", "MESSAGE"});
  const auto list = findings.getArray("findings");
  for (unsigned i = 0; list && i < list->size(); ++i) {
    const auto finding = list->getObject(i);
    const std::string check = finding->optValue<std::string>("check", "");
    if (!finding->isNull("resolved") || !wanted(check)) {
      continue;
    }
    const std::string severity = finding->optValue<std::string>("severity", "");
    const bool sure = finding->optValue<std::string>("confidence", "high") != "low";
    table.add({{printable(severity), colour_of_severity(severity)},
               {age(now - finding->optValue("since", now)), Colour::kNone},
               {printable(check), Colour::kBold},
               {std::string(sure ? "" : "probably: ") +
                    printable(finding->optValue<std::string>("message", "")),
                Colour::kNone}});
  }
  return table.empty() ? "" : "\n" + table.render(options.colour, options.width);
}

}  // namespace hale::cli
