#include "tests/sim/check_oracle.h"

#include <algorithm>
#include <utility>

#include "monitor/runtime/random.h"

namespace hale::sim {

using namespace std::chrono_literals;
using monitor::Phase;

namespace {

constexpr Duration kTurn = 1ms;
constexpr Duration kGrace = 50ms;  // for a cancelled run to end by itself
constexpr Duration kFirstRunWithin = 2s;

std::string text(Duration duration) {
  return std::to_string(monitor::to_seconds(duration)) + " s";
}
std::string text(TimePoint time) {
  return text(time.time_since_epoch());
}
std::string text(Status status) {
  return std::string(monitor::to_string(status));
}

}  // namespace

TimePoint turn_after(TimePoint time) {
  return TimePoint((time.time_since_epoch() + kTurn - 1ns) / kTurn * kTurn);
}

CheckOracle::CheckOracle(const CheckPlan& plan, const std::string& agent, Duration lateness,
                         Verdict& verdict, FaultCounts& counts)
    : plan_(plan),
      verdict_(verdict),
      counts_(counts),
      lateness_(lateness),
      grid_(monitor::stable_hash(agent + '\0' + plan.settings->name), plan.settings->interval),
      health_(*plan.settings) {}

// Whatever came at this moment was due then.
void CheckOracle::demand_in_time(TimePoint due, const Moment& at, Rule rule,
                                 const char* what) const {
  demand(at.now >= due, rule, [&] { return what + (" " + text(due - at.now)) + " early"; });
  demand(at.now <= std::max(turn_after(due), at.stalled) + lateness_, rule,
         [&] { return what + (" " + text(at.now - due)) + " late"; });
}

void CheckOracle::begin(const Moment& at) {
  begun_ = seen_ = last_in_flight_ = at.now;
  revise(at);
}

// --- runs ---

void CheckOracle::on_start(const Moment& at, bool on_demand) {
  if (!on_demand) {
    catch_up(at);
  }
  demand(!run_, Rule::kOneRunAtATime, [] { return "a run starts while another is in flight"; });
  demand(!stopping_, Rule::kStop, [] { return "a run starts after the stop"; });
  run_ = Run{.started = at.now,
             .wall = at.wall,
             .deadline = at.now + settings().timeout,
             .lag = std::nullopt,
             .phase = Phase::kNone,
             .cancelled = Cancelled::kNo,
             .cancelled_at = {},
             .given_up = false};
  if (on_demand || owed_run_) {
    owed_run_ = on_demand && owed_run_;
    run_->lag = Duration::zero();
    return;
  }
  demand(!paused_, Rule::kOnTheGrid, [] { return "a paused check is run"; });
  ++ticks_run_;
  if (first_pending_) {
    serve_first_tick(at);
  } else {
    serve_tick(at);
  }
  last_tick_served_ = at.now;
  revise(at);
}

void CheckOracle::serve_first_tick(const Moment& at) {
  first_pending_ = false;
  const TimePoint latest = begun_ + std::min<Duration>(settings().interval, kFirstRunWithin);
  demand(at.now <= std::max(turn_after(latest), at.stalled) + lateness_, Rule::kFirstRun,
         [&] { return "the first run comes " + text(at.now - begun_) + " after the start"; });
  // When it was due is the engine's secret. Ticks that passed since then are late: without a stall
  // only those that fell into the turn itself.
  NaiveGrid since_due = grid_;
  since_due.begin(at.stalled > begun_ ? begun_ : at.now - kTurn - lateness_);
  since_due.pass(at.now);
  first_slack_ = since_due.due().size();
  grid_.begin(at.now);
}

void CheckOracle::serve_tick(const Moment& at) {
  grid_.pass(at.now);
  std::vector<TimePoint>& due = grid_.due();
  demand(
      !due.empty() || !ticks_were_missed_ || at.now - last_tick_served_ > settings().interval / 2,
      Rule::kNoCatchUp, [] { return "a run for a tick that was missed"; });
  demand(!due.empty(), Rule::kOnTheGrid, [] { return "a run starts although no tick is due"; });
  if (due.empty()) {
    return;
  }
  demand_in_time(due.front(), at, Rule::kOnTheGrid, "a run starts");
  run_->lag = at.now - due.front();
  ticks_were_missed_ = due.size() > 1;
  skips_.total += due.size() - 1;
  skips_.late += due.size() - 1;
  due.clear();
}

void CheckOracle::on_cancelled(const Moment& at, bool by_us) {
  if (!run_) {
    return;  // two were in flight, which is reported already
  }
  run_->cancelled = by_us ? Cancelled::kByUs : Cancelled::kDeadline;
  run_->cancelled_at = at.now;
  if (!by_us) {
    demand_in_time(run_->deadline, at, Rule::kDeadline, "a run is cancelled");
  }
}

void CheckOracle::on_phase(monitor::Phase phase) {
  if (run_) {
    run_->phase = phase;
  }
}

void CheckOracle::on_answer(const Moment& at, const monitor::CheckResult& result) {
  if (!run_) {
    return;  // two were in flight, which is reported already
  }
  catch_up(at);
  const Duration duration = at.now - run_->started;
  if (run_->given_up || run_->cancelled == Cancelled::kByUs) {
    // It does not count any more.
  } else if (run_->cancelled == Cancelled::kDeadline && result.items.empty()) {
    record(at, timed_out(run_->phase));
  } else {
    // Items speak for themselves: what the run had looked at by its deadline counts.
    if (run_->cancelled == Cancelled::kNo) {
      if (at.now == run_->deadline) {
        counts_.add(Fault::kAnswersAtItsDeadline);
      } else if (duration >= settings().timeout / 10 && at.now < run_->deadline) {
        counts_.add(Fault::kSlowInTime);
      }
    }
    record(at, judge(plan_, result, duration, counts_));
  }
  ended(at);
}

void CheckOracle::on_throw(const Moment& at) {
  if (!run_) {
    return;  // two were in flight, which is reported already
  }
  catch_up(at);
  if (run_->given_up || run_->cancelled == Cancelled::kByUs) {
    // It does not count any more.
  } else if (run_->cancelled == Cancelled::kDeadline) {
    record(at, timed_out(run_->phase));
  } else {
    counts_.add(run_->phase == Phase::kNone ? Fault::kThrowsAtOnce : Fault::kThrowsLater);
    record(at, threw(run_->phase));
  }
  ended(at);
}

void CheckOracle::ended(const Moment& at) {
  if (run_->cancelled == Cancelled::kDeadline && !run_->given_up) {
    counts_.add(Fault::kNeverAnswers);
  }
  if (run_->given_up) {
    counts_.add(Fault::kIgnoresCancellation);
    if (sight_lost_) {
      counts_.add(Fault::kHangsUntilStale);
    }
  }
  run_.reset();
  last_in_flight_ = at.now;
  revise(at);
}

// --- what time brings about ---

// A run that ignores its cancellation is left behind after the grace.
std::optional<TimePoint> CheckOracle::give_up_due() const {
  if (!run_ || run_->cancelled == Cancelled::kNo || run_->given_up) {
    return std::nullopt;
  }
  return run_->cancelled_at + kGrace;
}

std::optional<TimePoint> CheckOracle::stale_due() const {
  if (paused_ || sight_lost_) {
    return std::nullopt;
  }
  return seen_ + settings().stale_after;
}

bool CheckOracle::do_next_due(const Moment& at) {
  const auto is_next = [&](std::optional<TimePoint> due, auto... others) {
    return due && *due <= at.beat && ((!others || *due <= *others) && ...);
  };
  const auto grace = give_up_due();
  const auto stale = stale_due();
  const auto pause_end = paused_ ? pause_until_ : std::nullopt;
  if (is_next(grace, stale, pause_end)) {
    give_up(at);
  } else if (is_next(stale, grace, pause_end)) {
    lose_sight(at);
  } else if (is_next(pause_end, grace, stale)) {
    resume(at);
  } else {
    return false;
  }
  return true;
}

void CheckOracle::catch_up(const Moment& at) {
  while (do_next_due(at)) {
  }
}

void CheckOracle::give_up(const Moment& at) {
  run_->given_up = true;
  if (run_->cancelled == Cancelled::kDeadline) {
    record(at, timed_out(run_->phase));
  }
  revise(at);
}

// --- results and statuses ---

void CheckOracle::record(const Moment& at, const Judged& judged) {
  switch (judged.result) {
    case Result::kFail:
      counts_.add(Fault::kFails);
      break;
    case Result::kWarn:
      counts_.add(Fault::kWarns);
      break;
    case Result::kUnknown:
      counts_.add(Fault::kUnknown);
      break;
    case Result::kPass:
      break;
  }
  Recorded recorded{
      .result = judged.result,
      .reason = judged.reason,
      .phase = judged.phase,
      .time = run_->wall,
      .duration = at.now - run_->started,
      .lag = run_->lag,
      .totals = recorded_.empty() ? decltype(Recorded::totals){} : recorded_.back().totals,
      .success = recorded_.empty() ? monitor::SloCount{} : recorded_.back().success,
      .latency = recorded_.empty() ? monitor::SloCount{} : recorded_.back().latency};
  ++recorded.totals.at(static_cast<std::size_t>(judged.result));
  count_for_slo(judged, recorded);
  recorded_.push_back(recorded);
  if (judged.result == Result::kFail) {
    ++consecutive_failures_;
    consecutive_successes_ = 0;
  } else if (judged.result != Result::kUnknown) {
    ++consecutive_successes_;
    consecutive_failures_ = 0;
    last_success_ = run_->wall;
  }
  const Status before = status();
  const auto items = health_.add(judged.look, judged.items, judged.listed);
  seen_ = at.now;
  sight_lost_ = false;
  change_status(at, before, judged.item, items);
  adapt_interval(at);
  revise(at);
}

// docs/slo.md, "What counts".
void CheckOracle::count_for_slo(const Judged& judged, Recorded& recorded) const {
  if (!settings().slo || paused_ || judged.result == Result::kUnknown) {
    return;
  }
  using monitor::Reason;
  const bool failed = judged.result == Result::kFail;
  const bool in_vain = failed && judged.reason == Reason::kTimeout;
  const bool answered = !failed || judged.reason == Reason::kStatus ||
                        judged.reason == Reason::kValidation ||
                        judged.reason == Reason::kThreshold || judged.reason == Reason::kAuth;
  ++recorded.success.total;
  recorded.success.good += failed ? 0 : 1;
  if (answered || in_vain) {
    ++recorded.latency.total;
    const Duration limit = *settings().slo->objectives[1].latency;
    recorded.latency.good += answered && recorded.duration <= limit ? 1 : 0;
  }
}

// One incident is one event: items only where the check as a whole stays as it is.
void CheckOracle::change_status(const Moment& at, Status before, const std::string& deciding_item,
                                const std::vector<NaiveItemChange>& items) {
  const Status now = status();
  if (now != before) {
    changes_.push_back({.from = before, .to = now, .at = at.wall});
    expected_.push_back({.item = deciding_item, .from = before, .to = now});
    return;
  }
  for (const NaiveItemChange& item : items) {
    const bool new_and_well = item.from == Status::kPending && item.to == Status::kHealthy;
    if (!paused_ && !new_and_well) {
      expected_.push_back({.item = item.item, .from = item.from, .to = item.to});
    }
  }
}

void CheckOracle::lose_sight(const Moment& at) {
  const Status before = status();
  health_.lose_sight();
  sight_lost_ = true;
  change_status(at, before);
  adapt_interval(at);
  revise(at);
}

void CheckOracle::adapt_interval(const Moment& at) {
  const bool calm = health_.status() == Status::kHealthy && !health_.confirming();
  const Duration wanted = calm ? settings().interval : settings().interval_unhealthy;
  if (wanted != grid_.interval()) {
    grid_.change(wanted, at.now);
  }
}

void CheckOracle::on_event(const Moment& at, const monitor::Event& event) {
  while (expected_.empty() && do_next_due(at)) {
  }
  const std::string said = event.item + " " + event.from + " > " + event.to;
  demand(!expected_.empty(), Rule::kStatus, [&] { return "unexpected event:" + said; });
  if (expected_.empty()) {
    return;
  }
  const Expected expected = expected_.front();
  expected_.pop_front();
  const std::string wanted = expected.item + " " + text(expected.from) + " > " + text(expected.to);
  demand(said == wanted, Rule::kStatus,
         [&] { return "the event says" + said + ", the rules say" + wanted; });
  demand(event.time == at.wall, Rule::kEvents, [] { return "an event with another time"; });
}

// --- commands ---

void CheckOracle::pause(const Moment& at, std::optional<TimePoint> until) {
  // What has passed until now had not been paused.
  grid_.pass(at.now);
  skips_.total += grid_.due().size();
  skips_.late += grid_.due().size();
  grid_.due().clear();
  grid_.end();
  owed_run_ = false;
  const Status before = status();
  paused_ = true;
  pause_until_ = until;
  first_pending_ = false;
  change_status(at, before);
  revise(at);
}

void CheckOracle::resume(const Moment& at) {
  if (!paused_) {
    return;
  }
  const Status before = status();
  // A run whose deadline came first has been cancelled by now, even if it has yet to notice.
  const TimePoint resumed = pause_until_ ? std::min(*pause_until_, at.beat) : at.beat;
  const bool expired = run_ && run_->deadline <= resumed;
  paused_ = false;
  pause_until_.reset();
  health_.reset();
  seen_ = at.now;
  sight_lost_ = false;
  grid_.begin(at.now);
  // A run on demand that is in flight serves as well.
  owed_run_ = !run_ || cancelled() || expired;
  change_status(at, before);
  revise(at);
}

// --- the end of a turn ---

void CheckOracle::end_of_turn(const Moment& at) {
  catch_up(at);
  const auto passed = [&](std::optional<TimePoint> due) {
    return due && turn_after(*due) <= at.now;
  };
  const bool runs_on = run_ && run_->cancelled == Cancelled::kNo;
  demand(!runs_on || (run_->deadline > at.beat && !passed(run_->deadline)), Rule::kDeadline, [&] {
    return "a run is still in flight " + text(at.now - run_->deadline) + " after its deadline";
  });
  demand(!passed(give_up_due()), Rule::kDeadline, [] { return "a run is not left behind"; });
  demand(expected_.empty(), Rule::kEvents, [&] {
    return "no event for " + expected_.front().item + " " + text(expected_.front().from) + " > " +
           text(expected_.front().to);
  });
  if (stopping_) {
    return;
  }
  demand(
      !first_pending_ || !passed(begun_ + std::min<Duration>(settings().interval, kFirstRunWithin)),
      Rule::kFirstRun, [] { return "the first run did not come"; });
  demand(!paused_ || !passed(pause_until_), Rule::kStatus, [] { return "the pause did not end"; });
  demand(!passed(stale_due()), Rule::kStatus, [&] {
    return "it reads " + text(status()) + " although no run was completed for " +
           text(at.now - seen_);
  });
  demand(!owed_run_ || run_, Rule::kCommands, [] { return "a resume did not run the check"; });
  account_for_ticks(at);
}

// Ticks that the engine has got to without starting a run: one was in flight.
void CheckOracle::account_for_ticks(const Moment& at) {
  grid_.pass(at.beat);
  std::vector<TimePoint>& due = grid_.due();
  // A change of the interval between two turns has looked further ahead than the engine has.
  const auto ahead = std::ranges::upper_bound(due, at.beat);
  const auto passed = static_cast<std::uint64_t>(ahead - due.begin());
  if (passed > 0) {
    demand(run_ || last_in_flight_ >= due.front(), Rule::kOnTheGrid, [&] {
      return "the tick at " + text(due.front()) + " was not run although nothing is in flight";
    });
    skips_.total += passed;
    skips_.late += passed - 1;
    // Stuck, if the run had been left behind by then; perhaps, if that happened in the same turn,
    // or the run has ended meanwhile.
    const bool stuck = run_ && run_->given_up;
    skips_.stuck_low += stuck && run_->cancelled_at + kGrace < due.front() ? 1 : 0;
    skips_.stuck_high += stuck || !run_ || run_->started >= due.front() ? 1 : 0;
    due.erase(due.begin(), ahead);
    revise(at);
  }
  grid_.pass(at.now);
  demand(due.empty() || turn_after(due.front()) > at.now, Rule::kOnTheGrid,
         [&] { return "nobody has seen the tick at " + text(due.front()); });
}

}  // namespace hale::sim
