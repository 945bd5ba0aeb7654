// A board made by hand, with a check in every state that the exporters have to tell apart:
//   db      tcp, critical: unhealthy, refused; with an SLO that is breached
//   disks   disk, with items: one degraded, one healthy, one unknown
//   memory  paused, with a reason; its labels and target hold what has to be escaped
//   nfs     disk: unknown for want of sight, stuck, last known healthy
//   web     tcp, critical: pending, never ran
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "monitor/board.h"
#include "monitor/check_descriptor.h"
#include "monitor/operations/operations.h"
#include "monitor/stats/exponential_histogram.h"
#include "monitor/stats/run_stats.h"

namespace hale::testing {

inline monitor::WallTime at(double unix_seconds) {
  return monitor::WallTime(std::chrono::duration_cast<monitor::Duration>(
      std::chrono::milliseconds(static_cast<std::int64_t>(unix_seconds * 1000 + 0.5))));
}

inline monitor::Duration ms(double milliseconds) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(milliseconds * 1e6 + 0.5));
}

inline constexpr double kStart = 1763750000;

inline const monitor::CheckDescriptor& tcp_type() {
  static const monitor::CheckDescriptor kType = {.name = "tcp",
                                                 .summary = "Connects to a port.",
                                                 .keys = {},
                                                 .measurements = {},
                                                 .default_limits = {},
                                                 .pinned = {},
                                                 .reasons = {},
                                                 .example = ""};
  return kType;
}

inline const monitor::CheckDescriptor& disk_type() {
  static const monitor::CheckDescriptor kType = {
      .name = "disk",
      .summary = "Free space.",
      .item_label = "mount",
      .keys = {},
      .measurements = {{.name = "free",
                        .metric = "disk_free_bytes",
                        .unit = monitor::Unit::kBytes,
                        .bad = monitor::Bad::kLow,
                        .has_total = true,
                        .help = "Space that is free."},
                       {.name = "readonly",
                        .metric = "disk_readonly",
                        .unit = monitor::Unit::kNone,
                        .bad = monitor::Bad::kHigh,
                        .has_total = false,
                        .help = "1 where the file system cannot be written to."}},
      .default_limits = {},
      .findings = {{.name = "filling", .help = "It will be full soon."}},
      .pinned = {},
      .reasons = {},
      .example = ""};
  return kType;
}

inline const monitor::CheckDescriptor& memory_type() {
  static const monitor::CheckDescriptor kType = {
      .name = "memory",
      .summary = "Memory and pressure.",
      .keys = {},
      .measurements = {{.name = "available",
                        .metric = "memory_available_bytes",
                        .unit = monitor::Unit::kBytes,
                        .bad = monitor::Bad::kLow,
                        .has_total = true,
                        .help = "Memory that a new program could have."}},
      .default_limits = {},
      .pinned = {},
      .reasons = {},
      .example = ""};
  return kType;
}

inline std::shared_ptr<monitor::CheckSettings> make_settings(std::string name,
                                                             const monitor::CheckDescriptor& type) {
  auto settings = std::make_shared<monitor::CheckSettings>();
  settings->name = std::move(name);
  settings->type = &type;
  settings->interval = std::chrono::seconds(10);
  settings->interval_unhealthy = settings->interval;
  settings->timeout = std::chrono::seconds(2);
  settings->stale_after = std::chrono::seconds(32);
  return settings;
}

inline monitor::CheckView make_check(std::shared_ptr<const monitor::CheckSettings> settings) {
  monitor::CheckView check;
  check.interval = settings->interval;
  check.settings = std::move(settings);
  check.since = at(kStart);
  check.items = std::make_shared<const std::vector<monitor::ItemView>>();
  check.history = std::make_shared<const monitor::History>();
  check.stats = monitor::RunStats(check.interval, monitor::TimePoint{}).view(monitor::TimePoint{});
  return check;
}

// 3 refusals, a timeout and 150 answers of 1 to 150 ms, in the last minutes of an hour.
inline std::shared_ptr<const monitor::RunStatsView> some_stats() {
  using namespace monitor;
  RunStats stats(std::chrono::seconds(10), TimePoint{});
  TimePoint now = TimePoint{} + std::chrono::minutes(40);
  for (int i = 1; i <= 150; ++i) {
    now += std::chrono::seconds(6);
    stats.record(now, Outcome::pass("connected"), ms(i));
    if (i % 50 == 0) {
      stats.record(now, Outcome::fail(Reason::kRefused, Phase::kConnect, "refused"), ms(0.1));
    }
  }
  stats.record(now, Outcome::fail(Reason::kTimeout, Phase::kConnect, "timed out"), ms(2000));
  return stats.view(now + std::chrono::milliseconds(100));
}

inline std::shared_ptr<monitor::SloSettings> some_objectives() {
  auto slo = std::make_shared<monitor::SloSettings>();
  slo->objectives = {{.name = "success", .share = 0.99, .latency = std::nullopt},
                     {.name = "latency_p90", .share = 0.9, .latency = ms(100)},
                     {.name = "latency_p95", .share = 0.95, .latency = ms(2000)}};
  return slo;
}

// 3 refusals, a timeout and 146 answers, every third of them slow.
inline std::shared_ptr<const monitor::SloView> some_slo(
    std::shared_ptr<const monitor::SloSettings> settings) {
  monitor::Slo slo(std::move(settings), monitor::TimePoint{});
  const monitor::TimePoint now = monitor::TimePoint{} + std::chrono::minutes(59);
  slo.record(now, std::nullopt, false, 3);
  slo.record(now, ms(2000.5), false);
  slo.record(now, ms(150), true, 48);
  slo.record(now, ms(50), true, 98);
  return slo.view(now);
}

// Degraded by its SLO alone: the last run was a pass.
inline monitor::CheckView api_check() {
  using namespace monitor;
  auto settings = make_settings("api", tcp_type());
  auto slo = some_objectives();
  slo->degrade = true;
  settings->slo = slo;
  CheckView check = make_check(settings);
  check.status = Status::kDegraded;
  check.last_known = Status::kDegraded;
  check.stats = some_stats();
  check.last_run = at(kStart + 3598.1);
  auto run = std::make_shared<RunView>();
  run->time = *check.last_run;
  run->outcome = Outcome::pass("connected in 1.2 ms");
  run->duration = ms(1.2);
  check.last = run;
  check.slo = some_slo(slo);
  check.by_slo = std::make_shared<const Outcome>(
      Outcome::warn(Reason::kThreshold, Phase::kEvaluate, breach_message(*check.slo, "runs")));
  return check;
}

inline monitor::CheckView db_check() {
  using namespace monitor;
  auto settings = make_settings("db", tcp_type());
  settings->slo = some_objectives();
  settings->critical = true;
  settings->severity = Severity::kPage;
  settings->group = "storage";
  settings->runbook = "https://wiki/runbooks/db";
  settings->description = "The orders database";
  settings->labels = {{"team", "dba"}, {"tier", "core"}};
  settings->target = "127.0.0.1:5432";
  CheckView check = make_check(settings);
  check.status = Status::kUnhealthy;
  check.last_known = Status::kUnhealthy;
  check.since = at(kStart + 3590.25);
  check.interval = std::chrono::seconds(5);
  check.last_run = at(kStart + 3598.1);
  check.last_success = at(kStart + 3560);
  check.next_run = at(kStart + 3603.1);
  check.stats = some_stats();
  check.slo = some_slo(settings->slo);
  check.consecutive_failures = 4;
  auto run = std::make_shared<RunView>();
  run->time = *check.last_run;
  run->outcome =
      Outcome::fail(Reason::kRefused, Phase::kConnect, "connection refused", "ECONNREFUSED");
  run->duration = ms(1.2345);
  run->lag = ms(0.2);
  run->phases = {{Phase::kResolve, ms(0.1)}, {Phase::kConnect, ms(1.1)}};
  run->peer = "127.0.0.1:5432";
  check.last = run;
  check.last_failure = run;
  check.runs = {350, 0, 7, 1};
  check.skipped = {2, 0, 0};
  check.transitions = {{Status::kPending, Status::kHealthy, 1},
                       {Status::kHealthy, Status::kUnhealthy, 2}};
  check.problems = {{Result::kFail, Reason::kRefused, 7}, {Result::kUnknown, Reason::kAgent, 1}};
  check.history = std::make_shared<const History>(
      History{{.time = at(kStart + 3588.1),
               .duration_ms = 1.9F,
               .result = Result::kPass,
               .message = std::make_shared<const std::string>("1.9 ms")},
              {.time = at(kStart + 3593.1),
               .duration_ms = 1.25F,
               .result = Result::kFail,
               .reason = Reason::kRefused,
               .phase = Phase::kConnect,
               .message = std::make_shared<const std::string>("connection refused")},
              {.time = at(kStart + 3598.1),
               .duration_ms = 1.2345F,
               .result = Result::kFail,
               .reason = Reason::kRefused,
               .phase = Phase::kConnect,
               .message = nullptr}});
  return check;
}

inline monitor::ItemView make_mount(std::string name, monitor::Status status, double free) {
  using namespace monitor;
  ItemView item;
  item.name = std::move(name);
  item.status = status;
  item.last_known = status == Status::kUnknown ? Status::kHealthy : status;
  item.since = at(kStart + 10);
  if (status == Status::kUnknown) {
    item.last = Outcome::unknown(Reason::kPermission, Phase::kRun, "permission denied", "EACCES");
    return item;
  }
  item.last = status == Status::kHealthy ? Outcome::pass("50 % free")
                                         : Outcome::warn(Reason::kThreshold, Phase::kEvaluate,
                                                         "8.1 % free, warn below 10 %");
  item.measurements = {{.name = "free", .value = free, .total = 1e11},
                       {.name = "readonly", .value = 0}};
  return item;
}

inline monitor::CheckView disks_check() {
  using namespace monitor;
  auto settings = make_settings("disks", disk_type());
  settings->group = "storage";
  CheckView check = make_check(settings);
  check.status = Status::kDegraded;
  check.last_known = Status::kDegraded;
  check.since = at(kStart + 10);
  check.last_run = at(kStart + 3590);
  check.last_success = at(kStart + 3590);
  check.next_run = at(kStart + 3600);
  check.consecutive_successes = 41;
  auto run = std::make_shared<RunView>();
  run->time = *check.last_run;
  run->outcome = Outcome::warn(Reason::kThreshold, Phase::kEvaluate, "/var: 8.1 % free");
  run->duration = ms(0.3);
  check.last = run;
  check.runs = {0, 41, 0, 0};
  check.problems = {{Result::kWarn, Reason::kThreshold, 41}};
  check.transitions = {{Status::kPending, Status::kDegraded, 1}};
  check.items = std::make_shared<const std::vector<ItemView>>(std::vector<ItemView>{
      make_mount("/", Status::kHealthy, 5e10), make_mount("/root", Status::kUnknown, 0),
      make_mount("/var", Status::kDegraded, 8.1e9 + 0.5)});
  return check;
}

inline monitor::CheckView memory_check() {
  using namespace monitor;
  auto settings = make_settings("memory", memory_type());
  settings->severity = Severity::kInfo;
  settings->target = "a \"quoted\" \\ target\nof \x01 two lines";
  settings->labels = {{"owner", "J\xC3\xBCrgen \xFF"}};
  CheckView check = make_check(settings);
  check.status = Status::kPaused;
  check.last_known = Status::kHealthy;
  check.since = at(kStart + 100);
  check.pause = std::make_shared<const Pause>(Pause{
      .since = at(kStart + 100), .until = at(kStart + 7300), .reason = "new DIMMs", .by = "joe"});
  check.last_run = at(kStart + 95);
  check.last_success = at(kStart + 95);
  auto run = std::make_shared<RunView>();
  run->time = *check.last_run;
  run->outcome = Outcome::pass("7.5 GiB available\tof 16 \xC0\xAF\x1F");
  run->duration = ms(0.05);
  run->measurements = {{.name = "available", .value = 8053063680.0, .total = 17179869184.0}};
  check.last = run;
  check.runs = {10, 0, 0, 0};
  check.transitions = {{Status::kPending, Status::kHealthy, 1},
                       {Status::kHealthy, Status::kPaused, 1}};
  return check;
}

inline monitor::CheckView nfs_check() {
  using namespace monitor;
  CheckView check = make_check(make_settings("nfs", disk_type()));
  check.status = Status::kUnknown;
  check.last_known = Status::kHealthy;
  check.since = at(kStart + 3000);
  check.stuck = true;
  check.last_run = at(kStart + 2960);
  check.last_success = at(kStart + 2950);
  check.next_run = at(kStart + 3600);
  auto run = std::make_shared<RunView>();
  run->time = *check.last_run;
  run->outcome = Outcome::unknown(Reason::kStuck, Phase::kRun, "an earlier look still hangs");
  run->duration = ms(2000);
  check.last = run;
  check.runs = {296, 0, 0, 1};
  check.skipped = {0, 0, 64};
  check.problems = {{Result::kUnknown, Reason::kStuck, 1}};
  return check;
}

inline monitor::CheckView web_check() {
  auto settings = make_settings("web", tcp_type());
  settings->critical = true;
  settings->severity = monitor::Severity::kPage;
  settings->target = "127.0.0.1:80";
  monitor::CheckView check = make_check(settings);
  check.next_run = at(kStart + 3601);
  return check;
}

// Not on the sample board: a heartbeat on a schedule whose report did not come.
inline monitor::CheckView backup_check() {
  using namespace monitor;
  static const CheckDescriptor kType = [] {
    CheckDescriptor type = tcp_type();
    type.name = "heartbeat";
    type.passive = true;
    return type;
  }();
  CheckView check = make_check(make_settings("backup", kType));
  check.status = check.last_known = Status::kUnhealthy;
  check.interval = Duration::zero();
  check.last_run = at(kStart);
  check.expected = at(kStart + 86200);
  auto run = std::make_shared<RunView>();
  run->time = *check.last_run;
  run->outcome = Outcome::fail(Reason::kMissing, Phase::kNone, "no report since yesterday");
  check.last = check.last_failure = run;
  check.runs = {3, 0, 1, 0};
  return check;
}

inline monitor::EventList sample_events() {
  using monitor::Event;
  const auto event = [](Event value) { return std::make_shared<const Event>(std::move(value)); };
  return {event({.id = 1,
                 .time = at(kStart),
                 .kind = monitor::EventKind::kAgent,
                 .check = "",
                 .item = "",
                 .from = "",
                 .to = "",
                 .message = "started"}),
          event({.id = 2,
                 .time = at(kStart + 10),
                 .check = "disks",
                 .item = "/var",
                 .from = "pending",
                 .to = "degraded",
                 .reason = monitor::Reason::kThreshold,
                 .phase = monitor::Phase::kEvaluate,
                 .message = "8.1 % free"}),
          event({.id = 3,
                 .time = at(kStart + 3590.25),
                 .check = "db",
                 .item = "",
                 .from = "healthy",
                 .to = "unhealthy",
                 .reason = monitor::Reason::kRefused,
                 .phase = monitor::Phase::kConnect,
                 .message = "connection refused"})};
}

// A board of these checks, which come by name.
inline std::shared_ptr<monitor::BoardView> make_board(std::vector<monitor::CheckView> checks) {
  auto view = std::make_shared<monitor::BoardView>();
  view->version = 7;
  view->time = at(kStart + 3600.2);
  view->agent = std::make_shared<const monitor::AgentInfo>(
      monitor::AgentInfo{.name = "web-1",
                         .version = "0.1.0",
                         .profile = "standard",
                         .labels = {{"env", "prod"}},
                         .components = {{"state", "failed"}, {"statsd", "on"}},
                         .started = at(kStart)});
  for (monitor::CheckView& check : checks) {
    view->rollup.add({.status = check.status,
                      .last_known = check.last_known,
                      .critical = check.settings->critical,
                      .awaited = !check.settings->type->passive});
    view->checks.push_back(std::make_shared<const monitor::CheckView>(std::move(check)));
  }
  view->events = std::make_shared<const monitor::EventList>(sample_events());
  return view;
}

// One that is open and one that was resolved, both of the check disks.
inline monitor::FindingList sample_findings() {
  using namespace monitor;
  return {{.check = "disks",
           .finding = {.kind = "filling",
                       .key = "/var",
                       .severity = Severity::kPage,
                       .confidence = Confidence::kLow,
                       .message = "/var will be full at 22:10: /var/log \"grows\"",
                       .evidence = {"1.2 GB in the last hour", "900 MB left"}},
           .since = at(kStart + 3000.5),
           .resolved = std::nullopt},
          {.check = "disks",
           .finding = {.kind = "filling",
                       .key = "/",
                       .message = "/ will be full tomorrow",
                       .evidence = {}},
           .since = at(kStart + 20),
           .resolved = at(kStart + 100)}};
}

inline std::shared_ptr<monitor::BoardView> sample_board() {
  auto view = make_board({db_check(), disks_check(), memory_check(), nfs_check(), web_check()});
  view->groups = {
      {.name = "storage", .title = "Storage", .order = 10, .status = monitor::Status::kUnhealthy}};
  view->findings = std::make_shared<const monitor::FindingList>(sample_findings());
  monitor::ExponentialHistogram lags;
  for (const double lag : {0.2, 0.9, 3.0, 40.0, 70'000.0}) {
    lags.record(lag / 1000);
  }
  view->scheduler_lag = lags.snapshot();
  view->pools = {{.name = "files",
                  .capacity = 4,
                  .running = 1,
                  .queued = 2,
                  .stuck = 1,
                  .rejected = 3,
                  .abandoned = 5},
                 {.name = "resolver", .capacity = 4}};
  return view;
}

// What applications have sent in by then.
inline std::shared_ptr<const monitor::OperationsView> sample_operations() {
  monitor::OperationsSettings settings;
  settings.labels = {"model"};
  settings.max_operations = 3;
  auto objectives = std::make_shared<monitor::SloSettings>();
  objectives->objectives = {
      {.name = "success", .share = 0.99, .latency = std::nullopt},
      {.name = "latency_p95", .share = 0.95, .latency = std::chrono::seconds(4)}};
  settings.slos.emplace("llm_chat", std::move(objectives));
  constexpr monitor::TimePoint kBegin{std::chrono::hours(1)};
  monitor::Operations operations(settings, kBegin);
  const auto write = [&](monitor::IngestSource source, std::chrono::seconds after, auto action) {
    monitor::Operations::Writer writer(operations, source, kBegin + after,
                                       at(kStart + static_cast<double>(after.count())));
    action(writer);
  };
  const std::string_view small[] = {"small"};
  const std::string_view none[] = {""};
  const auto seconds = [](double value) { return std::vector<double>{value}; };
  for (int i = 1; i <= 20; ++i) {
    write(monitor::IngestSource::kObserve, std::chrono::seconds(10 * i), [&](auto& writer) {
      writer.time({.operation = "llm_chat",
                   .labels = small,
                   .success = i != 20,
                   .reason = i == 20 ? monitor::Reason::kTimeout : monitor::Reason::kNone},
                  seconds(0.25 * i));
    });
  }
  write(monitor::IngestSource::kStatsd, std::chrono::seconds(200), [&](auto& writer) {
    writer.time({.operation = "render", .labels = none, .times = 10}, seconds(0.0625));
    writer.count("jobs.done", none, seconds(12));
    writer.gauge("queue_depth", none, std::vector<monitor::GaugeChange>{{.value = 7.5}});
    writer.gauge("queue_depth", small, std::vector<monitor::GaugeChange>{{.value = 2}});
    writer.time({.operation = "wrong name", .labels = none}, seconds(1));
    writer.reject(monitor::Rejection::kMalformed);
  });
  operations.counters().receive(3, 1);
  operations.counters().drop(2);
  return operations.view(kBegin + std::chrono::seconds(201));
}

}  // namespace hale::testing
