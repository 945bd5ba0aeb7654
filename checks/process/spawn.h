// Starts a program: arguments as they are, never a shell; nothing inherited but what is named here.
//
// Any thread. Returns when the kernel has loaded the program, which on a dead mount is never: call
// it inside a BlockingPool.
//
// How: clone(2) with CLONE_VM and CLONE_VFORK, as posix_spawn(3) does it inside, because fork
// copies the page tables of the whole agent (18 ms from 400 MB, where this takes 0.1 ms; see
// docs/benchmarks.md) and posix_spawn can change neither the user nor a limit. What changes the
// user by another program (setpriv) costs a second exec and mixes its own exit statuses with those
// of the command. The price of another user: the kernel makes the memory that both share
// undumpable, so an agent that ran a command as somebody else leaves no core file.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <sys/types.h>

#include "checks/file_descriptor.h"
#include "checks/process/identity.h"

namespace hale::checks {

struct ResourceLimit {
  int resource = 0;  // RLIMIT_CPU, ...
  rlim_t value = 0;  // soft and hard, but never above the hard limit that there is
};

struct SpawnSettings {
  std::vector<std::string> command;      // the first is a path, or a name to be found in `search`
  std::vector<std::string> environment;  // NAME=VALUE: all there is
  std::vector<std::string> search;       // folders, for a command without a slash
  std::string directory = "/";
  std::string user;  // empty: the agent's own
  std::vector<ResourceLimit> limits;
};

// What was being done when it went wrong.
enum class SpawnStep {
  kPipe,
  kUser,
  kClone,
  kGroup,
  kStreams,
  kDirectory,
  kLimits,
  kIdentity,
  kExec
};

struct SpawnError {
  SpawnStep step = SpawnStep::kPipe;
  int error = 0;  // errno; kUser: 0 where there is no such user
  // kExec: the file that is there all the same, what it is, and how it begins.
  std::string file = {};
  mode_t mode = 0;
  bool no_exec = false;  // it lies on a file system from which nothing may be run
  std::string head = {};
};

struct ExitStatus {
  static constexpr int kLost = -1;  // somebody else reaped it: nobody knows
  bool signalled = false;
  int value = 0;  // the exit status or the number of the signal
  double cpu_seconds = 0;
};

// A running program, leader of a process group of its own. When destroyed before it was reaped, the
// group is killed; it is then waited for, but not for long.
class Child {
 public:
  Child(pid_t pid, FileDescriptor pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}
  Child(Child&& other) noexcept
      : pid_(std::exchange(other.pid_, 0)), pidfd_(std::move(other.pidfd_)) {}
  Child& operator=(Child&&) = delete;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  pid_t pid() const { return pid_; }
  int pidfd() const { return pidfd_.get(); }  // readable once the program has ended

  // To every process of the group. Safe until reap() had its say: the group's number is not given
  // to anyone else before.
  void signal(int number) const;

  // Nothing while it still runs. Once something, the child is gone for good.
  std::optional<ExitStatus> reap();

 private:
  pid_t pid_;  // 0: reaped, or moved away
  FileDescriptor pidfd_;
};

struct Spawned {
  Child child;
  FileDescriptor output;  // what it writes, to be read; non-blocking
  FileDescriptor errors;
};

std::expected<Spawned, SpawnError> spawn(const SpawnSettings& settings);

}  // namespace hale::checks
