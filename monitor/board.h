// The board: what the agent knows, published as immutable views. The engine owns all state and
// swaps in a new view at most every 100 ms, and before a command is answered. Readers on any
// thread take a pointer; they never block the engine and never call into it.
//
// A mutex is held for the pointer swap only: std::atomic<std::shared_ptr> of libstdc++ 12 races
// under ThreadSanitizer.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "monitor/check_settings.h"
#include "monitor/events.h"
#include "monitor/finding.h"
#include "monitor/health/overall.h"
#include "monitor/health/status.h"
#include "monitor/stats/run_stats.h"
#include "monitor/time.h"

namespace hale::monitor {

// Why a tick that was due did not become a run.
enum class SkipCause : std::uint8_t { kLate, kRunning, kStuck };
inline constexpr int kSkipCauseCount = 3;
std::string_view to_string(SkipCause cause);

// One completed run, whole. Kept for the last run and for the last one that was not a pass.
struct RunView {
  WallTime time;  // when it started
  Outcome outcome;
  std::optional<Duration> duration;  // absent: a report without one, or one that did not come
  Duration lag{};                    // how long after its tick it started; zero for a run on demand
  std::vector<PhaseTime> phases;
  std::vector<Measurement> measurements;
  std::string peer;
  std::string excerpt;  // of an answer that was not the expected one, at most kMaxExcerpt bytes
};
inline constexpr std::size_t kMaxExcerpt = 1024;

// One completed run, compact, for the history. The message is kept where result or reason differ
// from the run before.
struct RunRecord {
  WallTime time;
  float duration_ms = 0;  // NaN: none
  Result result = Result::kPass;
  Reason reason = Reason::kNone;
  Phase phase = Phase::kNone;
  std::shared_ptr<const std::string> message;
};
using History = std::vector<RunRecord>;  // oldest first, at most 100

struct ItemView {
  std::string name;
  Status status = Status::kPending;
  Status last_known = Status::kPending;
  WallTime since;
  Outcome last;
  std::vector<Measurement> measurements;  // of the last run; empty when it could not look
};

struct Transition {
  Status from = Status::kPending;
  Status to = Status::kPending;
  std::uint64_t count = 0;
};

struct Problem {
  Result result = Result::kFail;
  Reason reason = Reason::kNone;
  std::uint64_t count = 0;
};

struct Pause {
  WallTime since;
  std::optional<WallTime> until;  // absent: until resumed
  std::string reason;
  std::string by;
};

struct CheckView {
  std::shared_ptr<const CheckSettings> settings;
  Status status = Status::kPending;
  Status last_known = Status::kPending;
  WallTime since;       // of the status
  Duration interval{};  // in force now: interval or interval_unhealthy
  bool stuck = false;   // a run ignores its cancellation; ticks are skipped until it ends
  std::shared_ptr<const Pause> pause;  // null while not paused
  std::optional<WallTime> last_run;
  std::optional<WallTime> last_success;
  std::optional<WallTime> next_run;        // absent while paused, and where reports are awaited
  std::optional<WallTime> expected;        // by when a report has to come, of a passive check
  std::uint64_t consecutive_failures = 0;  // fails in a row; unknowns neither count nor reset
  std::uint64_t consecutive_successes = 0;
  std::shared_ptr<const RunView> last;          // null before the first run
  std::shared_ptr<const RunView> last_failure;  // the last run that was a fail; null: none yet
  std::shared_ptr<const std::vector<ItemView>> items;  // never null; by name
  std::shared_ptr<const History> history;              // never null
  std::array<std::uint64_t, kResultCount> runs{};
  std::array<std::uint64_t, kSkipCauseCount> skipped{};
  std::vector<Transition> transitions;
  std::vector<Problem> problems;
  std::shared_ptr<const RunStatsView> stats;  // never null
  std::shared_ptr<const SloView> slo;         // null: none is configured
  // What makes a check degraded that would be healthy but for its SLO; null while none does.
  std::shared_ptr<const Outcome> by_slo;
};

// What explains the status in a line: the outcome of the last run, or, where only its SLO makes a
// check degraded, what that says. Null before the first run. Belongs to the view.
const Outcome* explaining_outcome(const CheckView& check);

// A finding, and how long it has lasted.
struct FindingView {
  std::string check;
  Finding finding;  // as last concluded
  WallTime since;
  std::optional<WallTime> resolved;  // absent while it is open
};
using FindingList = std::vector<FindingView>;

struct GroupView {
  std::string name;
  std::string title;
  int order = 0;
  Status status = Status::kPending;
};

struct AgentInfo {
  std::string name;
  std::string version;
  std::string profile;
  Labels labels;
  Labels components;  // parts of the agent that may be off: "statsd" is "on" or "off"
  WallTime started;
};

struct PoolStats {
  std::string name;
  std::uint64_t capacity = 0;
  std::uint64_t running = 0;  // calls in a worker, stuck ones not included
  std::uint64_t queued = 0;
  std::uint64_t stuck = 0;      // calls abandoned and still not back
  std::uint64_t rejected = 0;   // since the start: no slot
  std::uint64_t abandoned = 0;  // since the start
};

struct BoardView {
  std::uint64_t version = 0;  // counts publications
  WallTime time;
  std::shared_ptr<const AgentInfo> agent;
  Rollup rollup;
  std::vector<GroupView> groups;                         // by order, then name
  std::vector<std::shared_ptr<const CheckView>> checks;  // by name
  std::shared_ptr<const EventList> events;               // never null; oldest first
  // Never null. Open ones first, by severity and age; then those resolved lately, the latest first.
  std::shared_ptr<const FindingList> findings = std::make_shared<const FindingList>();
  Histogram scheduler_lag;  // seconds, of all runs on the schedule
  std::vector<PoolStats> pools;

  std::shared_ptr<const CheckView> find(std::string_view name) const;  // null when unknown
};

class Board {
 public:
  void publish(std::shared_ptr<const BoardView> view);  // engine thread
  std::shared_ptr<const BoardView> view() const;        // any thread; null before the first

  // The scheduler's heartbeat, for /livez: when it last advanced.
  void beat(TimePoint now);         // engine thread
  bool alive(TimePoint now) const;  // any thread: the last beat is at most kStallAfter old

  static constexpr Duration kStallAfter = std::chrono::seconds(5);

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const BoardView> view_;  // guarded by mutex_
  std::atomic<TimePoint::rep> beat_{0};    // 0: has not begun
};

}  // namespace hale::monitor
