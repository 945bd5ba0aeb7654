// Commands from other threads to the engine. Each is posted to the engine's loop, takes effect,
// is published on the board, and only then answered: `reply` runs on the engine's thread and must
// only hand the answer over to its own.
//
// Bounded: with kMaxOutstanding commands unanswered, another is refused (`overloaded`).
#pragma once

#include <atomic>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "monitor/board.h"
#include "monitor/passive.h"
#include "monitor/runtime/task.h"

namespace hale::monitor {

class Engine;

enum class CommandErrorKind : std::uint8_t {
  kNotFound,    // no such check
  kStuck,       // an earlier run of the check still hangs
  kCancelled,   // the run was cancelled by a pause
  kStopping,    // the agent is on its way out
  kOverloaded,  // too many commands are waiting
  kNotRun,      // the check is reported to and does not run
  kNotAwaited,  // the check runs and takes no reports
  kForbidden,   // the token that the check's reports need was not shown
};

struct CommandError {
  CommandErrorKind kind = CommandErrorKind::kNotFound;
  std::string message;
};

struct CommandReply {
  std::shared_ptr<const CheckView> check;  // as published after the effect
  std::shared_ptr<const RunView> run;      // of a run on demand, else null
};

using ReplyHandler = std::function<void(std::expected<CommandReply, CommandError>)>;

struct PauseRequest {
  std::optional<Duration> duration;  // absent: until resumed
  std::string reason;
  std::string by;
};

class Control {
 public:
  Control(Executor engine_executor, Engine& engine) : executor_(engine_executor), engine_(engine) {}

  // Any thread.
  void run(std::string name, ReplyHandler reply);
  void pause(std::string name, PauseRequest request, ReplyHandler reply);
  void resume(std::string name, ReplyHandler reply);
  // To a passive check. `token`: what the reporter showed; "" is none.
  void report(std::string name, std::string token, Report report, ReplyHandler reply);
  std::uint64_t rejected() const { return rejected_.load(std::memory_order_relaxed); }

  static constexpr int kMaxOutstanding = 256;

 private:
  template <class Command>
  void post(ReplyHandler reply, Command command);

  Executor executor_;
  Engine& engine_;
  std::shared_ptr<std::atomic<int>> outstanding_ = std::make_shared<std::atomic<int>>(0);
  std::atomic<std::uint64_t> rejected_{0};
};

}  // namespace hale::monitor
