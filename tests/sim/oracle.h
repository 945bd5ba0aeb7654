// Watches the whole engine: hands what is observed to the oracle of the check that it is about, and
// looks itself at what concerns all of them: events, commands, overall status, score, the end.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "monitor/board.h"
#include "monitor/control.h"
#include "tests/sim/check_oracle.h"
#include "tests/sim/sim_check.h"
#include "tests/sim/trace.h"
#include "tests/support/sim_clock.h"

namespace hale::sim {

class Oracle final : public RunObserver {
 public:
  Oracle(const Plan& plan, const std::string& agent, testing::SimClock& clock,
         const monitor::Board& board, Verdict& verdict, FaultCounts& counts, Trace& trace);

  void begin();  // the engine starts

  // --- from the checks ---
  void on_start(std::size_t check) override;
  void on_cancelled(std::size_t check) override;
  void on_answer(std::size_t check, const monitor::CheckResult& result) override;
  void on_throw(std::size_t check) override;
  void on_phase(std::size_t check, monitor::Phase phase) override {
    checks_[check].on_phase(phase);
  }

  // --- from the engine ---
  void on_event(const monitor::Event& event);

  // --- from the world, right before a command is given; it keeps the answer ---
  monitor::ReplyHandler before_run(std::size_t check);
  monitor::ReplyHandler before_pause(std::size_t check, std::optional<Duration> duration);
  monitor::ReplyHandler before_resume(std::size_t check);
  void after_command() { command_ = Command::kNone; }
  void before_stop();
  void after_stall() { stall_end_ = clock_.now(); }

  // Everything that was ready has run and no alarm is due: the rules must hold.
  void end_of_turn();

  // Everything has ended: every command was answered, and the statuses are right once more, worked
  // out from the very first result.
  void at_the_end();

  CheckOracle& check(std::size_t index) { return checks_[index]; }
  bool any_in_flight() const;

 private:
  enum class Command { kNone, kRun, kPause, kResume, kStop };
  struct Pending {
    std::size_t check = 0;
    Command command = Command::kNone;
    bool answered = false;
    std::size_t changes = 0;  // of the status, this command's among them
  };

  Moment moment();
  std::size_t index_of(const std::string& name) const;
  monitor::ReplyHandler expect(std::size_t check, Command command);
  void on_reply(Pending& pending,
                const std::expected<monitor::CommandReply, monitor::CommandError>& reply);
  void on_run_reply(const Pending& pending,
                    const std::expected<monitor::CommandReply, monitor::CommandError>& reply);
  void compare_board();
  void compare_overall(const monitor::BoardView& view);
  void compare_groups(const monitor::BoardView& view);
  void compare_events(const monitor::BoardView& view);

  const Plan& plan_;
  testing::SimClock& clock_;
  const monitor::Board& board_;
  Verdict& verdict_;
  FaultCounts& counts_;
  Trace& trace_;
  std::vector<CheckOracle> checks_;
  std::vector<std::size_t> by_name_;  // in the order of names, as the board has them
  std::vector<std::shared_ptr<Pending>> pending_;
  Command command_ = Command::kNone;  // being given at this moment
  std::size_t commanded_ = 0;
  std::uint64_t events_ = 0;
  std::uint64_t version_ = 0;
  std::uint64_t ticks_run_ = 0;
  TimePoint beat_;
  TimePoint stall_end_;
};

}  // namespace hale::sim
