#include "monitor/schedule/engine.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "monitor/assert.h"
#include "monitor/check.h"
#include "monitor/format.h"
#include "monitor/runtime/blocking_pool.h"
#include "monitor/runtime/random.h"
#include "monitor/schedule/planted_bug.h"

namespace hale::monitor {
namespace {

// The alarm goes off at whole milliseconds, so that what is due within one is done in one turn of
// the loop: at ten thousand checks a second that saves nine of ten timer system calls, and costs
// at most a millisecond of lateness.
constexpr Duration kTurn = std::chrono::milliseconds(1);

TimePoint round_up(TimePoint time) {
  const Duration since = time.time_since_epoch();
  const Duration rest = since % kTurn;
  return rest == Duration::zero() ? time : time + (kTurn - rest);
}

Outcome timed_out(const RunContext& context, Duration timeout) {
  std::string message = "timed out after " + format_duration(timeout);
  if (context.phase() != Phase::kNone) {
    message += " (" + std::string(to_string(context.phase())) + ")";
  }
  return Outcome::fail(Reason::kTimeout, context.phase(), std::move(message));
}

std::string describe(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& exception) {
    return exception.what();
  } catch (...) {
    return "an exception of an unknown type";
  }
}

}  // namespace

Engine::Engine(Services& services, Board& board, EngineOptions options)
    : services_(services),
      clock_(services.clock),
      board_(board),
      options_(std::move(options)),
      tasks_(services.executor),
      events_(options_.events_kept),
      findings_(services.state),
      alarm_(clock_.make_alarm([this] { wake(); })) {
  options_.agent.started = clock_.wall_now();
  agent_ = std::make_shared<const AgentInfo>(options_.agent);
}

Engine::~Engine() = default;

void Engine::add(ConfiguredCheck check) {
  HALE_ASSERT(!started_);
  const TimePoint now = clock_.now();
  const std::string& name = check.settings->name;
  const CheckId id =
      scheduler_.add(stable_hash(options_.agent.name + '\0' + name), check.settings->interval, now);
  HALE_ASSERT(id == entries_.size());
  const bool inserted = ids_.emplace(name, id).second;
  HALE_ASSERT(inserted);
  by_name_.push_back(id);

  Entry entry{.record = CheckRecord(check.settings, clock_.wall_now(), now),
              .check = std::move(check.check),
              .passive = nullptr,
              .run = nullptr,
              .seen = now,
              .viewed = now,
              .interval = check.settings->interval,
              .view = nullptr};
  for (std::size_t group = 0; group < options_.groups.size(); ++group) {
    if (options_.groups[group].name == check.settings->group) {
      entry.group = static_cast<int>(group);
    }
  }
  entry.passive = entry.check->passive();
  if (entry.passive != nullptr) {
    scheduler_.pause(id, now);
    entry.interval = entry.passive->keeps_interval() ? check.settings->interval : Duration::zero();
  }
  entries_.push_back(std::move(entry));
  touch(id);
}

void Engine::start() {
  HALE_ASSERT(!started_);
  started_ = true;
  const TimePoint now = clock_.now();
  for (CheckId check = 0; check < entries_.size(); ++check) {
    if (entries_[check].passive != nullptr) {
      await_reports(check, now);
    } else {
      appoint(now + entries_[check].record.settings().stale_after, Appointment::Kind::kStale, check,
              0);
    }
  }
  Event event;
  event.time = clock_.wall_now();
  event.kind = EventKind::kAgent;
  event.to = "started";
  event.message = "hale " + agent_->version + " watches " + std::to_string(entries_.size()) +
                  (entries_.size() == 1 ? " check" : " checks");
  emit({std::move(event)});
  restore(now);
  next_beat_ = now;
  publish(now);
  wake();
}

void Engine::stop(std::function<void()> done) {
  HALE_ASSERT(!stopping_);
  stopping_ = true;
  on_stopped_ = std::move(done);
  const TimePoint now = clock_.now();
  give_up_at_ = now + kStopGrace;
  if (!reported_.empty() || version_ == 0) {
    publish(now);
  }
  in_wake_ = true;  // the last run may end right here, and must not end the engine under our feet
  for (Entry& entry : entries_) {
    if (entry.run && entry.run->cancelled == Run::Cancelled::kNo) {
      const std::shared_ptr<Run> run = entry.run;  // cancelling may end it and clear the entry
      cancel(run, Run::Cancelled::kByUs, now);
    }
  }
  in_wake_ = false;
  if (tasks_.active() == 0) {
    finish_stop();
  } else {
    arm();
  }
}

void Engine::finish_stop() {
  stopping_ = false;
  started_ = false;
  tasks_.close();
  for (Entry& entry : entries_) {
    if (entry.run) {
      entry.run->orphaned = true;
    }
  }
  tasks_.abandon();
  alarm_->disarm();
  const std::function<void()> done = std::move(on_stopped_);
  done();  // may destroy the engine
}

// --- commands ---

Engine::Entry* Engine::find(const std::string& name, CheckId& check, const ReplyHandler& reply) {
  CommandError error;
  const auto found = ids_.find(name);
  if (found == ids_.end()) {
    error.message = "no check named \"" + name + "\"";
    reply(std::unexpected(std::move(error)));
    return nullptr;
  }
  if (stopping_ || tasks_.closed()) {
    error.kind = CommandErrorKind::kStopping;
    error.message = "the agent is stopping";
    reply(std::unexpected(std::move(error)));
    return nullptr;
  }
  check = found->second;
  return &entries_[check];
}

void Engine::run_now(const std::string& name, ReplyHandler reply) {
  CheckId check = 0;
  Entry* entry = find(name, check, reply);
  if (entry == nullptr) {
    return;
  }
  CommandError error;
  if (entry->passive != nullptr) {
    error.kind = CommandErrorKind::kNotRun;
    error.message = "\"" + name + "\" is reported to, not run";
    return reply(std::unexpected(std::move(error)));
  }
  if (!entry->run) {
    start_run(check, clock_.now(), Duration::zero(), std::move(reply));
    return arm();
  }
  if (entry->run->stuck || entry->run->cancelled != Run::Cancelled::kNo) {
    error.kind = CommandErrorKind::kStuck;
    error.message = "an earlier run of \"" + name + "\" still hangs";
    return reply(std::unexpected(std::move(error)));
  }
  if (entry->run->waiters.size() >= kMaxWaitersPerRun) {
    error.kind = CommandErrorKind::kOverloaded;
    error.message = "too many requests wait for this run already";
    return reply(std::unexpected(std::move(error)));
  }
  entry->run->waiters.push_back(std::move(reply));
}

void Engine::pause(const std::string& name, const PauseRequest& request, ReplyHandler reply) {
  CheckId check = 0;
  Entry* entry = find(name, check, reply);
  if (entry == nullptr) {
    return;
  }
  Pause pause;
  pause.since = clock_.wall_now();
  pause.reason = request.reason;
  pause.by = request.by;
  if (request.duration) {
    pause.until = pause.since + *request.duration;
  }
  remember_pause(name, pause);
  begin_pause(check, std::move(pause), clock_.now());
  std::vector<ReplyHandler> waiters;
  waiters.push_back(std::move(reply));
  answer(std::move(waiters), check, false);
  arm();
}

void Engine::begin_pause(CheckId check, Pause pause, TimePoint now) {
  Entry& entry = entries_[check];
  entry.pause_serial = next_serial_++;
  const WallTime wall = clock_.wall_now();
  if (pause.until) {
    appoint(now + (*pause.until - wall), Appointment::Kind::kPauseEnd, check, entry.pause_serial);
  }
  entry.record.skip(SkipCause::kLate, scheduler_.pause(check, now));
  entry.awaits_report = false;
  entry.run_when_free = false;
  if (entry.run && entry.run->cancelled == Run::Cancelled::kNo) {
    const std::shared_ptr<Run> run = entry.run;
    cancel(run, Run::Cancelled::kByUs, now);
  }
  std::vector<Event> events;
  entry.record.set_pause(std::move(pause), events);
  findings_.close(entry.record.settings().name, "paused", wall, events);
  emit(std::move(events));
  touch(check);
}

void Engine::resume(const std::string& name, ReplyHandler reply) {
  CheckId check = 0;
  if (find(name, check, reply) == nullptr) {
    return;
  }
  end_pause(check, clock_.now());
  std::vector<ReplyHandler> waiters;
  waiters.push_back(std::move(reply));
  answer(std::move(waiters), check, false);
  arm();
}

void Engine::end_pause(CheckId check, TimePoint now) {
  Entry& entry = entries_[check];
  if (entry.record.pause() == nullptr) {
    return;
  }
  services_.state.erase(kPauses, entry.record.settings().name);
  std::vector<Event> events;
  entry.record.resume(clock_.wall_now(), events);
  emit(std::move(events));
  entry.seen = now;
  touch(check);
  if (entry.passive != nullptr) {
    return await_reports(check, now);
  }
  scheduler_.resume(check, now);
  if (stopping_) {
    return;
  }
  if (!entry.run) {
    start_run(check, now, Duration::zero(), nullptr);
  } else {
    // A run on demand that was in flight serves as well; one that was cancelled is waited for.
    entry.run_when_free = entry.run->cancelled != Run::Cancelled::kNo;
  }
}

// --- the loop's turn ---

void Engine::wake() {
  in_wake_ = true;
  armed_for_ = TimePoint::max();
  const TimePoint now = clock_.now();
  if (started_) {
    board_.beat(now);
    next_beat_ = now + kBeatInterval;
  }
  while (const std::optional<Appointment> appointment = appointments_.take_due(now)) {
    keep(*appointment, now);
  }
  if (started_ && !stopping_) {
    due_.clear();
    scheduler_.collect(now, due_);
    for (const Scheduler::Due& due : due_) {
      on_tick(due, now);
    }
  }
  if ((changed_ || !dirty_.empty()) && now >= next_publish_) {
    publish(now);
  }
  in_wake_ = false;
  if (stopping_ && (tasks_.active() == 0 || now >= give_up_at_)) {
    return finish_stop();
  }
  arm();
}

void Engine::arm() {
  if (in_wake_) {
    return;
  }
  TimePoint next = std::min(next_beat_, give_up_at_);
  if (const std::optional<TimePoint> appointed = appointments_.next()) {
    next = std::min(next, *appointed);
  }
  if (const std::optional<TimePoint> tick = scheduler_.next(); tick && started_ && !stopping_) {
    next = std::min(next, *tick);
  }
  if (changed_ || !dirty_.empty()) {
    next = std::min(next, next_publish_);
  }
  // Moving the alarm is a system call: an earlier one is good enough, it arms the next.
  if (next == TimePoint::max() || next >= armed_for_) {
    return;
  }
  armed_for_ = next;
  alarm_->arm(round_up(next));
}

void Engine::appoint(TimePoint time, Appointment::Kind kind, CheckId check, std::uint64_t serial) {
  appointments_.add({.time = time, .kind = kind, .check = check, .serial = serial});
}

bool Engine::is_outdated(const Appointment& appointment) const {
  const Entry& entry = entries_[appointment.check];
  switch (appointment.kind) {
    case Appointment::Kind::kDeadline:
    case Appointment::Kind::kGrace:
      return !entry.run || entry.run->serial != appointment.serial;
    case Appointment::Kind::kPauseEnd:
      return entry.pause_serial != appointment.serial;
    case Appointment::Kind::kReport:
      return !entry.awaits_report || entry.report_serial != appointment.serial;
    case Appointment::Kind::kStale:
    case Appointment::Kind::kRefresh:
      return false;
  }
  return false;
}

void Engine::keep(const Appointment& appointment, TimePoint now) {
  const std::shared_ptr<Run> run = entries_[appointment.check].run;
  switch (appointment.kind) {
    case Appointment::Kind::kDeadline:
      if (run->cancelled == Run::Cancelled::kNo) {
        cancel(run, Run::Cancelled::kDeadline, now);
      }
      return;
    case Appointment::Kind::kGrace:
      if (!run->stuck) {
        give_up(run, now);
      }
      return;
    case Appointment::Kind::kStale:
      return look_for_staleness(appointment.check, now);
    case Appointment::Kind::kPauseEnd:
      return end_pause(appointment.check, now);
    case Appointment::Kind::kRefresh:
      return look_for_change(appointment.check, now);
    case Appointment::Kind::kReport:
      return look_for_report(appointment.check, now);
  }
}

void Engine::look_for_staleness(CheckId check, TimePoint now) {
  Entry& entry = entries_[check];
  const Duration stale_after = entry.record.settings().stale_after;
  if (entry.record.pause() != nullptr) {
    return appoint(now + stale_after, Appointment::Kind::kStale, check, 0);
  }
  if (now - entry.seen < stale_after) {
    return appoint(entry.seen + stale_after, Appointment::Kind::kStale, check, 0);
  }
  std::vector<Event> events;
  entry.record.lose_sight("no completed run for " + format_duration(now - entry.seen),
                          clock_.wall_now(), events);
  emit(std::move(events));
  adapt_interval(check, now);
  touch(check);
  appoint(now + stale_after, Appointment::Kind::kStale, check, 0);
}

void Engine::look_for_change(CheckId check, TimePoint now) {
  Entry& entry = entries_[check];
  const TimePoint change = entry.record.next_change(entry.viewed);
  entry.to_be_refreshed = change != TimePoint::max();
  if (!entry.to_be_refreshed) {
    return;  // until the next run there is nothing that could change
  }
  TimePoint due = std::max(change, entry.viewed + kRefreshAfter);
  if (due <= now) {
    touch(check);
    due = now + kRefreshAfter;
  }
  appoint(due, Appointment::Kind::kRefresh, check, 0);
}

// --- runs ---

void Engine::on_tick(const Scheduler::Due& due, TimePoint now) {
  Entry& entry = entries_[due.check];
  if (due.late > 0) {
    entry.record.skip(SkipCause::kLate, due.late);
    touch(due.check);
  }
  if (entry.run && !planted(PlantedBug::kTwoInFlight)) {
    entry.record.skip(entry.run->stuck ? SkipCause::kStuck : SkipCause::kRunning, 1);
    touch(due.check);
    return;
  }
  const Duration lag = now - due.tick;
  lag_.record(to_seconds(lag));
  start_run(due.check, now, lag, nullptr);
}

void Engine::start_run(CheckId check, TimePoint now, Duration lag, ReplyHandler waiter) {
  Entry& entry = entries_[check];
  const TimePoint deadline = now + entry.record.settings().timeout;
  auto run = std::make_shared<Run>(services_, now, deadline);
  run->check = check;
  run->serial = next_serial_++;
  run->wall = clock_.wall_now();
  run->lag = lag;
  if (options_.on_story) {
    run->story = std::make_unique<Story>();
    run->context.set_story(run->story.get());
  }
  if (waiter) {
    run->waiters.push_back(std::move(waiter));
  }
  entry.run = run;
  if (!planted(PlantedBug::kNoDeadline)) {
    appoint(deadline, Appointment::Kind::kDeadline, check, run->serial);
  }
  // The check's coroutine starts at once and may end before spawn() returns.
  auto ended = [this, run, owner = entry.check](const std::exception_ptr& error,
                                                CheckResult result) {
    if (!run->orphaned) {
      on_run_ended(run, error, std::move(result));
    }
  };
  std::exception_ptr refused;
  try {
    tasks_.spawn(entry.check->run(run->context), std::move(ended), run->cancel.slot());
  } catch (...) {
    refused = std::current_exception();  // a run() that is no coroutine, or no memory for one
  }
  if (refused) {
    on_run_ended(run, refused, CheckResult());
  }
}

void Engine::cancel(const std::shared_ptr<Run>& run, Run::Cancelled why, TimePoint now) {
  run->cancelled = why;
  appoint(now + kCancelGrace, Appointment::Kind::kGrace, run->check, run->serial);
  run->cancel.emit(asio::cancellation_type::terminal);
}

void Engine::give_up(const std::shared_ptr<Run>& run, TimePoint now) {
  run->stuck = true;
  if (run->cancelled == Run::Cancelled::kByUs) {
    dismiss(*run);
  } else {
    CheckResult result;
    result.outcome = timed_out(run->context, entries_[run->check].record.settings().timeout);
    result.outcome.message += "; the run does not end and is left behind";
    record(*run, std::move(result), now);
  }
  touch(run->check);
}

void Engine::on_run_ended(const std::shared_ptr<Run>& run, const std::exception_ptr& error,
                          CheckResult result) {
  Entry& entry = entries_[run->check];
  if (entry.run == run) {
    entry.run.reset();
  }
  touch(run->check);
  const TimePoint now = clock_.now();
  if (!run->stuck) {
    if (run->cancelled == Run::Cancelled::kByUs) {
      dismiss(*run);
    } else {
      if (error && run->cancelled == Run::Cancelled::kNo) {
        result.outcome = Outcome::unknown(Reason::kInternal, run->context.phase(),
                                          "the check threw: " + describe(error));
      } else if (run->cancelled == Run::Cancelled::kDeadline && result.items.empty() &&
                 result.outcome.reason != Reason::kTimeout &&
                 result.outcome.reason != Reason::kStuck) {
        result.outcome = timed_out(run->context, entry.record.settings().timeout);
      }
      record(*run, std::move(result), now);
    }
  }
  if (entry.run_when_free && !stopping_) {
    entry.run_when_free = false;
    start_run(run->check, now, Duration::zero(), nullptr);
  }
  if (stopping_ && tasks_.active() == 0 && !in_wake_) {
    return finish_stop();
  }
  arm();
}

void Engine::record(Run& run, CheckResult result, TimePoint now) {
  CompletedRun completed;
  completed.time = run.wall;
  completed.ended = now;
  completed.duration = now - run.started;
  completed.lag = run.lag;
  result.phases = run.context.finish(now);
  result.peer = run.context.peer();
  completed.result = std::move(result);
  apply(run.check, std::move(completed), now);
  if (run.story) {
    options_.on_story(entries_[run.check].record.settings().name, *run.story);
  }
  if (!run.waiters.empty()) {
    answer(std::move(run.waiters), run.check, true);
  }
}

void Engine::apply(CheckId check, CompletedRun completed, TimePoint now) {
  Entry& entry = entries_[check];
  std::vector<Event> events;
  const WallTime wall = clock_.wall_now();
  const bool finds = !entry.record.settings().type->findings.empty() && !entry.record.pause();
  const bool complete = could_look(completed.result.outcome);
  std::vector<Finding> findings = std::move(completed.result.findings);
  entry.record.complete(std::move(completed), wall, events);
  if (finds) {
    findings_.conclude(entry.record.settings().name, std::move(findings), complete, wall, events);
  }
  emit(std::move(events));
  entry.seen = now;
  if (!std::exchange(entry.to_be_refreshed, true)) {
    appoint(now + kRefreshAfter, Appointment::Kind::kRefresh, check, 0);
  }
  adapt_interval(check, now);
  touch(check);
}

void Engine::dismiss(Run& run) {
  for (const ReplyHandler& waiter : std::exchange(run.waiters, {})) {
    CommandError error;
    error.kind = stopping_ ? CommandErrorKind::kStopping : CommandErrorKind::kCancelled;
    error.message = stopping_ ? "the agent is stopping" : "the run was cancelled by a pause";
    waiter(std::unexpected(std::move(error)));
  }
}

void Engine::adapt_interval(CheckId check, TimePoint now) {
  Entry& entry = entries_[check];
  if (entry.passive != nullptr) {
    return;  // the reporter's, whatever the status
  }
  const Duration wanted = entry.record.wanted_interval();
  if (wanted != entry.interval) {
    entry.interval = wanted;
    scheduler_.set_interval(check, wanted, now);
  }
}

}  // namespace hale::monitor
