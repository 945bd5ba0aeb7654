#include "tests/sim/oracle.h"

#include <algorithm>
#include <numeric>

namespace hale::sim {

using monitor::CommandErrorKind;
using monitor::Event;
using What = Trace::What;

namespace {

// The status of that name, as a number; -1: no such status.
std::int64_t number(std::string_view status) {
  for (int i = 0; i < monitor::kStatusCount; ++i) {
    if (monitor::to_string(static_cast<Status>(i)) == status) {
      return i;
    }
  }
  return -1;
}

}  // namespace

Oracle::Oracle(const Plan& plan, const std::string& agent, testing::SimClock& clock,
               const monitor::Board& board, Verdict& verdict, FaultCounts& counts, Trace& trace)
    : plan_(plan),
      clock_(clock),
      board_(board),
      verdict_(verdict),
      counts_(counts),
      trace_(trace),
      by_name_(plan.checks.size()) {
  checks_.reserve(plan.checks.size());
  for (const CheckPlan& check : plan.checks) {
    checks_.emplace_back(check, agent, plan.lateness, verdict, counts);
  }
  std::iota(by_name_.begin(), by_name_.end(), std::size_t{0});
  std::sort(by_name_.begin(), by_name_.end(),
            [this](std::size_t a, std::size_t b) { return checks_[a].name() < checks_[b].name(); });
}

Moment Oracle::moment() {
  const TimePoint now = clock_.now();
  // Alive that much later means that its last beat was now.
  if (board_.alive(now + monitor::Board::kStallAfter)) {
    beat_ = now;
  }
  return {.now = now, .wall = clock_.wall_now(), .beat = beat_, .stalled = stall_end_};
}

void Oracle::begin() {
  stall_end_ = beat_ = clock_.now();
  for (CheckOracle& check : checks_) {
    check.begin(moment());
  }
}

std::size_t Oracle::index_of(const std::string& name) const {
  const auto found = std::find_if(checks_.begin(), checks_.end(),
                                  [&](const CheckOracle& check) { return check.name() == name; });
  return static_cast<std::size_t>(found - checks_.begin());
}

// --- from the checks ---

void Oracle::on_start(std::size_t check) {
  const bool on_demand = command_ == Command::kRun && commanded_ == check;
  trace_.add(clock_.now(), What::kStart, check, on_demand ? 0 : 1);
  checks_[check].on_start(moment(), on_demand);
}

void Oracle::on_cancelled(std::size_t check) {
  const bool by_us =
      command_ == Command::kStop || (command_ == Command::kPause && commanded_ == check);
  trace_.add(clock_.now(), What::kCancelled, check, by_us ? 1 : 0);
  checks_[check].on_cancelled(moment(), by_us);
}

void Oracle::on_answer(std::size_t check, const monitor::CheckResult& result) {
  trace_.add(clock_.now(), What::kEnd, check, static_cast<std::int64_t>(result.outcome.result),
             static_cast<std::int64_t>(result.items.size()));
  checks_[check].on_answer(moment(), result);
}

void Oracle::on_throw(std::size_t check) {
  trace_.add(clock_.now(), What::kThrow, check);
  checks_[check].on_throw(moment());
}

// --- from the engine ---

void Oracle::on_event(const Event& event) {
  ++events_;
  verdict_.demand(event.id == events_, Rule::kEvents, [&] {
    return "event " + std::to_string(event.id) + " is the " + std::to_string(events_) + "th";
  });
  if (event.kind == monitor::EventKind::kAgent) {
    return;
  }
  const std::size_t check = index_of(event.check);
  verdict_.demand(check < checks_.size(), Rule::kEvents,
                  [&] { return "an event of \"" + event.check + "\""; });
  if (check < checks_.size()) {
    trace_.add(clock_.now(), What::kEvent, check, number(event.from), number(event.to));
    checks_[check].on_event(moment(), event);
  }
}

// --- commands ---

monitor::ReplyHandler Oracle::before_run(std::size_t check) {
  CheckOracle& oracle = checks_[check];
  trace_.add(clock_.now(), What::kRun, check);
  counts_.add(oracle.cancelled()   ? Fault::kRunWhileStuck
              : oracle.in_flight() ? Fault::kRunInFlight
              : oracle.paused()    ? Fault::kRunWhilePaused
                                   : Fault::kRunIdle);
  return expect(check, Command::kRun);
}

monitor::ReplyHandler Oracle::before_pause(std::size_t check, std::optional<Duration> duration) {
  CheckOracle& oracle = checks_[check];
  trace_.add(clock_.now(), What::kPause, check, duration ? duration->count() : -1);
  counts_.add(duration ? Fault::kPauseTimed : Fault::kPauseOpen);
  if (oracle.cancelled()) {
    counts_.add(Fault::kPauseWhileStuck);
  } else if (oracle.in_flight()) {
    counts_.add(Fault::kPauseInFlight);
  } else if (oracle.paused()) {
    counts_.add(Fault::kPauseWhilePaused);
  }
  auto reply = expect(check, Command::kPause);
  std::optional<TimePoint> until;
  if (duration) {
    until = clock_.now() + *duration;
  }
  oracle.pause(moment(), until);
  pending_.back()->changes = oracle.changes();
  return reply;
}

monitor::ReplyHandler Oracle::before_resume(std::size_t check) {
  CheckOracle& oracle = checks_[check];
  trace_.add(clock_.now(), What::kResume, check);
  counts_.add(!oracle.paused()     ? Fault::kResumeNotPaused
              : oracle.cancelled() ? Fault::kResumeWhileStuck
                                   : Fault::kResumePaused);
  auto reply = expect(check, Command::kResume);
  oracle.resume(moment());
  pending_.back()->changes = oracle.changes();
  return reply;
}

void Oracle::before_stop() {
  trace_.add(clock_.now(), What::kStop);
  command_ = Command::kStop;
  for (CheckOracle& check : checks_) {
    check.stop();
  }
}

monitor::ReplyHandler Oracle::expect(std::size_t check, Command command) {
  command_ = command;
  commanded_ = check;
  auto pending =
      std::make_shared<Pending>(Pending{.check = check, .command = command, .answered = false});
  pending_.push_back(pending);
  return [this, pending](const auto& reply) { on_reply(*pending, reply); };
}

void Oracle::on_reply(Pending& pending,
                      const std::expected<monitor::CommandReply, monitor::CommandError>& reply) {
  CheckOracle& oracle = checks_[pending.check];
  trace_.add(clock_.now(), What::kReply, pending.check,
             reply ? 0 : 1 + static_cast<std::int64_t>(reply.error().kind));
  verdict_.demand(!pending.answered, Rule::kCommands,
                  [&] { return oracle.name() + ": a command is answered twice"; });
  pending.answered = true;
  oracle.catch_up(moment());
  if (reply) {
    const auto view = board_.view();
    verdict_.demand(reply->check && view->find(oracle.name()) == reply->check, Rule::kCommands,
                    [&] { return oracle.name() + ": the answer is not on the board"; });
    if (reply->check) {
      oracle.compare_reply(*reply->check, pending.changes);
    }
  }
  if (pending.command == Command::kRun) {
    return on_run_reply(pending, reply);
  }
  verdict_.demand(reply.has_value(), Rule::kCommands, [&] {
    return oracle.name() + ": a pause or a resume is refused: " + reply.error().message;
  });
}

void Oracle::on_run_reply(
    const Pending& pending,
    const std::expected<monitor::CommandReply, monitor::CommandError>& reply) {
  CheckOracle& oracle = checks_[pending.check];
  if (reply) {
    const auto& recorded = oracle.recorded();
    verdict_.demand(!recorded.empty() && reply->run && reply->run == reply->check->last &&
                        reply->check->runs == recorded.back().totals &&
                        reply->run->time == recorded.back().time &&
                        reply->run->outcome.result == recorded.back().result,
                    Rule::kCommands, [&] { return oracle.name() + ": the answer is another run"; });
    return;
  }
  // A refusal needs its reason: a run that was cancelled and goes on, a pause, the stop.
  const CommandErrorKind kind = reply.error().kind;
  const bool being_given = command_ == Command::kRun && commanded_ == pending.check;
  const bool fits = kind == CommandErrorKind::kStuck ? being_given && oracle.cancelled()
                    : kind == CommandErrorKind::kCancelled
                        ? oracle.paused() || oracle.status() == Status::kPending
                    : kind == CommandErrorKind::kStopping ? oracle.stopping()
                                                          : false;
  verdict_.demand(fits, Rule::kCommands,
                  [&] { return oracle.name() + ": refused: " + reply.error().message; });
}

// --- the end of a turn ---

void Oracle::end_of_turn() {
  const Moment at = moment();
  for (CheckOracle& check : checks_) {
    check.end_of_turn(at);
  }
  std::erase_if(pending_, [&](const auto& pending) {
    verdict_.demand(pending->answered ||
                        (pending->command == Command::kRun && checks_[pending->check].in_flight()),
                    Rule::kCommands, [&] {
                      return checks_[pending->check].name() + ": a command was not answered";
                    });
    return pending->answered;
  });
  compare_board();
}

void Oracle::at_the_end() {
  verdict_.demand(std::all_of(pending_.begin(), pending_.end(),
                              [](const auto& pending) { return pending->answered; }),
                  Rule::kCommands, [] { return std::string("a command was never answered"); });
  for (const CheckOracle& check : checks_) {
    verdict_.demand(check.same_from_scratch(), Rule::kStatus,
                    [&] { return check.name() + ": not the same from scratch"; });
  }
}

bool Oracle::any_in_flight() const {
  return std::any_of(checks_.begin(), checks_.end(),
                     [](const CheckOracle& check) { return check.in_flight(); });
}

// --- the board as a whole ---

void Oracle::compare_board() {
  const auto view = board_.view();
  const Moment at = moment();
  verdict_.demand(view->checks.size() == checks_.size(), Rule::kFreshBoard,
                  [] { return std::string("checks are missing on the board"); });
  for (std::size_t i = 0; i < view->checks.size() && !verdict_.broken(); ++i) {
    CheckOracle& check = checks_[by_name_[i]];
    verdict_.demand(view->checks[i]->settings->name == check.name(), Rule::kFreshBoard,
                    [] { return std::string("checks in another order"); });
    check.compare(at, *view->checks[i]);
  }
  if (view->version != version_ && !verdict_.broken()) {
    verdict_.demand(view->version > version_, Rule::kFreshBoard,
                    [] { return std::string("an older version of the board"); });
    version_ = view->version;
    compare_overall(*view);
    compare_groups(*view);
    compare_events(*view);
  }
}

namespace {

// SURFACE.md, "Overall" and "Score", over what the board says of the checks.
struct NaiveOverall {
  bool critical_unhealthy = false;
  bool critical_pending = false;
  bool decided = false;
  bool trouble = false;
  int weights = 0;
  int twice = 0;

  void add(const monitor::CheckView& check) {
    const Status status = check.status;
    if (status == Status::kPaused) {
      return;
    }
    const bool critical = check.settings->critical;
    if (status == Status::kPending) {
      critical_pending |= critical;
      return;
    }
    const bool blind = status == Status::kUnknown;
    const bool unhealthy =
        status == Status::kUnhealthy || (blind && check.last_known == Status::kUnhealthy);
    decided |= check.last_known != Status::kPending;
    critical_unhealthy |= critical && unhealthy;
    trouble |= unhealthy || blind || status == Status::kDegraded;
    const int weight = critical ? 4 : 1;
    weights += weight;
    twice += status == Status::kHealthy ? 2 * weight : status == Status::kUnhealthy ? 0 : weight;
  }

  Status status() const {
    if (critical_unhealthy) {
      return Status::kUnhealthy;
    }
    if (critical_pending || !decided) {
      return Status::kUnknown;
    }
    return trouble ? Status::kDegraded : Status::kHealthy;
  }

  std::optional<int> score() const {
    if (weights == 0) {
      return std::nullopt;
    }
    const int score = 50 * twice / weights;
    return critical_unhealthy ? std::min(score, 49) : score;
  }
};

}  // namespace

void Oracle::compare_overall(const monitor::BoardView& view) {
  NaiveOverall overall;
  for (const auto& check : view.checks) {
    overall.add(*check);
  }
  verdict_.demand(view.rollup.overall() == overall.status(), Rule::kOverall, [&] {
    return "overall " + std::string(monitor::to_string(view.rollup.overall())) + " and not " +
           std::string(monitor::to_string(overall.status()));
  });
  verdict_.demand(view.rollup.score() == overall.score(), Rule::kOverall, [&] {
    return "score " + std::to_string(view.rollup.score().value_or(-1)) + " and not " +
           std::to_string(overall.score().value_or(-1));
  });
}

void Oracle::compare_groups(const monitor::BoardView& view) {
  std::size_t seen = 0;
  for (const monitor::GroupInfo& group : plan_.groups) {
    NaiveOverall overall;
    bool any = false;
    for (const auto& check : view.checks) {
      if (check->settings->group == group.name) {
        overall.add(*check);
        any = true;
      }
    }
    if (!any) {
      continue;
    }
    verdict_.demand(seen < view.groups.size() && view.groups[seen].name == group.name &&
                        view.groups[seen].status == overall.status(),
                    Rule::kOverall, [&] { return "group " + group.name; });
    ++seen;
  }
  verdict_.demand(seen == view.groups.size(), Rule::kOverall,
                  [] { return std::string("a group without checks"); });
}

void Oracle::compare_events(const monitor::BoardView& view) {
  const monitor::EventList& events = *view.events;
  constexpr std::uint64_t kKept = 1000;
  verdict_.demand(!events.empty() && events.back()->id <= events_ &&
                      events.size() == std::min(events.back()->id, kKept) &&
                      events.back()->id - events.front()->id + 1 == events.size(),
                  Rule::kEvents, [] { return std::string("gaps between the events"); });
  std::uint64_t runs = 0;
  for (const CheckOracle& check : checks_) {
    runs += check.ticks_run();
  }
  verdict_.demand(view.scheduler_lag.count() >= ticks_run_ && view.scheduler_lag.count() <= runs,
                  Rule::kOnTheGrid, [&] {
                    return std::to_string(view.scheduler_lag.count()) + " lags of " +
                           std::to_string(runs) + " runs on ticks";
                  });
  ticks_run_ = view.scheduler_lag.count();
}

}  // namespace hale::sim
