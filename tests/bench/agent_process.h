// The agent itself, `hale run` in a process of its own, on a configuration written for a benchmark.
// Used on one thread.
#pragma once

#include <optional>
#include <string>

#include "monitor/time.h"
#include "tests/bench/child_process.h"
#include "tests/bench/scratch_folder.h"
#include "tests/bench/targets.h"

namespace hale::bench {

// The embedded default and nothing else; a port of the kernel's choosing.
std::string default_configuration();
// One `tcp` check a target and nothing else.
std::string tcp_configuration(const Targets& targets);

class AgentProcess {
 public:
  // Returns when the agent listens. An agent that does not come so far ends the benchmark, with
  // what it said.
  explicit AgentProcess(const std::string& configuration);

  const std::string& url() const { return url_; }
  pid_t pid() const { return process_.pid(); }

  // From exec to the first completed check, as its log tells: a check that is no longer pending is
  // a line there.
  monitor::Duration until_first_result();
  // From exec until the API says that no check is pending.
  monitor::Duration until_all_results();

  // Reads and drops its log, so that it does not wait for us.
  void drop_lines() { process_.drop_lines(); }

  // One number of a document of its API, by its key.
  std::optional<std::uint64_t> ask(const std::string& path, const std::string& key) const;
  std::string get(const std::string& path) const;

 private:
  ScratchFolder folder_;
  std::chrono::steady_clock::time_point started_;
  ChildProcess process_;
  std::string url_;
};

}  // namespace hale::bench
