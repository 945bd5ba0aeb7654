#include "cli/explanation.h"

#include <cmath>

#include <Poco/DateTimeFormatter.h>
#include <Poco/JSON/Array.h>
#include <Poco/LocalDateTime.h>
#include <fmt/core.h>

#include "cli/status_table.h"
#include "cli/terminal.h"
#include "monitor/format.h"
#include "monitor/values.h"

namespace hale::cli {
namespace {

using Poco::JSON::Object;

std::string text(const Object& object, const char* key, const char* otherwise = "-") {
  return object.has(key) && !object.isNull(key) ? printable(object.getValue<std::string>(key))
                                                : otherwise;
}

std::string milliseconds(const Object& object, const char* key) {
  if (!object.has(key) || object.isNull(key)) {
    return "-";
  }
  const double value = object.getValue<double>(key);
  return monitor::format_duration(monitor::Duration(static_cast<std::int64_t>(value * 1e6)));
}

std::string when(const Object& object, const char* key) {
  if (!object.has(key) || object.isNull(key)) {
    return "never";
  }
  const double seconds = object.getValue<double>(key);
  const Poco::Timestamp at(static_cast<Poco::Timestamp::TimeVal>(seconds * 1e6));
  const double ago = static_cast<double>(at.elapsed()) / 1e6;
  const std::string distance = ago >= 0 ? age(ago) + " ago" : "in " + age(-ago);
  return fmt::format("{} ({})",
                     Poco::DateTimeFormatter::format(Poco::LocalDateTime(at), "%Y-%m-%d %H:%M:%S"),
                     distance);
}

class Explanation {
 public:
  explicit Explanation(bool colour) : colour_(colour) {}

  std::string of_run(const Object& check, const monitor::Story& story) {
    out_ += paint(text(check, "name"), Colour::kBold, colour_) + " (" + text(check, "type") + ") " +
            text(check, "target") + "\n";
    for (const monitor::StoryLine& line : story) {
      out_ += fmt::format("  {:>10}  {:<10}  {}\n", monitor::format_duration(line.since_start),
                          to_string(line.phase), printable(line.text));
    }
    if (const auto last = check.getObject("last")) {
      run("Result", *last);
      measurements(*last);
    }
    items(check);
    findings(check);
    return std::move(out_);
  }

  std::string of(const Object& check, const Object& history) {
    head(check);
    if (const auto last = check.getObject("last")) {
      run("Last run", *last);
      measurements(*last);
    } else {
      fmt::format_to(std::back_inserter(out_), "\nNot run yet.\n");
    }
    if (const auto failure = check.getObject("last_failure");
        failure && check.getObject("last") &&
        failure->optValue("time", 0.0) != check.getObject("last")->optValue("time", 0.0)) {
      run("Last failure", *failure);
    }
    items(check);
    findings(check);
    objectives(check);
    counters(check);
    rows(history);
    return std::move(out_);
  }

 private:
  void field(const char* name, const std::string& value) {
    out_ += fmt::format("  {:<14} {}\n", name, value);
  }
  void title(const std::string& name) { out_ += "\n" + paint(name, Colour::kBold, colour_) + "\n"; }
  std::string painted(const std::string& word) const {
    return paint(word, colour_of(word), colour_);
  }

  void head(const Object& check) {
    const std::string status = text(check, "status");
    out_ += paint(text(check, "name"), Colour::kBold, colour_) + " is " + painted(status);
    const std::string known = text(check, "last_known_status");
    if (known != status) {
      out_ += " (last known: " + painted(known) + ")";
    }
    out_ += " since " + when(check, "since") + "\n";
    // Where not the last run, which is told below, but something else decides.
    const auto last = check.getObject("last");
    if (last && check.has("message") && text(check, "message") != text(*last, "message")) {
      field("because", text(check, "message"));
    }
    const bool critical = check.optValue("critical", false);
    field("type", text(check, "type") + (critical ? ", critical" : ", not critical") +
                      ", severity " + text(check, "severity"));
    field("target", text(check, "target"));
    field("group", text(check, "group"));
    field("runbook", text(check, "runbook"));
    if (const auto pause = check.getObject("pause")) {
      field("paused", "until " + (pause->isNull("until") ? "resumed" : when(*pause, "until")) +
                          ", by " + text(*pause, "by") + ": " + text(*pause, "reason"));
    }
    if (check.optValue("stuck", false)) {
      field("stuck", "a run ignores its deadline; ticks are skipped until it ends");
    }
    schedule(check);
    field("last success", when(check, "last_success"));
  }

  void schedule(const Object& check) {
    const std::string every =
        check.isNull("interval_ms") ? "" : "every " + milliseconds(check, "interval_ms");
    if (check.isNull("timeout_ms")) {
      field("schedule", every.empty() ? "reported to, at set times" : "reported to, " + every);
      field("expected by", check.isNull("expected") ? "-" : when(check, "expected"));
    } else {
      field("schedule", every + ", at most " + milliseconds(check, "timeout_ms") + " a run");
      field("next run", when(check, "next_run"));
    }
  }

  void run(const std::string& name, const Object& last) {
    title(name);
    const std::string result = text(last, "result");
    std::string line = painted(result);
    if (const std::string reason = text(last, "reason", ""); !reason.empty()) {
      line += ", " + reason;
    }
    if (const std::string phase = text(last, "phase", ""); !phase.empty()) {
      line += " in " + phase;
    }
    if (const std::string code = text(last, "code", ""); !code.empty()) {
      line += " (" + code + ")";
    }
    field("result", line);
    field("message", text(last, "message"));
    field("time", when(last, "time"));
    if (last.has("duration_ms")) {
      const std::string late =
          last.isNull("lag_ms") ? "" : ", started " + milliseconds(last, "lag_ms") + " late";
      field("duration", milliseconds(last, "duration_ms") + late);
    }
    if (const auto phases = last.getObject("phases_ms")) {
      std::string spent;
      for (const std::string& phase : phases->getNames()) {
        spent += (spent.empty() ? "" : ", ") + phase + " " + milliseconds(*phases, phase.c_str());
      }
      if (!spent.empty()) {
        field("phases", spent);
      }
    }
    if (const std::string peer = text(last, "peer", ""); !peer.empty()) {
      field("peer", peer);
    }
    if (const std::string excerpt = text(last, "excerpt", ""); !excerpt.empty()) {
      field("excerpt", excerpt);
    }
  }

  void measurements(const Object& last) {
    const auto list = last.getArray("measurements");
    for (std::size_t i = 0; list && i < list->size(); ++i) {
      const auto one = list->getObject(static_cast<unsigned>(i));
      field(text(*one, "name").c_str(), value(*one));
    }
  }

  static std::string value(const Object& measurement) {
    const std::string unit_name = text(measurement, "unit", "");
    monitor::Unit unit = monitor::Unit::kNone;
    if (unit_name == "bytes") {
      unit = monitor::Unit::kBytes;
    } else if (unit_name == "seconds") {
      unit = monitor::Unit::kSeconds;
    } else if (unit_name == "ratio") {
      unit = monitor::Unit::kRatio;
    }
    const double number = measurement.optValue("value", 0.0);
    std::string shown = monitor::format_value(unit, number);
    if (measurement.has("total") && !measurement.isNull("total")) {
      const double total = measurement.getValue<double>("total");
      shown += " of " + monitor::format_value(unit, total);
      if (total > 0) {
        shown += " (" + monitor::format_share(number / total) + ")";
      }
    }
    return shown;
  }

  void items(const Object& check) {
    const auto list = check.getObject("items");
    if (!list || list->size() == 0) {
      return;
    }
    title("Items");
    Table table({"ITEM", "STATUS", "MESSAGE"});
    for (const std::string& name : list->getNames()) {
      const auto item = list->getObject(name);
      const std::string status = text(*item, "status");
      table.add({{printable(name), Colour::kBold},
                 {status, colour_of(status)},
                 {text(*item, "message", ""), Colour::kNone}});
    }
    out_ += table.render(colour_, 0);
  }

  void findings(const Object& check) {
    const auto list = check.getArray("findings");
    for (unsigned i = 0; list && i < list->size(); ++i) {
      const auto finding = list->getObject(i);
      title("Finding: " + text(*finding, "message"));
      field("kind", text(*finding, "kind") + ", severity " + text(*finding, "severity"));
      if (text(*finding, "confidence") == "low") {
        field("confidence", "low: a part of it is guessed");
      }
      field("since", when(*finding, "since"));
      if (!finding->isNull("resolved")) {
        field("resolved", when(*finding, "resolved"));
      }
      const auto evidence = finding->getArray("evidence");
      for (unsigned line = 0; evidence && line < evidence->size(); ++line) {
        field(line == 0 ? "evidence" : "", printable(evidence->getElement<std::string>(line)));
      }
    }
  }

  void objectives(const Object& check) {
    const auto slo = check.getObject("slo");
    if (!slo) {
      return;
    }
    std::string heading = "SLO over " + milliseconds(*slo, "window_ms");
    if (slo->optValue("span_ms", 0.0) < slo->optValue("window_ms", 0.0)) {
      heading += ", of which " + milliseconds(*slo, "span_ms") + " are known";
    }
    title(heading);
    Table table({"OBJECTIVE", "GOAL", "GOOD", "BUDGET LEFT"});
    for (const std::string& name : slo->getNames()) {
      if (slo->isObject(name)) {
        table.add(objective(name, *slo->getObject(name)));
      }
    }
    out_ += table.render(colour_, 0);
  }

  static std::vector<Table::Cell> objective(const std::string& name, const Object& one) {
    std::string goal = monitor::share_to_text(one.optValue("objective", 0.0));
    if (one.has("objective_ms")) {
      goal += " within " + milliseconds(one, "objective_ms");
    }
    std::string good = fmt::format("{} of {}", one.optValue<Poco::UInt64>("good", 0),
                                   one.optValue<Poco::UInt64>("total", 0));
    if (!one.isNull("current")) {
      // Cut off, since nearly all is not all.
      good += fmt::format(" ({:.3f} %)", std::floor(1e5 * one.optValue("current", 0.0)) / 1e3);
    }
    const bool breached = one.optValue("breached", false);
    std::string left = "-";
    if (!one.isNull("budget_remaining")) {
      left = fmt::format("{:.1f} %", 100 * one.optValue("budget_remaining", 0.0));
      left += breached ? ", breached" : "";
    }
    return {{printable(name), Colour::kBold},
            {goal, Colour::kNone},
            {good, Colour::kNone},
            {left, breached ? Colour::kRed : Colour::kNone}};
  }

  void counters(const Object& check) {
    const auto runs = check.getObject("runs");
    if (!runs) {
      return;
    }
    title("Since the start");
    std::string line;
    for (const char* key : {"total", "pass", "warn", "fail", "unknown", "skipped"}) {
      line += fmt::format("{}{} {}", line.empty() ? "" : ", ", runs->optValue<Poco::UInt64>(key, 0),
                          key);
    }
    field("runs", line);
    field("in a row", fmt::format("{} failed, {} succeeded",
                                  check.optValue<Poco::UInt64>("consecutive_failures", 0),
                                  check.optValue<Poco::UInt64>("consecutive_successes", 0)));
  }

  void rows(const Object& history) {
    const auto list = history.getArray("results");
    if (!list || list->size() == 0) {
      return;
    }
    title("History, newest first");
    Table table({"TIME", "RESULT", "DURATION", "REASON", "MESSAGE"});
    for (unsigned i = 0; i < list->size(); ++i) {
      const auto row = list->getObject(i);
      const std::string result = text(*row, "result");
      table.add({{when(*row, "time"), Colour::kNone},
                 {result, colour_of(result)},
                 {milliseconds(*row, "duration_ms"), Colour::kNone},
                 {text(*row, "reason"), Colour::kNone},
                 {text(*row, "message", ""), Colour::kNone}});
    }
    out_ += table.render(colour_, 0);
  }

  bool colour_;
  std::string out_;
};

}  // namespace

std::string explain(const Object& check, const Object& history, bool colour) {
  return Explanation(colour).of(check, history);
}

std::string explain_run(const Object& check, const monitor::Story& story, bool colour) {
  return Explanation(colour).of_run(check, story);
}

}  // namespace hale::cli
