#include "exporters/prometheus/metrics.h"

#include <array>
#include <string_view>

#include "exporters/prometheus/check_metrics.h"
#include "exporters/prometheus/exposition.h"
#include "exporters/prometheus/operation_metrics.h"

namespace hale::exporters {

using monitor::BoardView;
using monitor::Status;

namespace {

#if defined(__clang__)
constexpr std::string_view kCompiler = "clang " __clang_version__;
#else
constexpr std::string_view kCompiler = "gcc " __VERSION__;
#endif

void write_info(Exposition& out, const monitor::AgentInfo& agent) {
  std::string labels;
  out.label(labels, "version", agent.version);
  out.label(labels, "compiler", kCompiler);
  out.family("hale_build_info", MetricType::kGauge, "Which hale this is; always 1.");
  out.sample(labels, 1);

  labels.clear();
  out.label(labels, "agent", agent.name);
  out.label(labels, "profile", agent.profile);
  for (const auto& [name, value] : agent.labels) {
    out.label(labels, name, value);
  }
  out.family("hale_agent_info", MetricType::kGauge,
             "Who this agent is, with its own labels; always 1.");
  out.sample(labels, 1);
}

void write_overall(Exposition& out, const BoardView& view, bool alive) {
  const Status overall = alive ? view.rollup.overall() : Status::kUnknown;
  out.family("hale_overall_status", MetricType::kGauge,
             "1 for the overall status that holds, 0 for the others.");
  for (const Status status :
       {Status::kHealthy, Status::kDegraded, Status::kUnhealthy, Status::kUnknown}) {
    std::string labels;
    out.label(labels, "status", to_string(status));
    out.sample(labels, status == overall);
  }
  out.family("hale_health_score", MetricType::kGauge,
             "From 0 to 100, for people and not for alarms; absent while no check counts.");
  if (const std::optional<int> score = view.rollup.score(); alive && score) {
    out.sample("", *score);
  }
}

void write_components(Exposition& out, const monitor::AgentInfo& agent) {
  out.family("hale_component_up", MetricType::kGauge,
             "1 while this part of the agent works, 0 while it fails; absent where it is off.");
  for (const auto& [name, state] : agent.components) {
    if (state != "off") {
      std::string labels;
      out.label(labels, "component", name);
      out.sample(labels, state == "on");
    }
  }
}

void write_scheduler_lag(Exposition& out, const monitor::Histogram& lag) {
  out.family("hale_scheduler_lag_seconds", MetricType::kHistogram,
             "How long after its time on the schedule a run started, over all runs.");
  out.histogram("", lag);
}

void write_pools(Exposition& out, const BoardView& view) {
  struct Family {
    std::string_view name;
    MetricType type;
    std::string_view help;
    std::uint64_t monitor::PoolStats::* value;
  };
  using Stats = monitor::PoolStats;
  const std::array<Family, 6> families = {{
      {"hale_pool_capacity", MetricType::kGauge, "How many blocking calls the pool runs at once.",
       &Stats::capacity},
      {"hale_pool_running", MetricType::kGauge,
       "Blocking calls that run now, stuck ones not included.", &Stats::running},
      {"hale_pool_queued", MetricType::kGauge, "Blocking calls that wait for a place.",
       &Stats::queued},
      {"hale_pool_stuck", MetricType::kGauge,
       "Blocking calls given up that have still not come back.", &Stats::stuck},
      {"hale_pool_rejected_total", MetricType::kCounter,
       "Blocking calls refused because the pool was full.", &Stats::rejected},
      {"hale_pool_abandoned_total", MetricType::kCounter,
       "Blocking calls given up at their deadline.", &Stats::abandoned},
  }};
  for (const Family& family : families) {
    out.family(family.name, family.type, family.help);
    for (const monitor::PoolStats& pool : view.pools) {
      std::string labels;
      out.label(labels, "pool", pool.name);
      out.sample(labels, pool.*family.value);
    }
  }
}

void write_own_counters(Exposition& out, const MetricsInput& input) {
  out.family("hale_control_rejected_total", MetricType::kCounter,
             "Commands refused because too many were waiting.");
  out.sample("", input.commands_rejected);
  out.family("hale_http_requests_total", MetricType::kCounter, "Requests that were answered.");
  out.sample("", input.http.requests);
  out.family("hale_http_connections", MetricType::kGauge, "Connections that are open now.");
  out.sample("", input.http.connections);
  out.family("hale_http_connections_refused_total", MetricType::kCounter,
             "Connections refused because too many were open.");
  out.sample("", input.http.refused);
}

void write_process(Exposition& out, const ProcessStats& process) {
  out.family("process_cpu_seconds_total", MetricType::kCounter, "CPU time used by the agent.");
  if (process.cpu_seconds) {
    out.sample("", *process.cpu_seconds);
  }
  out.family("process_resident_memory_bytes", MetricType::kGauge,
             "Memory of the agent that is resident.");
  if (process.resident_bytes) {
    out.sample("", *process.resident_bytes);
  }
  out.family("process_open_fds", MetricType::kGauge, "File descriptors that the agent has open.");
  if (process.open_fds) {
    out.sample("", *process.open_fds);
  }
  out.family("process_max_fds", MetricType::kGauge, "File descriptors that the agent may open.");
  if (process.max_fds) {
    out.sample("", *process.max_fds);
  }
  out.family("process_start_time_seconds", MetricType::kGauge,
             "When the agent started, in Unix time.");
  if (process.start_time_seconds) {
    out.sample("", *process.start_time_seconds);
  }
}

}  // namespace

std::string render_metrics(const BoardView& view, const MetricsInput& input,
                           ExpositionFormat format) {
  std::string text;
  constexpr std::size_t kBytesPerCheck = 3072;
  text.reserve(8192 + (input.alive ? kBytesPerCheck * view.checks.size() : 0));
  const auto exposition = make_exposition(format, input.settings.histograms, text);
  Exposition& out = *exposition;
  write_info(out, *view.agent);
  write_overall(out, view, input.alive);
  if (input.alive) {
    write_check_families(out, view, input.settings);
    write_measurement_families(out, view);
    write_finding_families(out, view);
  }
  if (input.operations != nullptr) {
    write_operation_families(out, *input.operations, input.settings);
  }
  write_components(out, *view.agent);
  write_scheduler_lag(out, view.scheduler_lag);
  write_pools(out, view);
  write_own_counters(out, input);
  write_process(out, input.process);
  out.finish();
  return text;
}

}  // namespace hale::exporters
