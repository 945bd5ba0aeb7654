// What must be true of one check: the oracle follows its runs, as the check itself lives through
// them, counts its ticks, and knows from SURFACE.md what has to come of it. The engine's events are
// compared as they are emitted, what it publishes as it is published.
//
// The engine gets to what is due in turns, at whole milliseconds, and beats its heart at each: so
// what was due by the last beat has been done, in the order of time, and what is due by a turn that
// has passed without a beat is a violation. After a stall the turn comes at once.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "monitor/board.h"
#include "tests/sim/faults.h"
#include "tests/sim/judge.h"
#include "tests/sim/naive_grid.h"
#include "tests/sim/naive_health.h"
#include "tests/sim/plan.h"
#include "tests/sim/verdict.h"

namespace hale::sim {

using monitor::Duration;
using monitor::TimePoint;
using monitor::WallTime;

// The moment at which something is observed.
struct Moment {
  TimePoint now;
  WallTime wall;
  TimePoint beat;     // the engine's last turn
  TimePoint stalled;  // the end of the last stall: what was due before could not come earlier
};

// The first turn of the loop at or after `time`.
TimePoint turn_after(TimePoint time);

class CheckOracle {
 public:
  CheckOracle(const CheckPlan& plan, const std::string& agent, Duration lateness, Verdict& verdict,
              FaultCounts& counts);

  void begin(const Moment& at);  // the engine starts

  // --- what the check lives through ---
  void on_start(const Moment& at, bool on_demand);
  void on_cancelled(const Moment& at, bool by_us);
  void on_phase(monitor::Phase phase);
  void on_answer(const Moment& at, const monitor::CheckResult& result);
  void on_throw(const Moment& at);

  // --- what the engine says ---
  void on_event(const Moment& at, const monitor::Event& event);

  // --- what is asked of the engine ---
  void pause(const Moment& at, std::optional<TimePoint> until);
  void resume(const Moment& at);
  void stop() { stopping_ = true; }

  // What only time brings about, as far as the engine has got: a run is left behind, sight is lost,
  // a pause ends.
  void catch_up(const Moment& at);

  // No alarm is due any more: what had to happen by now has happened.
  void end_of_turn(const Moment& at);

  // What a reader of the board sees, and what a command was answered with: that must be up to date.
  void compare(const Moment& at, const monitor::CheckView& view);
  void compare_reply(const monitor::CheckView& view, std::size_t changes) const;

  // --- the state, for the world to choose what to do ---
  bool in_flight() const { return run_.has_value(); }
  bool cancelled() const { return run_ && run_->cancelled != Cancelled::kNo; }
  bool stuck() const { return run_ && run_->given_up; }
  bool paused() const { return paused_; }
  bool stopping() const { return stopping_; }
  Status status() const { return paused_ ? Status::kPaused : health_.status(); }
  bool begun() const { return !first_pending_; }
  const std::string& name() const { return plan_.settings->name; }
  const monitor::CheckSettings& settings() const { return *plan_.settings; }
  std::uint64_t skipped() const { return skips_.total; }
  std::uint64_t ticks_run() const { return ticks_run_; }
  bool same_from_scratch() const { return health_.same_from_scratch(); }

  // The last recorded run, to compare a reply with.
  struct Recorded {
    Result result = Result::kPass;
    monitor::Reason reason = monitor::Reason::kNone;
    monitor::Phase phase = monitor::Phase::kNone;
    WallTime time;
    Duration duration{};
    std::optional<Duration> lag;  // absent: not known to the oracle
    std::array<std::uint64_t, monitor::kResultCount> totals{};
    monitor::SloCount success;  // both since the start
    monitor::SloCount latency;
  };
  const std::vector<Recorded>& recorded() const { return recorded_; }
  std::size_t changes() const { return changes_.size(); }  // of the status, so far

 private:
  enum class Cancelled { kNo, kDeadline, kByUs };
  struct Run {
    TimePoint started;
    WallTime wall;
    TimePoint deadline;
    std::optional<Duration> lag;
    monitor::Phase phase = monitor::Phase::kNone;
    Cancelled cancelled = Cancelled::kNo;
    TimePoint cancelled_at;
    bool given_up = false;
  };
  struct Change {
    Status from = Status::kPending;
    Status to = Status::kPending;
    WallTime at;
  };
  struct Expected {
    std::string item;
    Status from = Status::kPending;
    Status to = Status::kPending;
  };
  // Bounds where the instant does not tell whether the run was stuck already.
  struct Skips {
    std::uint64_t total = 0;
    std::uint64_t late = 0;
    std::uint64_t stuck_low = 0;
    std::uint64_t stuck_high = 0;
  };
  // What the board may show.
  struct Revision {
    TimePoint since;
    std::size_t recorded = 0;
    std::size_t changes = 0;
    Skips skips;
    bool stuck = false;
    Status known = Status::kPending;
    Duration interval{};
    std::vector<std::pair<std::string, Status>> items;
  };

  template <class What>
  void demand(bool holds, Rule rule, What what) const {
    verdict_.demand(holds, rule, [&] { return name() + ": " + what(); });
  }
  void ended(const Moment& at);
  void record(const Moment& at, const Judged& judged);
  void count_for_slo(const Judged& judged, Recorded& recorded) const;
  void change_status(const Moment& at, Status before, const std::string& deciding_item = "",
                     const std::vector<NaiveItemChange>& items = {});
  void lose_sight(const Moment& at);
  void adapt_interval(const Moment& at);
  void revise(const Moment& at);
  bool do_next_due(const Moment& at);  // the earliest; false: nothing is due
  void give_up(const Moment& at);
  void serve_tick(const Moment& at);
  void serve_first_tick(const Moment& at);
  void account_for_ticks(const Moment& at);
  void demand_in_time(TimePoint due, const Moment& at, Rule rule, const char* what) const;
  std::optional<TimePoint> give_up_due() const;
  std::optional<TimePoint> stale_due() const;

  void compare_counts(const Moment& at, const monitor::CheckView& view);
  void compare_history(const monitor::CheckView& view);
  void compare_slo(const monitor::CheckView& view, const Recorded& last) const;
  void compare_state(const monitor::CheckView& view);
  void compare_next_run(const Moment& at, const monitor::CheckView& view);

  const CheckPlan& plan_;
  Verdict& verdict_;
  FaultCounts& counts_;
  Duration lateness_;
  NaiveGrid grid_;
  NaiveHealth health_;
  std::optional<Run> run_;
  std::vector<Recorded> recorded_;
  std::vector<Change> changes_;
  std::deque<Expected> expected_;
  std::deque<Revision> revisions_;  // the last is the present; older ones while the board may lag
  const monitor::CheckView* compared_ = nullptr;
  Skips skips_;
  std::uint64_t first_slack_ = 0;  // ticks between the first run and when it was due: unknown
  std::uint64_t ticks_run_ = 0;
  std::uint64_t consecutive_failures_ = 0;
  std::uint64_t consecutive_successes_ = 0;
  std::optional<WallTime> last_success_;
  TimePoint begun_;
  TimePoint seen_;                  // the last completed run, or since when one is awaited
  TimePoint last_in_flight_;        // when the last run ended
  TimePoint last_tick_served_;      // when a run was last started on a tick
  bool ticks_were_missed_ = false;  // by then, besides the one that was run
  std::optional<TimePoint> pause_until_;
  bool first_pending_ = true;
  bool paused_ = false;
  bool owed_run_ = false;  // a resume wants one
  bool sight_lost_ = false;
  bool stopping_ = false;
};

}  // namespace hale::sim
