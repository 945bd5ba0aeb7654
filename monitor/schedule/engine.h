// The engine: starts the checks that are due, holds each run to one absolute deadline, applies
// what came out of it, and publishes the board. It owns all state of all checks.
//
// One thread: everything here is called on the loop of `services.executor`. Other threads use
// Control.
//
// A run is one coroutine. At its deadline it is cancelled, which ends it as a timeout in the phase
// it was in. A run that does not end within kCancelGrace of its cancellation is recorded as a
// timeout all the same and stays behind as stuck: its check's ticks are skipped and counted until
// it ends, since a second look would hang as well; what it returns then is thrown away.
//
// A passive check is not run. What is reported to it counts as its runs, and so does each report
// that did not come in time (engine_reports.cc).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "monitor/board.h"
#include "monitor/check_settings.h"
#include "monitor/control.h"
#include "monitor/events.h"
#include "monitor/health/finding_book.h"
#include "monitor/passive.h"
#include "monitor/run_context.h"
#include "monitor/runtime/task_group.h"
#include "monitor/schedule/appointments.h"
#include "monitor/schedule/check_record.h"
#include "monitor/schedule/scheduler.h"
#include "monitor/stats/exponential_histogram.h"

namespace hale::monitor {

struct GroupInfo {
  std::string name;
  std::string title;
  int order = 0;
};

struct EngineOptions {
  AgentInfo agent;  // `started` is set by start()
  std::vector<GroupInfo> groups;
  std::function<void(const Event&)> on_event;  // engine thread; must not block
  // What each run told, when it has been recorded; engine thread, must not block. Empty: nobody
  // listens, and no run tells anything.
  std::function<void(const std::string& check, const Story& story)> on_story;
  std::size_t events_kept = 1000;
};

class Engine {
 public:
  static constexpr Duration kPublishInterval = std::chrono::milliseconds(100);
  static constexpr Duration kBeatInterval = std::chrono::seconds(1);
  static constexpr Duration kCancelGrace = std::chrono::milliseconds(50);
  static constexpr Duration kStopGrace = std::chrono::seconds(1);
  static constexpr std::size_t kMaxWaitersPerRun = 64;
  // What leaves a window between two runs is published this long after the last view, at the
  // latest: longer than most intervals, so that most checks are never published for that alone.
  static constexpr Duration kRefreshAfter = std::chrono::seconds(15);
  // Whatever follows the calendar is looked at this often, since the wall clock may be set.
  static constexpr Duration kCalendarLook = std::chrono::minutes(1);

  Engine(Services& services, Board& board, EngineOptions options);
  ~Engine();  // after stop() has completed
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  void add(ConfiguredCheck check);  // before start(); names are unique
  void start();                     // the schedule begins; publishes the first board

  // A part of the agent is "on", "off" or "failed" from now on. Also before start().
  void set_component(std::string_view name, std::string_view state);

  // Something happened to the agent itself.
  void tell(std::string to, std::string message);

  // Cancels what runs and waits for it, at most kStopGrace; then `done` is called.
  void stop(std::function<void()> done);

  // Commands; see Control.
  void run_now(const std::string& name, ReplyHandler reply);
  void pause(const std::string& name, const PauseRequest& request, ReplyHandler reply);
  void resume(const std::string& name, ReplyHandler reply);
  void report(const std::string& name, std::string_view token, Report report, ReplyHandler reply);

  std::size_t in_flight() const { return tasks_.active(); }

 private:
  // One run in flight. Shared with the completion handler of its coroutine, which may outlive the
  // engine's interest in it.
  struct Run {
    Run(Services& services, TimePoint now, TimePoint deadline)
        : context(services, now, deadline), started(now) {}
    RunContext context;
    asio::cancellation_signal cancel;
    CheckId check = 0;
    std::uint64_t serial = 0;
    TimePoint started;
    WallTime wall;
    Duration lag{};
    enum class Cancelled { kNo, kDeadline, kByUs } cancelled = Cancelled::kNo;
    bool stuck = false;            // ignores its cancellation; has been recorded already
    bool orphaned = false;         // the engine has stopped and may be gone
    std::unique_ptr<Story> story;  // null while nobody listens
    std::vector<ReplyHandler> waiters;
  };

  struct Entry {
    CheckRecord record;
    std::shared_ptr<Check> check;  // shared with a run that hangs on past stop()
    Passive* passive = nullptr;    // of the check; null: it is run
    std::shared_ptr<Run> run;      // null while none is in flight
    TimePoint seen;                // of the last completed run, or since when one is awaited
    TimePoint viewed;              // when its view was made
    bool to_be_refreshed = false;  // there is an appointment for it
    bool run_when_free = false;    // a resume wants a run, but the last one has not ended yet
    Duration interval{};
    std::uint64_t pause_serial = 0;
    bool awaits_report = false;       // since start(), and not while paused
    std::uint64_t report_serial = 0;  // of the appointment for it
    int group = -1;                   // index in options_.groups
    bool dirty = false;
    std::shared_ptr<const CheckView> view;
  };

  // The loop's turn: what is due now, then the alarm for what is due next.
  void wake();
  void arm();
  void keep(const Appointment& appointment, TimePoint now);
  bool is_outdated(const Appointment& appointment) const;
  void appoint(TimePoint time, Appointment::Kind kind, CheckId check, std::uint64_t serial);

  void on_tick(const Scheduler::Due& due, TimePoint now);
  void start_run(CheckId check, TimePoint now, Duration lag, ReplyHandler waiter);
  void cancel(const std::shared_ptr<Run>& run, Run::Cancelled why, TimePoint now);
  void give_up(const std::shared_ptr<Run>& run, TimePoint now);
  void on_run_ended(const std::shared_ptr<Run>& run, const std::exception_ptr& error,
                    CheckResult result);
  void record(Run& run, CheckResult result, TimePoint now);
  void apply(CheckId check, CompletedRun completed, TimePoint now);
  void dismiss(Run& run);  // it was cancelled by us: not a run that counts
  void look_for_staleness(CheckId check, TimePoint now);
  void look_for_change(CheckId check, TimePoint now);
  void end_pause(CheckId check, TimePoint now);
  void begin_pause(CheckId check, Pause pause, TimePoint now);

  // What outlives the agent, in the state (engine_state.cc).
  static constexpr std::string_view kPauses = "pauses";    // section: by check
  static constexpr std::string_view kReports = "reports";  // section: by passive check
  // Where reports come more often, what they told is old before anybody could ask for it, and not
  // worth a write of the disk each.
  static constexpr Duration kSeldom = std::chrono::minutes(10);
  void restore(TimePoint now);
  void restore_pauses(TimePoint now);
  void restore_reports(TimePoint now);
  void remember_report(CheckId check);
  void remember_pause(const std::string& name, const Pause& pause);
  void adapt_interval(CheckId check, TimePoint now);

  Moment moment(TimePoint now) const { return {now, clock_.wall_now()}; }
  void await_reports(CheckId check, TimePoint now);  // from the start, and after a pause
  void await_next_report(CheckId check, const Moment& now);
  void look_for_report(CheckId check, TimePoint now);
  void apply_report(CheckId check, PassiveRun run, TimePoint now);
  void answer_reports();

  void emit(std::vector<Event> events);
  void touch(CheckId check);  // its view has to be made anew
  void change();              // something that belongs to no check has

  void publish(TimePoint now);
  std::shared_ptr<const CheckView> make_view(CheckId check, TimePoint now, WallTime wall);
  void roll_up(BoardView& view) const;
  void answer(std::vector<ReplyHandler> waiters, CheckId check, bool with_run);
  // The check that a command is about. Null: there is none, or the agent stops; `reply` was told.
  Entry* find(const std::string& name, CheckId& check, const ReplyHandler& reply);
  void finish_stop();

  Services& services_;
  Clock& clock_;
  Board& board_;
  EngineOptions options_;
  TaskGroup tasks_;
  Scheduler scheduler_;
  std::vector<Entry> entries_;  // by CheckId
  std::vector<CheckId> by_name_;
  std::unordered_map<std::string, CheckId> ids_;
  Appointments appointments_{[this](const Appointment& a) { return is_outdated(a); }};
  EventLog events_;
  FindingBook findings_;
  ExponentialHistogram lag_;
  std::shared_ptr<const AgentInfo> agent_;
  std::vector<CheckId> dirty_;
  std::vector<Scheduler::Due> due_;  // scratch, kept to save allocations
  // Reports that are answered with the next publication: a burst of them must not cost one each.
  std::vector<std::pair<CheckId, ReplyHandler>> reported_;
  std::uint64_t next_serial_ = 1;
  std::uint64_t version_ = 0;
  bool changed_ = false;                    // something of the board that belongs to no check
  TimePoint next_beat_ = TimePoint::max();  // with start(): at least one turn in kBeatInterval
  TimePoint next_publish_;                  // not before
  TimePoint armed_for_ = TimePoint::max();
  TimePoint give_up_at_ = TimePoint::max();  // while stopping
  bool started_ = false;
  bool stopping_ = false;
  bool in_wake_ = false;
  std::function<void()> on_stopped_;
  std::unique_ptr<Alarm> alarm_;
};

}  // namespace hale::monitor
