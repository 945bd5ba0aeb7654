#include "cli/foreground_command.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/exit_status.h"

extern char** environ;

namespace hale::cli {
namespace {

constexpr int kNotExecutable = 126;
constexpr int kNotFound = 127;
constexpr int kSignalled = 128;

constexpr std::array kPassedOn = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};

sigset_t awaited_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : kPassedOn) {
    ::sigaddset(&set, signal);
  }
  ::sigaddset(&set, SIGCHLD);
  return set;
}

struct Spawned {
  pid_t pid = -1;
  int error = 0;
};

// With the signal mask that this program was started with.
Spawned spawn(const std::vector<std::string>& command, const sigset_t& mask) {
  std::vector<std::string> words = command;
  std::vector<char*> argv;
  for (std::string& word : words) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setsigmask(&attributes, &mask);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  Spawned spawned;
  spawned.error = ::posix_spawnp(&spawned.pid, argv[0], nullptr, &attributes, argv.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  return spawned;
}

// What the terminal sends it sends to the whole group: the command has that already, unless it has
// left for a group of its own.
void pass_on(const siginfo_t& signal, pid_t pid) {
  const bool from_terminal = signal.si_code == SI_KERNEL;
  if (!from_terminal || ::getpgid(pid) != ::getpgrp()) {
    ::kill(pid, signal.si_signo);
  }
}

// As waitpid(2) has it; absent where somebody else has reaped the command.
std::optional<int> await_end(pid_t pid, const sigset_t& awaited) {
  int status = 0;
  while (true) {
    const pid_t ended = ::waitpid(pid, &status, WNOHANG);
    if (ended == pid) {
      return status;
    }
    if (ended < 0 && errno != EINTR) {
      return std::nullopt;
    }
    siginfo_t signal{};
    const int number = ::sigwaitinfo(&awaited, &signal);
    if (number > 0 && number != SIGCHLD) {
      pass_on(signal, pid);
    }
  }
}

std::string signal_name(int number) {
  const char* name = ::sigabbrev_np(number);
  return name == nullptr ? "signal " + std::to_string(number) : "SIG" + std::string(name);
}

}  // namespace

CommandEnd run_in_foreground(const std::vector<std::string>& command, const monitor::Clock& clock,
                             const std::function<void()>& started) {
  // Whoever started this program may have left its children to nobody.
  ::signal(SIGCHLD, SIG_DFL);
  const sigset_t awaited = awaited_signals();
  sigset_t blocked = awaited;
  ::sigaddset(&blocked, SIGPIPE);
  sigset_t before;
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);

  CommandEnd end;
  const monitor::TimePoint begun = clock.now();
  const Spawned spawned = spawn(command, before);
  if (spawned.error != 0) {
    end.exit_status =
        spawned.error == ENOENT || spawned.error == ENOTDIR ? kNotFound : kNotExecutable;
    end.problem = "cannot run \"" + command.front() + "\": " + std::strerror(spawned.error);
    return end;
  }
  end.started = true;
  started();
  const std::optional<int> status = await_end(spawned.pid, awaited);
  end.duration = clock.now() - begun;
  if (!status) {
    end.exit_status = kInternal;
    end.problem = "nobody knows how it ended";
  } else if (WIFSIGNALED(*status)) {
    end.exit_status = kSignalled + WTERMSIG(*status);
    end.problem = "killed by " + signal_name(WTERMSIG(*status));
  } else {
    end.exit_status = WEXITSTATUS(*status);
    end.problem = end.success() ? "" : "exit status " + std::to_string(end.exit_status);
  }
  return end;
}

}  // namespace hale::cli
