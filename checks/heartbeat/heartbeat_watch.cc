#include "checks/heartbeat/heartbeat_watch.h"

#include <algorithm>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "checks/excerpt.h"
#include "monitor/check_settings.h"
#include "monitor/format.h"
#include "monitor/state/state_fields.h"

namespace hale::checks {

using monitor::Duration;
using monitor::format_duration;
using monitor::Moment;
using monitor::Outcome;
using monitor::PassiveRun;
using monitor::Phase;
using monitor::Reason;
using monitor::Report;
using monitor::Result;
using monitor::TimePoint;
using monitor::WallTime;

namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank(" \t\r\n\0", 5);
  const std::size_t first = std::min(text.find_first_not_of(kBlank), text.size());
  text.remove_prefix(first);
  return text.substr(0, text.find_last_not_of(kBlank) + 1);
}

// A reporter that does not know is an answer of its own, not the agent's blindness.
Outcome outcome_of(Result result, std::string message) {
  switch (result) {
    case Result::kPass:
      return Outcome::pass(std::move(message));
    case Result::kWarn:
      return Outcome::warn(Reason::kStatus, Phase::kRun, std::move(message));
    case Result::kFail:
      return Outcome::fail(Reason::kStatus, Phase::kRun, std::move(message));
    case Result::kUnknown:
      break;
  }
  return Outcome::unknown(Reason::kStatus, Phase::kRun, std::move(message));
}

std::string default_message(Result result, std::optional<Duration> duration) {
  const std::string time = duration ? " after " + format_duration(*duration) : "";
  switch (result) {
    case Result::kPass:
      return "done" + time;
    case Result::kWarn:
      return "reported a warning" + time;
    case Result::kFail:
      return "reported a failure" + time;
    case Result::kUnknown:
      break;
  }
  return "reported that it does not know" + time;
}

}  // namespace

HeartbeatWatch::HeartbeatWatch(HeartbeatSettings settings) : settings_(std::move(settings)) {
  if (settings_.token) {
    token_ = digest_of(settings_.token->value);
    mask_.add(settings_.token->value);
  }
}

HeartbeatWatch::Digest HeartbeatWatch::digest_of(std::string_view token) {
  Digest digest{};
  ::SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(), digest.data());
  return digest;
}

// Digests are of one size, whatever is tried.
bool HeartbeatWatch::admits(std::string_view token) const {
  if (!token_) {
    return true;
  }
  const Digest shown = digest_of(token);
  return ::CRYPTO_memcmp(shown.data(), token_->data(), shown.size()) == 0;
}

void HeartbeatWatch::begin(const Moment& now, const monitor::CheckSettings& settings) {
  interval_ = settings.interval;
  begun_ = now;
  last_report_.reset();
  first_start_.reset();
  latest_start_.reset();
  timed_out_ = false;
  if (settings_.calendar) {
    missing_ = now.at(settings_.calendar->next(now.wall) + settings_.grace);
  } else {
    missing_ = missing_after(now);
  }
}

std::optional<PassiveRun> HeartbeatWatch::report(Report report, const Moment& now) {
  last_report_ = now;
  if (report.state == Report::State::kStart) {
    note_start(now);
    return std::nullopt;
  }
  PassiveRun run;
  run.duration = report.duration;
  if (!run.duration && latest_start_) {
    run.duration = now.time - latest_start_->time;
  }
  run.started = now.wall - run.duration.value_or(Duration::zero());
  report.duration = run.duration;
  run.result.outcome = outcome_of(report.result, message_of(report));
  first_start_.reset();
  latest_start_.reset();
  timed_out_ = false;
  missing_ = missing_after(now);
  return run;
}

void HeartbeatWatch::note_start(const Moment& now) {
  latest_start_ = now;
  timed_out_ = false;
  if (first_start_) {
    return;
  }
  first_start_ = now;
  missing_ = missing_after_start(now);
}

Moment HeartbeatWatch::missing_after_start(const Moment& start) const {
  const Moment missing = missing_after(start);
  const Moment end = start.at(start.time + max_runtime());
  return missing.time < end.time ? end : missing;
}

// Times of the wall clock: the monotonic one may begin anew as well.
monitor::StateRecord HeartbeatWatch::state() const {
  const auto wall = [](const std::optional<Moment>& moment) {
    return moment ? monitor::state_field(moment->wall) : std::string();
  };
  return {wall(last_report_), wall(first_start_), wall(latest_start_), timed_out_ ? "late" : ""};
}

void HeartbeatWatch::restore(const monitor::StateRecord& record, const Moment& now) {
  if (record.size() != 4) {
    return;
  }
  const auto moment = [&](const std::string& field) -> std::optional<Moment> {
    const std::optional<monitor::WallTime> wall = monitor::state_time(field);
    return wall && *wall <= now.wall ? std::optional(now.at(*wall)) : std::nullopt;
  };
  last_report_ = moment(record[0]);
  first_start_ = moment(record[1]);
  latest_start_ = moment(record[2]);
  timed_out_ = record[3] == "late";
  const std::optional<Moment> timeout = timeout_at(now);
  if (!latest_start_ || (timeout && timeout->time <= now.time)) {
    first_start_.reset();
    latest_start_.reset();
    timed_out_ = false;
  }
  if (!last_report_) {
    return;
  }
  const Moment missing =
      first_start_ ? missing_after_start(*first_start_) : missing_after(*last_report_);
  if (missing.time > now.time) {
    missing_ = missing;
  }
}

Moment HeartbeatWatch::missing_after(const Moment& time) const {
  if (settings_.calendar) {
    return time.at(settings_.calendar->next(time.wall + kEarly) + settings_.grace);
  }
  return time.at(time.time + interval_ + settings_.grace);
}

Moment HeartbeatWatch::next_missing(const Moment& now) const {
  if (settings_.calendar) {
    return now.at(settings_.calendar->next(now.wall - settings_.grace) + settings_.grace);
  }
  const Duration passed = now.time - missing_.time;
  return now.at(missing_.time + (passed / interval_ + 1) * interval_);
}

Moment HeartbeatWatch::missing_at(const Moment& now) const {
  return settings_.calendar ? now.at(missing_.wall) : now.at(missing_.time);
}

std::optional<Moment> HeartbeatWatch::timeout_at(const Moment& now) const {
  if (!settings_.max_runtime || !latest_start_ || timed_out_) {
    return std::nullopt;
  }
  return now.at(latest_start_->time + max_runtime());
}

Moment HeartbeatWatch::expected(const Moment& now) const {
  const Moment missing = missing_at(now);
  const std::optional<Moment> timeout = timeout_at(now);
  return timeout && timeout->time < missing.time ? *timeout : missing;
}

std::optional<PassiveRun> HeartbeatWatch::overdue(const Moment& now) {
  const bool is_missing = missing_at(now).time <= now.time;
  const std::optional<Moment> timeout = timeout_at(now);
  std::optional<PassiveRun> run;
  if (timeout && timeout->time <= now.time) {
    run = timeout_run(timeout->at(timeout->time - max_runtime()), now);
    timed_out_ = true;
  } else if (is_missing) {
    run = missing_run(now);
  }
  if (is_missing) {
    first_start_.reset();
    missing_ = next_missing(now);
  }
  return run;
}

PassiveRun HeartbeatWatch::missing_run(const Moment& now) const {
  std::string message;
  if (first_start_) {
    message = "started " + ago(*first_start_, now) + " and not done since";
  } else if (last_report_) {
    message = "no report since " + ago(*last_report_, now);
  } else {
    message = "no report yet, awaited since " + ago(begun_, now);
  }
  if (settings_.calendar) {
    message +=
        ", expected by " + settings_.zone.text(missing_.wall) + " (\"" + settings_.schedule + "\"";
  } else {
    message += ", expected every " + format_duration(interval_);
  }
  if (settings_.grace > Duration::zero()) {
    message += " with " + format_duration(settings_.grace) + " of grace";
  }
  message += settings_.calendar ? ")" : "";
  PassiveRun run;
  run.started = now.wall;
  run.result.outcome = Outcome::fail(Reason::kMissing, Phase::kNone, std::move(message));
  return run;
}

PassiveRun HeartbeatWatch::timeout_run(const Moment& start, const Moment& now) const {
  PassiveRun run;
  run.started = start.wall;
  run.duration = now.time - start.time;
  run.result.outcome =
      Outcome::fail(Reason::kTimeout, Phase::kRun,
                    "started " + ago(start, now) + " and not done within its max_runtime of " +
                        format_duration(max_runtime()));
  return run;
}

// "2026-11-21 03:00 CET (25h 3m ago)"
std::string HeartbeatWatch::ago(const Moment& then, const Moment& now) const {
  return settings_.zone.text(then.wall) + " (" + format_duration(now.time - then.time) + " ago)";
}

std::string HeartbeatWatch::message_of(const Report& report) const {
  const std::string_view told = trimmed(report.message);
  if (told.empty()) {
    return default_message(report.result, report.duration);
  }
  // What cannot be seen anyway is not looked through for the token.
  return escaped(mask_.apply(std::string(told.substr(0, 4 * kMaxMessage))), kMaxMessage);
}

}  // namespace hale::checks
