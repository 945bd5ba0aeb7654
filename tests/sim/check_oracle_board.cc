// The board as readers see it, compared with what the oracle knows. A view may be as old as the
// engine may publish late, so each figure has to lie within what it was since then; within one view
// everything has to fit together exactly.
#include <algorithm>
#include <string>

#include "tests/sim/check_oracle.h"

namespace hale::sim {

using namespace std::chrono_literals;
using monitor::CheckView;
using monitor::SkipCause;

namespace {

constexpr Duration kPublishInterval = 100ms;
constexpr std::size_t kHistoryKept = 100;

std::uint64_t sum(const auto& counts) {
  std::uint64_t sum = 0;
  for (const std::uint64_t count : counts) {
    sum += count;
  }
  return sum;
}

std::uint64_t skipped_for(const CheckView& view, SkipCause cause) {
  return view.skipped.at(static_cast<std::size_t>(cause));
}

std::uint64_t transitions(const CheckView& view) {
  std::uint64_t sum = 0;
  for (const monitor::Transition& transition : view.transitions) {
    sum += transition.count;
  }
  return sum;
}

std::string range(std::uint64_t value, std::uint64_t low, std::uint64_t high) {
  return std::to_string(value) + " and not " + std::to_string(low) + " to " + std::to_string(high);
}

}  // namespace

void CheckOracle::revise(const Moment& at) {
  revisions_.push_back({.since = at.now,
                        .recorded = recorded_.size(),
                        .changes = changes_.size(),
                        .skips = skips_,
                        .stuck = run_ && run_->given_up,
                        .known = health_.known(),
                        .interval = grid_.interval(),
                        .items = health_.items()});
}

void CheckOracle::compare_reply(const CheckView& view, std::size_t changes) const {
  demand(sum(view.runs) <= recorded_.size() && transitions(view) >= changes, Rule::kCommands,
         [] { return "a command is answered before its effect can be read"; });
}

void CheckOracle::compare(const Moment& at, const CheckView& view) {
  // What was superseded longer ago than this must not be seen any more.
  const Duration may_lag = kPublishInterval + 2 * (1ms + lateness_);
  while (revisions_.size() > 1 && std::max(revisions_[1].since, at.stalled) + may_lag <= at.now) {
    revisions_.pop_front();
  }
  if (&view == compared_ && revisions_.size() == 1) {
    return;
  }
  compare_counts(at, view);
  if (&view == compared_ || verdict_.broken()) {
    return;
  }
  compared_ = &view;
  compare_history(view);
  compare_state(view);
  compare_next_run(at, view);
}

void CheckOracle::compare_counts(const Moment& at, const CheckView& view) {
  const Revision& oldest = revisions_.front();
  const Revision& newest = revisions_.back();
  const std::uint64_t runs = sum(view.runs);
  demand(oldest.recorded <= runs && runs <= newest.recorded, Rule::kFreshBoard,
         [&] { return "runs " + range(runs, oldest.recorded, newest.recorded); });
  const std::uint64_t changes = transitions(view);
  demand(oldest.changes <= changes && changes <= newest.changes, Rule::kFreshBoard,
         [&] { return "transitions " + range(changes, oldest.changes, newest.changes); });

  const std::uint64_t skips = sum(view.skipped);
  if (first_slack_ > 0 && revisions_.size() == 1 && at.now > oldest.since) {
    // How many ticks passed between the first run's time and the first run is the engine's
    // secret; from here on it is known.
    const std::uint64_t passed = skips - std::min(skips, skips_.total);
    demand(passed <= first_slack_, Rule::kSkipsCounted,
           [&] { return "skips before the first run " + range(passed, 0, first_slack_); });
    skips_.total += passed;
    skips_.late += passed;
    first_slack_ = 0;
    revisions_.back().skips = skips_;
  }
  const std::uint64_t most = newest.skips.total + first_slack_;
  demand(oldest.skips.total <= skips && skips <= most, Rule::kSkipsCounted,
         [&] { return "skipped ticks " + range(skips, oldest.skips.total, most); });
  const std::uint64_t late = skipped_for(view, SkipCause::kLate);
  const std::uint64_t most_late = newest.skips.late + first_slack_;
  demand(oldest.skips.late <= late && late <= most_late, Rule::kSkipsCounted,
         [&] { return "late ticks " + range(late, oldest.skips.late, most_late); });
  const std::uint64_t stuck = skipped_for(view, SkipCause::kStuck);
  demand(oldest.skips.stuck_low <= stuck && stuck <= newest.skips.stuck_high, Rule::kSkipsCounted,
         [&] {
           return "ticks skipped as stuck " +
                  range(stuck, oldest.skips.stuck_low, newest.skips.stuck_high);
         });
}

void CheckOracle::compare_history(const CheckView& view) {
  const std::size_t runs = sum(view.runs);
  if (runs == 0) {
    demand(!view.last && view.history->empty(), Rule::kResult,
           [] { return "a run out of nowhere"; });
    return;
  }
  const Recorded& last = recorded_[runs - 1];
  compare_slo(view, last);
  demand(view.runs == last.totals, Rule::kResult, [] { return "runs counted by other results"; });
  demand(view.last && view.last->outcome.result == last.result &&
             view.last->outcome.reason == last.reason && view.last->outcome.phase == last.phase,
         Rule::kResult, [&] {
           return "the last run is " + std::string(monitor::to_string(view.last->outcome.result)) +
                  "/" + std::string(monitor::to_string(view.last->outcome.reason)) + " and not " +
                  std::string(monitor::to_string(last.result)) + "/" +
                  std::string(monitor::to_string(last.reason));
         });
  demand(view.last->time == last.time && view.last_run == last.time &&
             view.last->duration == last.duration && (!last.lag || view.last->lag == *last.lag),
         Rule::kResult, [] { return "time, duration or lag of the last run"; });
  const monitor::History& history = *view.history;
  demand(history.size() == std::min(runs, kHistoryKept), Rule::kResult,
         [&] { return "history of " + std::to_string(history.size()); });
  for (std::size_t back = 0; back < history.size(); ++back) {
    const monitor::RunRecord& row = history[history.size() - 1 - back];
    const Recorded& run = recorded_[runs - 1 - back];
    demand(row.time == run.time && row.result == run.result && row.reason == run.reason &&
               row.phase == run.phase,
           Rule::kResult, [&] { return "history, " + std::to_string(back) + " rows back"; });
  }
}

void CheckOracle::compare_slo(const CheckView& view, const Recorded& last) const {
  demand((view.slo != nullptr) == (settings().slo != nullptr) && view.by_slo == nullptr,
         Rule::kResult, [] { return "an SLO out of nowhere, or none"; });
  if (view.slo == nullptr) {
    return;
  }
  const auto compare = [&](const monitor::SloStand& stand, const monitor::SloCount& counted) {
    demand(stand.ever.good == counted.good && stand.ever.total == counted.total, Rule::kResult,
           [&] {
             return std::to_string(stand.ever.good) + " of " + std::to_string(stand.ever.total) +
                    " good ones, and not " + std::to_string(counted.good) + " of " +
                    std::to_string(counted.total);
           });
    demand(stand.window.total <= counted.total && stand.window.good <= counted.good, Rule::kResult,
           [] { return "more in the window than ever"; });
  };
  compare(view.slo->stands[0], last.success);
  compare(view.slo->stands[1], last.latency);
}

void CheckOracle::compare_state(const CheckView& view) {
  const std::size_t changes = transitions(view);
  const Status status = changes == 0 ? Status::kPending : changes_[changes - 1].to;
  demand(view.status == status, Rule::kStatus, [&] {
    return std::string(monitor::to_string(view.status)) + " and not " +
           std::string(monitor::to_string(status));
  });
  demand(changes == 0 || view.since == changes_[changes - 1].at, Rule::kStatus,
         [] { return "since another time"; });
  demand((view.pause != nullptr) == (status == Status::kPaused), Rule::kStatus,
         [] { return "a pause without being paused, or the other way round"; });
  for (const monitor::Transition& transition : view.transitions) {
    const auto count = static_cast<std::uint64_t>(
        std::count_if(changes_.begin(), changes_.begin() + static_cast<std::ptrdiff_t>(changes),
                      [&](const Change& change) {
                        return change.from == transition.from && change.to == transition.to;
                      }));
    demand(count == transition.count, Rule::kEvents,
           [] { return "transitions that are not the events"; });
  }
  std::vector<std::pair<std::string, Status>> items;
  for (const monitor::ItemView& item : *view.items) {
    items.emplace_back(item.name, item.status);
  }
  const auto any = [&](auto holds) {
    return std::any_of(revisions_.begin(), revisions_.end(), holds);
  };
  demand(any([&](const Revision& revision) { return revision.items == items; }), Rule::kStatus,
         [&] {
           std::string text = "items";
           for (const auto& [item, item_status] : items) {
             text += " " + item + " " + std::string(monitor::to_string(item_status));
           }
           return text;
         });
  demand(any([&](const Revision& revision) { return revision.known == view.last_known; }),
         Rule::kStatus,
         [&] { return "last known as " + std::string(monitor::to_string(view.last_known)); });
  demand(any([&](const Revision& revision) { return revision.stuck == view.stuck; }), Rule::kStatus,
         [&] { return view.stuck ? "stuck" : "not stuck"; });
  demand(any([&](const Revision& revision) { return revision.interval == view.interval; }),
         Rule::kOnTheGrid, [] { return "another interval"; });
  if (sum(view.runs) == recorded_.size()) {
    demand(view.consecutive_failures == consecutive_failures_ &&
               view.consecutive_successes == consecutive_successes_ &&
               view.last_success == last_success_,
           Rule::kResult, [] { return "failures or successes in a row"; });
  }
}

void CheckOracle::compare_next_run(const Moment& at, const CheckView& view) {
  demand(view.next_run.has_value() == (view.status != Status::kPaused), Rule::kOnTheGrid,
         [] { return "a next run although paused, or none although not"; });
  if (!view.next_run || first_pending_ || view.interval != grid_.interval() || paused_) {
    return;
  }
  // The view is new: a tick that is still due, or one of the grid.
  const TimePoint next = at.now + (*view.next_run - at.wall);
  demand(next <= at.now || (grid_.has(next) && next - at.now <= grid_.interval()), Rule::kOnTheGrid,
         [&] { return "the next run in " + std::to_string(monitor::to_seconds(next - at.now)); });
}

}  // namespace hale::sim
