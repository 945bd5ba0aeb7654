#include "exporters/json/documents.h"

#include <algorithm>
#include <chrono>

#include "exporters/json/check_document.h"
#include "exporters/json/findings_document.h"
#include "exporters/json/json_writer.h"

namespace hale::exporters {

using monitor::BoardView;
using monitor::CheckView;
using monitor::Status;
using monitor::to_string;

namespace {

void write_agent(JsonWriter& json, const monitor::AgentInfo& agent) {
  json.begin_object();
  json.key("name");
  json.string(agent.name);
  json.key("version");
  json.string(agent.version);
  json.key("started");
  json.time(agent.started);
  json.key("profile");
  json.string(agent.profile);
  json.key("labels");
  write_labels(json, agent.labels);
  json.end_object();
}

void write_summary(JsonWriter& json, const monitor::Rollup& rollup) {
  json.begin_object();
  json.key("total_checks");
  json.integer(rollup.total());
  json.key("healthy_checks");
  json.integer(rollup.count(Status::kHealthy));
  json.key("degraded_checks");
  json.integer(rollup.count(Status::kDegraded));
  json.key("unhealthy_checks");
  json.integer(rollup.count(Status::kUnhealthy));
  json.key("unknown_checks");
  json.integer(rollup.count(Status::kUnknown));
  json.key("pending_checks");
  json.integer(rollup.count(Status::kPending));
  json.key("paused_checks");
  json.integer(rollup.count(Status::kPaused));
  json.end_object();
}

bool is_bad(Status status) {
  return status == Status::kDegraded || status == Status::kUnhealthy || status == Status::kUnknown;
}

void write_status_row(JsonWriter& json, const CheckView& check) {
  const monitor::CheckSettings& settings = *check.settings;
  json.begin_object();
  json.key("status");
  json.string(to_string(check.status));
  json.key("since");
  json.time(check.since);
  json.key("critical");
  json.boolean(settings.critical);
  json.key("severity");
  json.string(to_string(settings.severity));
  json.key("type");
  json.string(settings.type->name);
  json.key("group");
  json.text(settings.group);
  json.key("last_run");
  json.time(check.last_run);
  write_explanation(json, check);
  json.key("items_bad");
  json.integer(std::ranges::count_if(
      *check.items, [](const monitor::ItemView& item) { return is_bad(item.status); }));
  const monitor::Window telling = most_telling(check.stats->windows);
  const monitor::WindowView& window = check.stats->windows[static_cast<std::size_t>(telling)];
  json.key("latency_window");
  json.string(to_string(telling));
  json.key("p50_ms");
  json.milliseconds(window.p50);
  json.key("p95_ms");
  json.milliseconds(window.p95);
  json.key("p99_ms");
  json.milliseconds(window.p99);
  json.end_object();
}

void write_event(JsonWriter& json, const monitor::Event& event) {
  json.begin_object();
  json.key("id");
  json.integer(event.id);
  json.key("time");
  json.time(event.time);
  json.key("kind");
  json.string(to_string(event.kind));
  json.key("check");
  json.text(event.check);
  json.key("item");
  json.text(event.item);
  json.key("from");
  json.text(event.from);
  json.key("to");
  json.text(event.to);
  json.key("reason");
  json.text(to_string(event.reason));
  json.key("phase");
  json.text(to_string(event.phase));
  json.key("message");
  json.string(event.message);
  json.end_object();
}

void write_record(JsonWriter& json, const monitor::RunRecord& record) {
  json.begin_object();
  json.key("time");
  json.time(record.time);
  json.key("result");
  json.string(to_string(record.result));
  json.key("reason");
  json.text(to_string(record.reason));
  json.key("phase");
  json.text(to_string(record.phase));
  json.key("duration_ms");
  json.milliseconds(static_cast<double>(record.duration_ms) / 1000);
  json.key("message");
  if (record.message == nullptr) {
    json.null();
  } else {
    json.string(*record.message);
  }
  json.end_object();
}

}  // namespace

std::string status_json(const BoardView& view, Checks checks) {
  std::string out;
  constexpr std::size_t kBytesPerCheck = 400;
  out.reserve(1024 + (checks == Checks::kListed ? kBytesPerCheck * view.checks.size() : 0));
  JsonWriter json(out);
  json.begin_object();
  json.key("time");
  json.time(view.time);
  json.key("agent");
  write_agent(json, *view.agent);
  json.key("overall_status");
  json.string(to_string(view.rollup.overall()));
  json.key("score");
  if (const std::optional<int> score = view.rollup.score()) {
    json.integer(*score);
  } else {
    json.null();
  }
  json.key("summary");
  write_summary(json, view.rollup);
  json.key("groups");
  json.begin_object();
  for (const monitor::GroupView& group : view.groups) {
    json.key(group.name);
    json.begin_object();
    json.key("title");
    json.text(group.title);
    json.key("status");
    json.string(to_string(group.status));
    json.end_object();
  }
  json.end_object();
  json.key("findings");
  json.integer(count_open(*view.findings));
  json.key("components");
  write_labels(json, view.agent->components);
  if (checks == Checks::kListed) {
    json.key("checks");
    json.begin_object();
    for (const auto& check : view.checks) {
      json.key(check->settings->name);
      write_status_row(json, *check);
    }
    json.end_object();
  }
  json.end_object();
  return out;
}

std::string checks_json(CheckList checks, const monitor::FindingList& findings) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("checks");
  json.begin_array();
  for (const auto& check : checks) {
    write_check(json, *check, findings);
  }
  json.end_array();
  json.end_object();
  return out;
}

std::string check_json(const CheckView& check, const monitor::FindingList& findings) {
  std::string out;
  JsonWriter json(out);
  write_check(json, check, findings);
  return out;
}

std::string command_json(const CheckView& check, const monitor::RunView* run,
                         const monitor::FindingList& findings) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("check");
  write_check(json, check, findings);
  if (run != nullptr) {
    json.key("run");
    write_run(json, *run, *check.settings->type);
  }
  json.end_object();
  return out;
}

std::string history_json(const CheckView& check, std::size_t limit) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("results");
  json.begin_array();
  const monitor::History& history = *check.history;
  const std::size_t shown = std::min(limit, history.size());
  for (std::size_t i = 0; i < shown; ++i) {
    write_record(json, history[history.size() - 1 - i]);
  }
  json.end_array();
  json.end_object();
  return out;
}

std::string events_json(const monitor::EventList& events, std::size_t limit, std::uint64_t since) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("events");
  json.begin_array();
  for (std::size_t i = events.size(); i > 0 && limit > 0 && events[i - 1]->id > since; --i) {
    write_event(json, *events[i - 1]);
    --limit;
  }
  json.end_array();
  json.end_object();
  return out;
}

std::string findings_json(const monitor::FindingList& findings) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("findings");
  write_findings(json, findings);
  json.end_object();
  return out;
}

std::string error_json(std::string_view code, std::string_view message) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("error");
  json.begin_object();
  json.key("code");
  json.string(code);
  json.key("message");
  json.string(message);
  json.end_object();
  json.end_object();
  return out;
}

}  // namespace hale::exporters
