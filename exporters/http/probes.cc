// /livez, /readyz and /healthz: plain text, for load balancers, orchestrators and curl.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "exporters/http/endpoints.h"

namespace hale::exporters {

using monitor::BoardView;
using monitor::CheckView;
using monitor::Rollup;
using monitor::Status;
using monitor::to_string;

namespace {

// More names than this help nobody who reads a probe's answer.
constexpr std::size_t kMaxNamed = 100;

// One line, whatever a target or a plugin had to say.
std::string one_line(std::string_view text) {
  std::string line(text);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      c = ' ';
    }
  }
  return line;
}

// A paused check is not waited for, nor is one whose report may be a day away, and one that was
// decided before may be unknown now.
bool is_awaited(const CheckView& check) {
  return check.settings->critical && !check.settings->type->passive &&
         check.status != Status::kPaused && check.last_known == Status::kPending;
}

// What narrows the question: every parameter that is given leaves fewer checks.
struct Selection {
  std::vector<std::string> groups;
  std::vector<std::string> checks;
  std::vector<std::string> excluded;

  bool everything() const { return groups.empty() && checks.empty() && excluded.empty(); }
  bool holds(const monitor::CheckSettings& settings) const {
    const auto named_in = [](const std::vector<std::string>& names, const std::string& name) {
      return std::ranges::find(names, name) != names.end();
    };
    return (groups.empty() || named_in(groups, settings.group)) &&
           (checks.empty() || named_in(checks, settings.name)) &&
           !named_in(excluded, settings.name);
  }
};

Result<Selection> parse_selection(const Query& query, const BoardView& view) {
  Selection selection{.groups = query.list("group"),
                      .checks = query.list("check"),
                      .excluded = query.list("exclude")};
  for (const std::string& group : selection.groups) {
    if (auto found = expect_group(view, group); !found) {
      return std::unexpected(std::move(found.error()));
    }
  }
  for (const auto* names : {&selection.checks, &selection.excluded}) {
    for (const std::string& name : *names) {
      if (auto found = find_check(view, name); !found) {
        return std::unexpected(std::move(found.error()));
      }
    }
  }
  return selection;
}

Rollup roll_up(const BoardView& view, const Selection& selection) {
  if (selection.everything()) {
    return view.rollup;
  }
  Rollup rollup;
  for (const auto& check : view.checks) {
    if (selection.holds(*check->settings)) {
      rollup.add({.status = check->status,
                  .last_known = check->last_known,
                  .critical = check->settings->critical,
                  .awaited = !check->settings->type->passive});
    }
  }
  return rollup;
}

// "unhealthy web (critical): connection refused"
std::string culprit_line(const CheckView& check) {
  std::string line = std::string(to_string(check.status)) + " " + check.settings->name;
  if (check.settings->critical) {
    line += " (critical)";
  }
  if (check.status == Status::kUnknown && check.last_known != Status::kPending) {
    line += ", last known " + std::string(to_string(check.last_known));
  }
  line += ": ";
  const monitor::Outcome* outcome = explaining_outcome(check);
  line += outcome == nullptr ? "no result yet" : one_line(outcome->message);
  return line;
}

std::string culprit_lines(const BoardView& view, const Selection& selection) {
  std::string lines;
  std::size_t count = 0;
  for (const auto& check : view.checks) {
    const bool troubles = check->status != Status::kHealthy && check->status != Status::kPaused;
    if (troubles && selection.holds(*check->settings) && ++count <= kMaxNamed) {
      lines += culprit_line(*check) + "\n";
    }
  }
  if (count > kMaxNamed) {
    lines += "and " + std::to_string(count - kMaxNamed) + " more\n";
  }
  return lines;
}

Response health_response(const Call& call, const Selection& selection, bool verbose,
                         bool degraded_is_bad) {
  Status overall = Status::kUnknown;
  if (call.alive && call.view != nullptr) {
    overall = roll_up(*call.view, selection).overall();
  }
  const bool good =
      overall == Status::kHealthy || (overall == Status::kDegraded && !degraded_is_bad);
  std::string body(to_string(overall));
  if (verbose) {
    body += '\n';
    if (!call.alive) {
      body += "the scheduler does not advance\n";
    }
    if (call.view != nullptr) {
      body += culprit_lines(*call.view, selection);
    }
  }
  return text_response(good ? 200 : 503, std::move(body));
}

}  // namespace

Result<Reply> livez(const Call& call) {
  if (auto query = Query::of(call.target, {}); !query) {
    return std::unexpected(std::move(query.error()));
  }
  return call.alive ? text_response(200, "ok") : text_response(503, "stalled");
}

Result<Reply> readyz(const Call& call) {
  if (auto query = Query::of(call.target, {}); !query) {
    return std::unexpected(std::move(query.error()));
  }
  if (call.view == nullptr) {
    return text_response(503, "starting");
  }
  std::string missing;
  std::size_t count = 0;
  for (const auto& check : call.view->checks) {
    if (is_awaited(*check) && ++count <= kMaxNamed) {
      missing += missing.empty() ? "waiting for " : ", ";
      missing += check->settings->name;
    }
  }
  if (count > kMaxNamed) {
    missing += " and " + std::to_string(count - kMaxNamed) + " more";
  }
  return missing.empty() ? text_response(200, "ok") : text_response(503, std::move(missing));
}

Result<Reply> healthz(const Call& call) {
  constexpr std::array<std::string_view, 5> kKnown = {"group", "check", "exclude", "degraded",
                                                      "verbose"};
  auto query = Query::of(call.target, kKnown);
  if (!query) {
    return std::unexpected(std::move(query.error()));
  }
  auto verbose = query->flag("verbose");
  if (!verbose) {
    return std::unexpected(std::move(verbose.error()));
  }
  const std::string* degraded = query->find("degraded");
  if (degraded != nullptr && *degraded != "503" && *degraded != "200") {
    return std::unexpected(
        ApiError{400, "bad_request", "the parameter \"degraded\" is 503 or 200"});
  }
  Selection selection;
  if (call.view != nullptr) {
    auto parsed = parse_selection(*query, *call.view);
    if (!parsed) {
      return std::unexpected(std::move(parsed.error()));
    }
    selection = std::move(*parsed);
  }
  return health_response(call, selection, *verbose, degraded != nullptr && *degraded == "503");
}

}  // namespace hale::exporters
