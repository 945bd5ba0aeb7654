// A program that a benchmark starts and ends: the peers that are connected to, and the agent itself
// where its own process is measured. Used on one thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "monitor/time.h"

namespace hale::bench {

class ChildProcess {
 public:
  enum class Pipe { kOutput, kErrors };  // which of its two streams is read; the other is ours

  // Starts `arguments[0]`, a path or a program in $PATH. A program that cannot be started says so
  // by a first read_line() that finds the end.
  ChildProcess(const std::vector<std::string>& arguments, Pipe pipe);
  ~ChildProcess();  // stops
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }

  // The next line without its end; nullopt when none came within `patience` or none will come.
  std::optional<std::string> read_line(monitor::Duration patience);

  // Reads and drops what is there, so that it does not wait for us.
  void drop_lines();

  // Closes its input, asks it to end (SIGTERM) and waits. What it still says is read and dropped,
  // so that it does not wait for us.
  void stop();

 private:
  bool fill(monitor::Duration patience);

  pid_t pid_ = -1;
  int input_ = -1;   // its standard input; at its end a peer ends
  int output_ = -1;  // what we read
  std::string buffer_;
  std::size_t consumed_ = 0;
};

// A program that is built beside this one.
std::string program_beside(const std::string& name);

}  // namespace hale::bench
