// Brings the state to its file and back: reads it before the first check runs, has it written when
// it has changed, and once more at the end. Owned by who owns the agent; engine thread only.
//
// The file is read and written in the pool for what blocks, with deadlines: a disk that hangs keeps
// nobody from starting or stopping. What cannot be written is tried again, less and less often, and
// the file that is there stays whole meanwhile.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "monitor/run_context.h"
#include "monitor/runtime/clock.h"
#include "monitor/runtime/task_group.h"
#include "monitor/state/state_file.h"

namespace hale::monitor {

class StateKeeper {
 public:
  static constexpr Duration kReadLimit = std::chrono::seconds(5);
  static constexpr Duration kWriteLimit = std::chrono::seconds(5);
  static constexpr Duration kLongestPause = std::chrono::minutes(5);

  enum class Health {
    kOff,     // nowhere to write to, and nobody has asked for it
    kOn,      // what is on the disk is at most a few seconds old
    kFailed,  // it cannot be read or written
  };
  struct Options {
    std::string folder;                        // "": nothing is kept
    Duration every = std::chrono::seconds(3);  // at most one write in that time
    bool by_default = false;  // nobody asked for this folder: without the right to it, it is off
  };
  // Called when the health changes, or what is wrong; `message` is empty where there is nothing to
  // say.
  using Told = std::function<void(Health health, std::string message)>;

  // `services` and what `told` needs outlive it.
  StateKeeper(Services& services, Options options, Told told);
  StateKeeper(const StateKeeper&) = delete;
  StateKeeper& operator=(const StateKeeper&) = delete;

  // Reads the file into the services' state, then calls `ready`, in any case within kReadLimit.
  void begin(std::function<void()> ready);

  // Writes what has changed, then calls `done`, which may destroy the keeper; in any case within
  // kWriteLimit, or twice that where a write has just begun.
  void stop(std::function<void()> done);

  std::uint64_t failures() const { return failures_; }  // of writes

 private:
  Task<> keep(std::function<void()> ready);
  Task<> read();
  Task<> write();
  void tell(Health health, std::string message);
  void finish();

  Services& services_;
  Options options_;
  Told told_;
  std::shared_ptr<StateFile> file_;  // null: nothing is kept
  std::uint64_t written_ = 0;        // the version of the state that is on the disk
  std::uint64_t failures_ = 0;
  Duration pause_;
  Health health_ = Health::kOff;
  std::string told_message_;
  bool began_ = false;
  bool ended_ = false;
  std::function<void()> on_stopped_;  // set: it is to stop
  WaitPoint wait_;
  TaskGroup tasks_;
};

}  // namespace hale::monitor
