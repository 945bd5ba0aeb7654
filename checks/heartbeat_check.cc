#include "checks/heartbeat_check.h"

#include <chrono>
#include <expected>
#include <memory>
#include <string>
#include <utility>

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::Duration;
using monitor::ParameterError;
using monitor::Parameters;
using monitor::Reason;

constexpr Duration kDefaultGrace = std::chrono::minutes(1);

std::unexpected<ParameterError> refuse(std::string key, std::string message) {
  return std::unexpected(ParameterError{.key = std::move(key), .message = std::move(message)});
}

std::string shown(const std::string& text) {
  return "\"" + text + "\" ";
}

std::expected<void, ParameterError> read_schedule(const Parameters& parameters,
                                                  HeartbeatSettings& settings) {
  settings.schedule = parameters.text("schedule");
  const std::string& name = parameters.text("timezone");
  const auto zone = name.empty() ? Zone::host() : Zone::find(name);
  if (!zone && !name.empty()) {
    return refuse("timezone", shown(name) + zone.error());
  }
  if (!zone && !settings.schedule.empty()) {
    return refuse("schedule", "needs a `timezone`: " + zone.error());
  }
  settings.zone = zone.value_or(Zone::utc());
  if (settings.schedule.empty()) {
    return {};
  }
  auto schedule = CronSchedule::parse(settings.schedule);
  if (!schedule) {
    return refuse("schedule", shown(settings.schedule) + schedule.error());
  }
  settings.calendar = Calendar(*schedule, settings.zone);
  return {};
}

std::expected<std::unique_ptr<monitor::Check>, ParameterError> make(const Parameters& parameters) {
  HeartbeatSettings settings;
  if (auto read = read_schedule(parameters, settings); !read) {
    return std::unexpected(std::move(read.error()));
  }
  settings.grace = parameters.duration("grace");
  if (parameters.has("max_runtime")) {
    settings.max_runtime = parameters.duration("max_runtime");
    if (*settings.max_runtime <= Duration::zero()) {
      return refuse("max_runtime", "must be more than 0");
    }
  }
  if (parameters.has("token")) {
    settings.token = parameters.secret("token");
    if (settings.token->value.empty()) {
      return refuse("token", "is empty (leave it out where everybody may report)");
    }
  }
  return std::make_unique<HeartbeatCheck>(std::move(settings));
}

std::vector<monitor::KeyDescriptor> keys() {
  using monitor::KeyType;
  return {
      {.name = "grace",
       .type = KeyType::kDuration,
       .help = "How late a report may be before it is missing.",
       .default_value = kDefaultGrace},
      {.name = "schedule",
       .type = KeyType::kString,
       .help = "When the job starts, as crontab has it: minute, hour, day of the month, month, day "
               "of the week (\"0 3 * * mon-fri\"), or \"@daily\" and the like. Without it the job "
               "reports once in each `interval`, with it the interval is not used.",
       .default_value = std::string()},
      {.name = "timezone",
       .type = KeyType::kString,
       .help = "The time zone of the schedule and of times in messages, as \"Europe/Berlin\". "
               "Default: the host's.",
       .default_value = std::string()},
      {.name = "max_runtime",
       .type = KeyType::kDuration,
       .help = "How long after a reported start the end may take. Default: until the next report "
               "is due."},
      {.name = "token",
       .type = KeyType::kString,
       .help = "What a reporter must show, as `Authorization: Bearer TOKEN`. Default: everybody "
               "who reaches the API may report.",
       .secret = true},
  };
}

monitor::CheckDescriptor describe() {
  monitor::CheckDescriptor type;
  type.name = "heartbeat";
  type.summary = "Whether a job reports in time, that it is done and that it went well.";
  type.keys = keys();
  type.pinned = {.interval = "1d", .fall = "1", .rise = "1"};
  type.reasons = {Reason::kMissing, Reason::kTimeout, Reason::kStatus};
  type.example =
      "[checks.backup]\n"
      "type = \"heartbeat\"\n"
      "schedule = \"0 3 * * *\"\n"
      "timezone = \"Europe/Berlin\"\n"
      "grace = \"30m\"\n"
      "max_runtime = \"2h\"\n"
      "warn = { duration = \"1h\" }\n";
  type.make = &make;
  type.passive = true;
  return type;
}

}  // namespace

const monitor::CheckDescriptor& heartbeat_descriptor() {
  static const monitor::CheckDescriptor kDescriptor = describe();
  return kDescriptor;
}

// The engine does not call it; whoever does learns nothing.
monitor::Task<CheckResult> HeartbeatCheck::run(monitor::RunContext& /*context*/) {
  CheckResult result;
  result.outcome = monitor::Outcome::unknown(Reason::kInternal, monitor::Phase::kNone,
                                             "it is reported to, not run");
  co_return result;
}

}  // namespace hale::checks
