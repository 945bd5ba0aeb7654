// What the agent's process needs, as the kernel counts it, and how soon its first check is done:
// empty, with 100 to 100,000 TCP checks, and after an hour's worth of runs.
#include <fstream>
#include <string>

#include <fmt/core.h>

#include "monitor/assert.h"
#include "tests/bench/agent_process.h"
#include "tests/bench/peer_process.h"

namespace hale::bench {
namespace {

using namespace std::chrono_literals;

constexpr monitor::Duration kSettle = 2s;  // old views are let go of, the log is written
constexpr monitor::Duration kHour = 40s;   // of runs, at an interval a hundredth of 10 s
constexpr std::uint64_t kRunsOfAnHour = 360;

struct Memory {
  double anonymous_kb = 0;
  double resident_kb = 0;
};

Memory memory_of(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/smaps_rollup", pid));
  Memory memory;
  for (std::string line; std::getline(file, line);) {
    const auto value = [&line] { return std::stod(line.substr(line.find(':') + 1)); };
    if (line.starts_with("Rss:")) {
      memory.resident_kb = value();
    } else if (line.starts_with("Anonymous:")) {
      memory.anonymous_kb = value();
    }
  }
  HALE_ASSERT(memory.resident_kb > 0);
  return memory;
}

double mb(double kb) {
  return kb * 1024 / 1e6;
}
double ms(monitor::Duration duration) {
  return monitor::to_seconds(duration) * 1e3;
}

// What a check adds to the agent without any of them, in kB of 1,000 bytes.
double a_check(const Memory& memory, const Memory& empty, std::size_t checks) {
  return mb(memory.anonymous_kb - empty.anonymous_kb) * 1e3 / static_cast<double>(checks);
}

void print_head() {
  fmt::print(
      "### Memory and start\n\nAnonymous and resident memory of `hale run` (smaps_rollup), "
      "{} s after each check was looked at once. Times from exec.\n\n"
      "| checks | first result | all results | anonymous | resident | a check |\n"
      "|---|---|---|---|---|---|\n",
      kSettle / 1s);
}

Memory print_row(const std::string& what, AgentProcess& agent, const Memory* empty,
                 std::size_t checks) {
  const monitor::Duration first = agent.until_first_result();
  const monitor::Duration all = agent.until_all_results();
  wait_for(kSettle);
  const Memory memory = memory_of(agent.pid());
  const std::string each =
      empty == nullptr ? "" : fmt::format("{:.2f} kB", a_check(memory, *empty, checks));
  fmt::print("| {} | {:.0f} ms | {:.0f} ms | {:.1f} MB | {:.1f} MB | {} |\n", what, ms(first),
             ms(all), mb(memory.anonymous_kb), mb(memory.resident_kb), each);
  std::fflush(stdout);
  return memory;
}

// A hundredth of the interval makes an hour's runs in a hundredth of the time.
void print_after_an_hour(Targets targets, const Memory& empty) {
  targets.interval = 100ms;
  targets.timeout = 80ms;
  AgentProcess agent(tcp_configuration(targets));
  agent.until_all_results();
  for (int second = 0; second < kHour / 1s; ++second) {
    wait_for(1s);
    agent.drop_lines();
  }
  const Memory memory = memory_of(agent.pid());
  const std::uint64_t runs = agent.ask("/api/v1/checks/t.c000000", "total").value_or(0);
  fmt::print("| {} every 100 ms, after {} runs each | | | {:.1f} MB | {:.1f} MB | {:.2f} kB |\n",
             targets.checks, runs, mb(memory.anonymous_kb), mb(memory.resident_kb),
             a_check(memory, empty, targets.checks));
  if (runs < kRunsOfAnHour) {
    fmt::print(stderr, "only {} runs in {} s: this machine is too busy\n", runs, kHour / 1s);
  }
}

void run() {
  const PeerProcess peer;
  print_head();
  Memory empty;
  {
    AgentProcess agent(default_configuration());
    empty = print_row("the embedded default", agent, nullptr, 0);
  }
  Targets targets;
  targets.port = peer.ports().accepting;
  targets.interval = 10s;
  targets.timeout = 5s;
  for (const std::size_t checks : {100U, 1'000U, 10'000U, 100'000U}) {
    targets.checks = checks;
    AgentProcess agent(tcp_configuration(targets));
    print_row(std::to_string(checks), agent, &empty, checks);
  }
  targets.checks = 1'000;
  print_after_an_hour(targets, empty);
  fmt::print(
      "| DESIGN.md | at most 1 s with 10,000 | | at most 6 MB by default | at most 25 MB by "
      "default | at most 4 kB at start, 12 kB after an hour |\n\n");
}

}  // namespace
}  // namespace hale::bench

int main() {
  hale::bench::run();
  return 0;
}
