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
  Status status() const { return pause_ ? Status::kPaused : health_.status(); }
  Status last_known() const { return health_.last_known(); }
  const Pause* pause() const { return pause_.get(); }

  // The interval that fits the present state: shorter while a change is being confirmed and while
  // not healthy.
  Duration wanted_interval() const;

  // Judges the limits, then applies the run to health, counters, statistics and history. `now`
  // labels changes.
  // What changed is appended to `events`.
  void complete(CompletedRun run, WallTime now, std::vector<Event>& events);

  void skip(SkipCause cause, std::uint64_t ticks) {
    skipped_[static_cast<std::size_t>(cause)] += ticks;
  }

  // No completed run for stale_after.
  void lose_sight(std::string message, WallTime now, std::vector<Event>& events);
  void set_pause(Pause pause, std::vector<Event>& events);
  void resume(WallTime now, std::vector<Event>& events);  // pending again

  std::shared_ptr<const RunView> last_run() const { return last_; }

  // When the statistics, as they were at `seen`, change by themselves; max() if they never do.
  TimePoint next_change(TimePoint seen) const { return stats_->next_change(seen); }

  struct Schedule {
    TimePoint now;
    std::optional<WallTime> next_run;
    Duration interval{};
    bool stuck = false;
  };
  std::shared_ptr<const CheckView> view(const Schedule& schedule);

 private:
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
