#include "checks/systemd/unit_judgement.h"

#include <algorithm>
#include <utility>

#include <signal.h>

#include "checks/excerpt.h"
#include "checks/systemd/unit_picture.h"
#include "checks/systemd/words.h"
#include "monitor/format.h"

namespace hale::checks {
namespace {

using monitor::Duration;
using monitor::ItemResult;
using monitor::Measurement;
using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;
using monitor::Result;
using monitor::WallTime;

constexpr Phase kPhase = Phase::kEvaluate;

std::string since(const std::optional<WallTime>& time, WallTime now) {
  return time ? " since " + clock_text(*time, now) : "";
}

bool is_up(const Unit& unit) {
  return unit.active_state == "active" || unit.active_state == "reloading" ||
         unit.active_state == "refreshing";
}

const Unit* find(const UnitView& view, const std::string& name) {
  const auto found = view.units->find(name);
  return found == view.units->end() ? nullptr : &found->second;
}

// Null for other kinds of units.
const ServiceFacts* service_of(const Unit& unit) {
  return unit.service ? &*unit.service : nullptr;
}

bool is_oneshot(const Unit& unit) {
  const ServiceFacts* const service = service_of(unit);
  return service != nullptr && service->type == "oneshot";
}

// A oneshot service that is not meant to stay: done is as good as running.
bool may_be_done(const Unit& unit) {
  const ServiceFacts* const service = service_of(unit);
  return is_oneshot(unit) && !service->remain_after_exit;
}

// How its last run ended; "" where there was none.
std::string last_end(const Unit& unit) {
  const ServiceFacts* const service = service_of(unit);
  return service != nullptr && service->exit_code != 0 ? end_text(*service) : "";
}

bool older_than(const std::optional<WallTime>& time, Duration age, WallTime now) {
  return time && now - *time > age;
}

// "crashed 46 times in 10m, last: exit status 1"; "" where it did not.
std::string crash_text(const StartCounts& counts, const JudgementOptions& options) {
  if (counts.crashes == 0) {
    return "";
  }
  std::string text =
      counts.crashes == 1 ? "crashed once" : "crashed " + std::to_string(counts.crashes) + " times";
  text += " in " + monitor::format_duration(options.restart_window);
  return counts.last_end.empty() ? text : text + ", last: " + counts.last_end;
}

std::string both(std::string first, const std::string& second) {
  return first.empty() ? second : std::move(first) + "; " + second;
}

// What systemd could make nothing of.
std::optional<Outcome> judge_loading(const UnitView& view) {
  const Unit& unit = *view.unit;
  const std::string& state = unit.load_state;
  if (state == "masked" || unit.file_state == "masked" || unit.file_state == "masked-runtime") {
    const std::string still = is_up(unit) ? ", though it still runs" : "";
    return Outcome::fail(Reason::kMissing, kPhase, "masked: nothing can start it" + still,
                         "masked");
  }
  if (state == "not-found") {
    return Outcome::fail(Reason::kMissing, kPhase, "there is no such unit", "not-found");
  }
  if (state == "bad-setting" || state == "error") {
    const std::string why = unit.load_error.empty() ? "" : ": " + escaped(unit.load_error, 300);
    return Outcome::fail(Reason::kStatus, kPhase, "its unit file is broken" + why, state);
  }
  return std::nullopt;
}

Outcome judge_failed(const UnitView& view, const std::string& crashes) {
  const Unit& unit = *view.unit;
  std::string end;
  std::string code = "failed";
  if (unit.service) {
    end = end_text(*unit.service);
    code = unit.service->result;
  } else if (unit.socket) {
    end = unit.socket->result == "resources" ? "it could not listen" : unit.socket->result;
    code = unit.socket->result;
  } else if (unit.timer) {
    end = unit.timer->result;
    code = unit.timer->result;
  }
  std::string text = "failed" + since(unit.state_changed, view.now);
  text += end.empty() ? "" : ": " + escaped(end, 200);
  return Outcome::fail(Reason::kStatus, kPhase, both(crashes, text), code);
}

// On its way up or down; how long that may take, systemd knows best, up to a point.
Outcome judge_moving(const UnitView& view, const JudgementOptions& options,
                     const std::string& crashes) {
  const Unit& unit = *view.unit;
  const bool late = older_than(unit.state_changed, options.stuck_after, view.now);
  const std::string when = since(unit.state_changed, view.now);
  if (unit.sub_state.starts_with("auto-restart")) {
    const std::string end = unit.service ? end_text(*unit.service) : "";
    std::string text = crashes;
    if (text.empty()) {
      text = end.empty() ? "ended" + when : "ended" + when + ": " + end;
    }
    text += "; now " + unit.sub_state;
    return late ? Outcome::fail(Reason::kStatus, kPhase, std::move(text), unit.sub_state)
                : Outcome::warn(Reason::kStatus, kPhase, std::move(text), unit.sub_state);
  }
  const bool starts = unit.active_state == "activating";
  if (starts && is_oneshot(unit) && unit.sub_state == "start") {
    return Outcome::pass(both(crashes, "runs" + when));
  }
  std::string text = (starts ? "starting" : "stopping") + when + " (" + unit.sub_state + ")";
  if (late) {
    return Outcome::fail(Reason::kStatus, kPhase, both(crashes, "stuck " + text),
                         unit.active_state);
  }
  return Outcome::pass(both(crashes, text));
}

// Whether something that would start it when it is needed is there for that.
const Unit* find_trigger(const UnitView& view) {
  for (const std::string& name : view.unit->triggered_by) {
    const Unit* const trigger = find(view, name);
    if (trigger != nullptr && is_up(*trigger)) {
      return trigger;
    }
  }
  return nullptr;
}

// Whether a target that is reached asks for it. What only hangs on targets that nobody wants (a
// printer that is not there) may rest.
bool is_due(const UnitView& view) {
  return std::ranges::any_of(view.unit->wanted_by, [&](const std::string& name) {
    const Unit* const target = find(view, name);
    return target != nullptr && (is_up(*target) || target->active_state == "activating");
  });
}

Outcome judge_inactive(const UnitView& view, const std::string& crashes) {
  const Unit& unit = *view.unit;
  const std::string when =
      since(unit.inactive_since ? unit.inactive_since : unit.state_changed, view.now);
  if (unit.condition_failed) {
    return Outcome::pass("not started: one of its conditions does not hold");
  }
  const std::string end = last_end(unit);
  const bool ran = !end.empty();
  if (may_be_done(unit) && ran) {
    return Outcome::pass("done" + when);
  }
  if (const Unit* const trigger = find_trigger(view)) {
    return Outcome::pass("idle, started by " + trigger->name + (ran ? "; last run: " + end : ""));
  }
  const bool enabled = is_enabled(unit);
  if (!view.by_name && (!enabled || !is_due(view))) {
    return Outcome::pass("inactive" + when + ", and nothing asks for it");
  }
  std::string text = (enabled ? "enabled but inactive" : "inactive") + when;
  if (!enabled && !unit.file_state.empty()) {
    text += " (" + unit.file_state + ")";
  }
  if (!unit.failed_job.empty()) {
    text += unit.failed_job == "dependency" ? "; a unit that it depends on did not start"
                                            : "; its last job ended with " + unit.failed_job;
  } else if (ran) {
    text += "; its last run ended with " + end;
  } else if (may_be_done(unit)) {
    text += "; it has not run";
  }
  text = both(crashes, text);
  const ServiceFacts* const service = service_of(unit);
  const bool by_itself = service != nullptr && service->result == "success" &&
                         service->exit_code == CLD_EXITED && unit.failed_job.empty();
  if (!view.by_name && by_itself) {
    return Outcome::warn(Reason::kMissing, kPhase, std::move(text), "inactive");
  }
  return Outcome::fail(Reason::kMissing, kPhase, std::move(text), "inactive");
}

// A timer's job, a socket's service: who is started by it and has failed.
const Unit* failed_of(const UnitView& view, const std::vector<std::string>& triggers) {
  for (const std::string& name : triggers) {
    const Unit* const unit = find(view, name);
    if (unit != nullptr && unit->active_state == "failed") {
      return unit;
    }
  }
  return nullptr;
}

Outcome judge_timer(const UnitView& view, const TimerFacts& timer,
                    const JudgementOptions& options) {
  const Unit& unit = *view.unit;
  if (const Unit* const job = failed_of(view, timer.triggers)) {
    std::string text = "its job " + job->name + " failed" + since(job->state_changed, view.now);
    const std::string end = job->service ? end_text(*job->service) : "";
    text += end.empty() ? "" : ": " + end;
    return Outcome::fail(Reason::kStatus, kPhase, std::move(text), "job-failed");
  }
  const bool waits = unit.sub_state == "waiting";
  if (waits && timer.next_elapse && view.now - *timer.next_elapse > options.late_after) {
    return Outcome::fail(Reason::kStatus, kPhase,
                         "did not fire at " + clock_text(*timer.next_elapse, view.now), "late");
  }
  // It does not fire again while what it started still runs.
  if (unit.sub_state == "running" && view.period && timer.last_trigger &&
      view.now - *timer.last_trigger > *view.period + options.late_after) {
    const std::string job = timer.triggers.empty() ? "its job" : timer.triggers.front();
    return Outcome::fail(Reason::kStatus, kPhase,
                         "did not fire at " +
                             clock_text(*timer.last_trigger + *view.period, view.now) + ": " + job +
                             " still runs since " + clock_text(*timer.last_trigger, view.now),
                         "late");
  }
  std::string text = timer.last_trigger
                         ? "last fired at " + clock_text(*timer.last_trigger, view.now)
                         : "has not fired yet";
  text += timer.next_elapse && waits ? ", next at " + clock_text(*timer.next_elapse, view.now) : "";
  return Outcome::pass(std::move(text));
}

Outcome judge_up(const UnitView& view, const JudgementOptions& options,
                 const std::string& crashes) {
  const Unit& unit = *view.unit;
  if (unit.timer) {
    return judge_timer(view, *unit.timer, options);
  }
  if (unit.socket) {
    if (const Unit* const service = failed_of(view, unit.socket->triggers)) {
      return Outcome::fail(Reason::kStatus, kPhase, "its service " + service->name + " failed",
                           "service-failed");
    }
  }
  const bool reloads = unit.active_state != "active";
  const std::string when =
      since(reloads || !unit.active_since ? unit.state_changed : unit.active_since, view.now);
  std::string text = unit.active_state + (unit.sub_state == "exited" ? " (exited)" : "") + when;
  if (reloads && older_than(unit.state_changed, options.stuck_after, view.now)) {
    return Outcome::warn(Reason::kStatus, kPhase, both(crashes, "stuck " + text), "reloading");
  }
  return Outcome::pass(both(crashes, text));
}

// What a running unit should not leave as it is.
Outcome with_remarks(const UnitView& view, const JudgementOptions& options, Outcome outcome) {
  if (outcome.result != Result::kPass) {
    return outcome;
  }
  const Unit& unit = *view.unit;
  if (unit.job_failed && view.now - *unit.job_failed <= options.restart_window && is_up(unit)) {
    return Outcome::warn(Reason::kStatus, kPhase,
                         "a job for it ended with " + unit.failed_job + " at " +
                             clock_text(*unit.job_failed, view.now) + "; " + outcome.message,
                         "job-" + unit.failed_job);
  }
  if (unit.service && is_up(unit) && !unit.service->reload_result.empty() &&
      unit.service->reload_result != "success") {
    return Outcome::warn(Reason::kStatus, kPhase,
                         "its last reload failed (" + escaped(unit.service->reload_result, 100) +
                             "); " + outcome.message,
                         "reload-failed");
  }
  if (unit.need_reload) {
    return Outcome::warn(Reason::kStatus, kPhase,
                         "its unit file has changed since systemd read it (systemctl "
                         "daemon-reload); " +
                             outcome.message,
                         "need-reload");
  }
  return outcome;
}

Outcome judge_state(const UnitView& view, const JudgementOptions& options,
                    const std::string& crashes) {
  const std::string& state = view.unit->active_state;
  if (state == "failed") {
    return judge_failed(view, crashes);
  }
  if (state == "activating" || state == "deactivating" || state == "maintenance") {
    return judge_moving(view, options, crashes);
  }
  if (is_up(*view.unit)) {
    return judge_up(view, options, crashes);
  }
  return judge_inactive(view, crashes);
}

class Measurements {
 public:
  explicit Measurements(std::vector<Measurement>& list) : list_(list) {}
  void add(std::string_view name, double value, std::optional<double> total = std::nullopt) {
    Measurement measurement;
    measurement.name = name;
    measurement.value = value;
    measurement.total = total;
    list_.push_back(std::move(measurement));
  }
  void add(std::string_view name, std::optional<std::uint64_t> value,
           std::optional<std::uint64_t> total) {
    if (value) {
      add(name, static_cast<double>(*value),
          total ? std::optional(static_cast<double>(*total)) : std::nullopt);
    }
  }

 private:
  std::vector<Measurement>& list_;
};

double seconds_between(WallTime from, WallTime to) {
  return std::max(0.0, monitor::to_seconds(to - from));
}

void measure(const UnitView& view, const StartCounts& counts, Measurements measurements) {
  const Unit& unit = *view.unit;
  measurements.add("active", is_up(unit) ? 1 : 0);
  if (unit.state_changed) {
    measurements.add("state_age", seconds_between(*unit.state_changed, view.now));
  }
  if (unit.service) {
    measurements.add("restarts", static_cast<double>(counts.crashes));
    measurements.add("planned_restarts", static_cast<double>(counts.planned));
    measurements.add("oom_kills", static_cast<double>(std::max(counts.oom_kills, view.oom_kills)));
    measurements.add("watchdog_misses", static_cast<double>(counts.watchdog_misses));
  }
  if (view.resources) {
    measurements.add("memory", view.resources->memory, view.resources->memory_limit);
    measurements.add("tasks", view.resources->tasks, view.resources->tasks_limit);
  }
  if (view.cpu) {
    measurements.add("cpu", *view.cpu);
  }
  if (unit.timer && unit.timer->last_trigger) {
    measurements.add("trigger_age", seconds_between(*unit.timer->last_trigger, view.now));
  }
  if (unit.timer && unit.timer->next_elapse && is_up(unit)) {
    measurements.add("next_trigger_in", monitor::to_seconds(*unit.timer->next_elapse - view.now));
  }
  if (unit.socket) {
    measurements.add("connections", unit.socket->connections);
    measurements.add("refused_connections", unit.socket->refused);
  }
}

}  // namespace

StartCounts count_starts(const std::vector<UnitStart>& starts, WallTime now, Duration window) {
  StartCounts counts;
  for (const UnitStart& start : starts) {
    if (start.time < now - window) {
      continue;
    }
    if (start.planned) {
      ++counts.planned;
      continue;
    }
    ++counts.crashes;
    counts.oom_kills += start.end == "killed for want of memory" ? 1 : 0;
    counts.watchdog_misses += start.end == "missed its watchdog" ? 1 : 0;
    counts.last_end = start.end;
  }
  return counts;
}

ItemResult judge_unit(const std::string& name, const UnitView& view,
                      const JudgementOptions& options) {
  ItemResult item;
  item.name = name;
  if (view.unit == nullptr) {
    item.outcome =
        Outcome::fail(Reason::kMissing, kPhase, "systemd knows no such unit", "not-found");
    return item;
  }
  StartCounts counts = count_starts(*view.starts, view.now, options.restart_window);
  // A run that ended for good leaves no start behind it.
  if (view.unit->service && view.unit->active_state == "failed") {
    counts.oom_kills += view.unit->service->result == "oom-kill" ? 1 : 0;
    counts.watchdog_misses += view.unit->service->result == "watchdog" ? 1 : 0;
  }
  measure(view, counts, Measurements(item.measurements));
  if (auto unloaded = judge_loading(view)) {
    item.outcome = std::move(*unloaded);
    return item;
  }
  item.outcome =
      with_remarks(view, options, judge_state(view, options, crash_text(counts, options)));
  return item;
}

}  // namespace hale::checks
