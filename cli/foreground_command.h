// Runs a command in the place of this program: with its standard input, output and error, its
// environment, its working directory and its process group. Signals that ask this program to end,
// or to do something else, are the command's.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "monitor/runtime/clock.h"
#include "monitor/time.h"

namespace hale::cli {

struct CommandEnd {
  // As a shell has it: the command's own, 128 + n after signal n, 127 where there is no such
  // command, 126 where it cannot be executed.
  int exit_status = 0;
  bool started = false;
  monitor::Duration duration{};
  std::string problem;  // "exit status 3", "killed by SIGKILL"; empty: it went well

  bool success() const { return exit_status == 0; }
};

// `started` is called once the command runs; what it blocks for blocks the passing on of signals.
// From then on the signals that are passed on stay blocked in this process, and SIGPIPE with them.
CommandEnd run_in_foreground(const std::vector<std::string>& command, const monitor::Clock& clock,
                             const std::function<void()>& started);

}  // namespace hale::cli
