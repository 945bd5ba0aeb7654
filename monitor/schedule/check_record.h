// Everything known about one check: its health, its counters, its history and its last runs. The
// engine feeds it completed runs and publishes the view that it makes. No clock, no I/O; engine
// thread only.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "monitor/board.h"
#include "monitor/check_settings.h"
#include "monitor/events.h"
#include "monitor/health/check_health.h"
#include "monitor/stats/run_stats.h"
#include "monitor/stats/slo.h"

namespace hale::monitor {

// A run that has ended, as the engine hands it over.
struct CompletedRun {
  WallTime time;    // when it started
  TimePoint ended;  // does not go backwards from run to run
  std::optional<Duration> duration;
  Duration lag{};
  CheckResult result;
};

class CheckRecord {
 public:
  static constexpr std::size_t kHistoryKept = 100;

  CheckRecord(std::shared_ptr<const CheckSettings> settings, WallTime now, TimePoint start);

  const CheckSettings& settings() const { return *settings_; }
  Status status() const { return pause_ ? Status::kPaused : with_slo(health_.status()); }
  Status last_known() const { return with_slo(health_.last_known()); }
  const Pause* pause() const { return pause_.get(); }

  // The interval that fits the present state: shorter while a change is being confirmed and while
  // not healthy. A spent error budget alone shortens nothing: no run can confirm it or hasten its
  // end, and more good runs would only thin out the bad ones.
  Duration wanted_interval() const;

  // Judges the limits, then applies the run to health, counters, statistics and history. `now`
  // labels changes.
  // What changed is appended to `events`.
  //
  // A decided run counts for the SLO unless the check is paused. Once there is maintenance, runs in
  // it are left out at the same place.
  void complete(CompletedRun run, WallTime now, std::vector<Event>& events);

  void skip(SkipCause cause, std::uint64_t ticks) {
    skipped_[static_cast<std::size_t>(cause)] += ticks;
  }

  // No completed run for stale_after.
  void lose_sight(std::string message, WallTime now, std::vector<Event>& events);
  void set_pause(Pause pause, std::vector<Event>& events);
  void resume(WallTime now, std::vector<Event>& events);  // pending again

  std::shared_ptr<const RunView> last_run() const { return last_; }

  // When statistics or SLO, as they were at `seen`, change by themselves; max() if they never do.
  TimePoint next_change(TimePoint seen) const;

  // Looks at the SLO again, whose window slides between two runs too; to be called before view().
  void refresh_slo(TimePoint now, WallTime wall, std::vector<Event>& events);

  struct Schedule {
    TimePoint now;
    std::optional<WallTime> next_run;
    std::optional<WallTime> expected;
    Duration interval{};
    bool stuck = false;
  };
  std::shared_ptr<const CheckView> view(const Schedule& schedule);

 private:
  // A healthy check whose SLO is breached is degraded, where that is asked for.
  Status with_slo(Status status) const;
  // What makes a check degraded that would be healthy but for its SLO; null: nothing does.
  const Outcome* by_slo() const;
  void count_for_slo(const CompletedRun& run, const Outcome& outcome);
  void look_at_slo(TimePoint now);
  // What the SLO has to say about a change of the status, if it is the SLO that brought it about.
  // `was_by_slo`: by_slo() was not null before.
  std::optional<Outcome> change_by_slo(bool was_by_slo) const;
  // Reports that the check's status changed because of `outcome`; false: it is still `from`.
  bool report_change(Status from, WallTime now, const Outcome& outcome, std::vector<Event>& events);
  void report_items(const std::vector<ItemChange>& changes, WallTime now,
                    std::vector<Event>& events) const;
  Event make_event(WallTime now, std::string_view from, std::string_view to,
                   const Outcome& outcome) const;
  void judge_limits(CheckResult& result, std::optional<Duration> duration) const;
  void count(const Outcome& outcome, WallTime time);
  void remember(const CompletedRun& run, Outcome outcome);
  std::shared_ptr<const std::vector<ItemView>> item_views() const;

  std::shared_ptr<const CheckSettings> settings_;
  CheckHealth health_;
  WallTime since_;  // of the status
  std::shared_ptr<const Pause> pause_;
  std::array<std::uint64_t, kResultCount> runs_{};
  std::array<std::uint64_t, kSkipCauseCount> skipped_{};
  std::vector<Transition> transitions_;
  std::vector<Problem> problems_;
  std::unique_ptr<RunStats> stats_;  // never null; stays where it is when the record is moved
  std::unique_ptr<Slo> slo_;         // null: none is configured
  std::shared_ptr<const SloView> slo_view_;
  std::shared_ptr<const Outcome> slo_breach_;  // null unless it is breached and degrades the check
  std::uint64_t consecutive_failures_ = 0;
  std::uint64_t consecutive_successes_ = 0;
  std::optional<WallTime> last_success_;
  std::shared_ptr<const RunView> last_;
  std::shared_ptr<const RunView> last_failure_;
  // The history as published, and what came since: joined when the next view is made, so that it
  // is held once however many views share it.
  std::shared_ptr<const History> history_ = std::make_shared<const History>();
  History fresh_;
  std::shared_ptr<const std::vector<ItemView>> items_ =
      std::make_shared<const std::vector<ItemView>>();
};

// The outcome that stands for a whole run.
struct DecidingOutcome {
  Outcome outcome;   // where an item decides, its message begins with the item's name
  std::string item;  // empty: the look itself decides
};

// Of the look and of several items the worst counts. An item that decides is named in the message,
// together with how many others are as bad.
DecidingOutcome deciding_outcome(const CheckResult& result);

}  // namespace hale::monitor
