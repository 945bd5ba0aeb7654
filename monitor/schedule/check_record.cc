#include "monitor/schedule/check_record.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "monitor/assert.h"

namespace hale::monitor {

DecidingOutcome deciding_outcome(const CheckResult& result) {
  const ItemResult* worst_item = nullptr;
  Result worst_result = result.outcome.result;
  for (const ItemResult& item : result.items) {
    if (worst(worst_result, item.outcome.result) != worst_result) {
      worst_result = item.outcome.result;
      worst_item = &item;
    }
  }
  DecidingOutcome deciding;
  if (worst_item == nullptr) {
    deciding.outcome = result.outcome;
    return deciding;
  }
  const auto as_bad =
      std::count_if(result.items.begin(), result.items.end(),
                    [&](const ItemResult& item) { return item.outcome.result == worst_result; });
  deciding.item = worst_item->name;
  deciding.outcome = worst_item->outcome;
  deciding.outcome.message = worst_item->name + ": " + worst_item->outcome.message;
  if (as_bad > 1) {
    deciding.outcome.message += " (and " + std::to_string(as_bad - 1) + " more)";
  }
  return deciding;
}

CheckRecord::CheckRecord(std::shared_ptr<const CheckSettings> settings, WallTime now,
                         TimePoint start)
    : settings_(std::move(settings)), since_(now) {
  HALE_ASSERT(settings_ != nullptr);
  stats_ = std::make_unique<RunStats>(std::min(settings_->interval, settings_->interval_unhealthy),
                                      start);
  if (settings_->slo != nullptr) {
    slo_ = std::make_unique<Slo>(settings_->slo, start);
    look_at_slo(start);
  }
}

Duration CheckRecord::wanted_interval() const {
  const bool calm = health_.status() == Status::kHealthy && !health_.confirming();
  return calm ? settings_->interval : settings_->interval_unhealthy;
}

void CheckRecord::complete(CompletedRun run, WallTime now, std::vector<Event>& events) {
  const bool complete = run.result.outcome.result == Result::kPass;
  judge_limits(run.result, run.duration);
  DecidingOutcome deciding = deciding_outcome(run.result);

  const Status from = status();
  const bool was_by_slo = by_slo() != nullptr;
  const std::vector<ItemChange> changes = health_.apply(run.result, complete, *settings_, now);
  items_ = item_views();
  count_for_slo(run, deciding.outcome);
  // One incident is one event: items are reported by themselves only where the check as a whole
  // stays as it is.
  const std::optional<Outcome> of_slo = change_by_slo(was_by_slo);
  if (report_change(from, now, of_slo ? *of_slo : deciding.outcome, events)) {
    events.back().item = of_slo ? "" : deciding.item;
  } else {
    report_items(changes, now, events);
  }
  count(deciding.outcome, run.time);
  stats_->record(run.ended, deciding.outcome, run.duration);
  remember(run, std::move(deciding.outcome));
}

void CheckRecord::lose_sight(std::string message, WallTime now, std::vector<Event>& events) {
  const Status from = status();
  health_.lose_sight(now);
  items_ = item_views();
  const Outcome outcome = Outcome::unknown(Reason::kAgent, Phase::kNone, std::move(message));
  report_change(from, now, outcome, events);
}

void CheckRecord::set_pause(Pause pause, std::vector<Event>& events) {
  const Status from = status();
  std::string message = "paused";
  if (!pause.by.empty()) {
    message += " by " + pause.by;
  }
  if (!pause.reason.empty()) {
    message += ": " + pause.reason;
  }
  pause_ = std::make_shared<const Pause>(std::move(pause));
  report_change(from, pause_->since, Outcome::pass(std::move(message)), events);
}

void CheckRecord::resume(WallTime now, std::vector<Event>& events) {
  const Status from = status();
  pause_.reset();
  health_.reset();
  items_ = item_views();
  report_change(from, now, Outcome::pass("resumed"), events);
}

TimePoint CheckRecord::next_change(TimePoint seen) const {
  const TimePoint of_stats = stats_->next_change(seen);
  return slo_ == nullptr ? of_stats : std::min(of_stats, slo_->next_change(seen));
}

Status CheckRecord::with_slo(Status status) const {
  return slo_breach_ != nullptr && status == Status::kHealthy ? Status::kDegraded : status;
}

const Outcome* CheckRecord::by_slo() const {
  return !pause_ && health_.status() == Status::kHealthy ? slo_breach_.get() : nullptr;
}

void CheckRecord::count_for_slo(const CompletedRun& run, const Outcome& outcome) {
  if (slo_ == nullptr || pause_ || outcome.result == Result::kUnknown) {
    return;
  }
  slo_->record(run.ended, latency_for_slo(outcome.result, outcome.reason, run.duration),
               outcome.result != Result::kFail);
  if (settings_->slo->degrade) {
    look_at_slo(run.ended);
  }
}

void CheckRecord::look_at_slo(TimePoint now) {
  slo_view_ = slo_->view(now);
  slo_breach_.reset();
  if (settings_->slo->degrade && slo_view_->breached()) {
    slo_breach_ = std::make_shared<const Outcome>(
        Outcome::warn(Reason::kThreshold, Phase::kEvaluate, breach_message(*slo_view_, "runs")));
  }
}

std::optional<Outcome> CheckRecord::change_by_slo(bool was_by_slo) const {
  if (const Outcome* breach = by_slo()) {
    return *breach;
  }
  if (was_by_slo && status() == Status::kHealthy) {
    return Outcome::pass("the SLO is no longer breached");
  }
  return std::nullopt;
}

void CheckRecord::refresh_slo(TimePoint now, WallTime wall, std::vector<Event>& events) {
  if (slo_ == nullptr) {
    return;
  }
  const Status from = status();
  const bool was_by_slo = by_slo() != nullptr;
  look_at_slo(now);
  if (const std::optional<Outcome> change = change_by_slo(was_by_slo)) {
    report_change(from, wall, *change, events);
  }
}

std::shared_ptr<const CheckView> CheckRecord::view(const Schedule& schedule) {
  if (!fresh_.empty()) {
    const std::size_t kept = std::min(history_->size() + fresh_.size(), kHistoryKept);
    const std::size_t from_fresh = std::min(fresh_.size(), kept);
    History joined;
    joined.reserve(kept);
    joined.insert(joined.end(), history_->end() - static_cast<std::ptrdiff_t>(kept - from_fresh),
                  history_->end());
    joined.insert(joined.end(), fresh_.end() - static_cast<std::ptrdiff_t>(from_fresh),
                  fresh_.end());
    history_ = std::make_shared<const History>(std::move(joined));
    fresh_.clear();
  }
  auto view = std::make_shared<CheckView>();
  view->settings = settings_;
  view->status = status();
  view->last_known = last_known();
  view->since = since_;
  view->interval = schedule.interval;
  view->stuck = schedule.stuck;
  view->pause = pause_;
  if (last_) {
    view->last_run = last_->time;
  }
  view->last_success = last_success_;
  view->next_run = schedule.next_run;
  view->expected = schedule.expected;
  view->consecutive_failures = consecutive_failures_;
  view->consecutive_successes = consecutive_successes_;
  view->last = last_;
  view->last_failure = last_failure_;
  view->items = items_;
  view->history = history_;
  view->runs = runs_;
  view->skipped = skipped_;
  view->transitions = transitions_;
  view->problems = problems_;
  view->stats = stats_->view(schedule.now);
  view->slo = slo_view_;
  if (by_slo() != nullptr) {
    view->by_slo = slo_breach_;
  }
  return view;
}

bool CheckRecord::report_change(Status from, WallTime now, const Outcome& outcome,
                                std::vector<Event>& events) {
  const Status to = status();
  if (from == to) {
    return false;
  }
  since_ = now;
  const auto known = std::find_if(
      transitions_.begin(), transitions_.end(),
      [&](const Transition& transition) { return transition.from == from && transition.to == to; });
  if (known != transitions_.end()) {
    ++known->count;
  } else {
    transitions_.push_back(Transition{.from = from, .to = to, .count = 1});
  }
  events.push_back(make_event(now, to_string(from), to_string(to), outcome));
  return true;
}

void CheckRecord::report_items(const std::vector<ItemChange>& changes, WallTime now,
                               std::vector<Event>& events) const {
  if (pause_) {
    return;
  }
  for (const ItemChange& change : changes) {
    if (change.from == Status::kPending && change.to == Status::kHealthy) {
      continue;  // a new item that is well is no news
    }
    const Outcome& last = health_.items().find(change.name)->second.last;
    events.push_back(make_event(now, to_string(change.from), to_string(change.to), last));
    events.back().item = change.name;
  }
}

Event CheckRecord::make_event(WallTime now, std::string_view from, std::string_view to,
                              const Outcome& outcome) const {
  Event event;
  event.time = now;
  event.kind = EventKind::kStatus;
  event.check = settings_->name;
  event.from = from;
  event.to = to;
  event.reason = outcome.reason;
  event.phase = outcome.phase;
  event.message = outcome.message;
  return event;
}

void CheckRecord::judge_limits(CheckResult& result, std::optional<Duration> duration) const {
  for (ItemResult& item : result.items) {
    apply_limits(settings_->limits.for_item(item.name), item.measurements, item.outcome);
  }
  apply_limits(settings_->limits.check, result.measurements, result.outcome);
  require_measurements(settings_->limits, result);
  if (settings_->limits.check.empty() || !duration) {
    return;
  }
  std::vector<Measurement> taken_by_engine(1);
  taken_by_engine[0].name = duration_measurement().name;
  taken_by_engine[0].value = to_seconds(*duration);
  apply_limits(settings_->limits.check, taken_by_engine, result.outcome);
}

void CheckRecord::count(const Outcome& outcome, WallTime time) {
  ++runs_[static_cast<std::size_t>(outcome.result)];
  if (outcome.result == Result::kFail) {
    ++consecutive_failures_;
    consecutive_successes_ = 0;
  } else if (outcome.result != Result::kUnknown) {
    ++consecutive_successes_;
    consecutive_failures_ = 0;
    last_success_ = time;
  }
  if (outcome.result == Result::kPass) {
    return;
  }
  for (Problem& problem : problems_) {
    if (problem.result == outcome.result && problem.reason == outcome.reason) {
      ++problem.count;
      return;
    }
  }
  problems_.push_back(Problem{.result = outcome.result, .reason = outcome.reason, .count = 1});
}

void CheckRecord::remember(const CompletedRun& run, Outcome outcome) {
  RunRecord record;
  record.time = run.time;
  record.duration_ms = run.duration ? static_cast<float>(to_seconds(*run.duration) * 1000)
                                    : std::numeric_limits<float>::quiet_NaN();
  record.result = outcome.result;
  record.reason = outcome.reason;
  record.phase = outcome.phase;
  if (!last_ || last_->outcome.result != outcome.result ||
      last_->outcome.reason != outcome.reason) {
    record.message = std::make_shared<const std::string>(outcome.message);
  }
  if (fresh_.size() == kHistoryKept) {
    fresh_.erase(fresh_.begin());
  }
  fresh_.push_back(std::move(record));

  auto view = std::make_shared<RunView>();
  view->time = run.time;
  view->outcome = std::move(outcome);
  view->duration = run.duration;
  view->lag = run.lag;
  view->phases = run.result.phases;
  view->measurements = run.result.measurements;
  view->peer = run.result.peer;
  view->excerpt = run.result.excerpt.substr(0, kMaxExcerpt);
  last_ = view;
  if (view->outcome.result == Result::kFail) {
    last_failure_ = last_;
  }
}

std::shared_ptr<const std::vector<ItemView>> CheckRecord::item_views() const {
  if (health_.items().empty() && items_->empty()) {
    return items_;
  }
  auto views = std::make_shared<std::vector<ItemView>>();
  views->reserve(health_.items().size());
  for (const auto& [name, item] : health_.items()) {
    ItemView view;
    view.name = name;
    view.status = item.tracker.status();
    view.last_known = item.tracker.last_known();
    view.since = item.since;
    view.last = item.last;
    view.measurements = item.measurements;
    views->push_back(std::move(view));
  }
  return views;
}

}  // namespace hale::monitor
