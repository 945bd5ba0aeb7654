// What the agent's process needs, as the kernel counts it, and how soon its first check is done:
// empty, and with 100 to 100,000 TCP checks; and what the engine allocates in an hour.
#include <fstream>
#include <string>

#include <fmt/core.h>
#include <malloc.h>

#include "monitor/assert.h"
#include "tests/bench/agent_process.h"
#include "tests/bench/peer_process.h"
#include "tests/support/engine_world.h"

namespace hale::bench {
namespace {

using namespace std::chrono_literals;

constexpr monitor::Duration kSettle = 2s;  // old views are let go of, the log is written

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

// An hour of the engine at an interval of 10 s, in simulated time, which takes seconds: what it
// allocates for each check, its history, its statistics and its views, but for the check itself.
void print_simulated_hour() {
  constexpr std::size_t kChecks = 1000;
  monitor::Random random(1);
  const std::size_t before = mallinfo2().uordblks;
  testing::EngineWorld world;
  const auto kilobytes = [before] {
    return static_cast<double>(mallinfo2().uordblks - before) / 1e3 / kChecks;
  };
  for (std::size_t i = 0; i < kChecks; ++i) {
    world.add(fmt::format("check-{}", i), [&random](monitor::RunContext& context) {
      // From 0.2 ms, with a tail: four octaves.
      const auto fast = std::chrono::microseconds(200 + random.below(200));
      const auto slow = random.below(20) == 0 ? std::chrono::microseconds(2800) : 0us;
      monitor::CheckResult result;
      result.outcome = monitor::Outcome::pass("connected in 0.2 ms");
      return testing::give_after(context, fast + slow, std::move(result));
    });
  }
  world.start();
  world.clock.run_for(20s);
  const double fresh = kilobytes();
  world.clock.run_for(1h);
  fmt::print(
      "| in the engine, simulated | after a run or two | after an hour at 10 s |\n|---|---|---|\n"
      "| a check | {:.2f} kB | {:.2f} kB |\n"
      "| DESIGN.md, with the check itself | at most 4 kB | at most 12 kB |\n\n",
      fresh, kilobytes());
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
  fmt::print(
      "| DESIGN.md | at most 1 s with 10,000 | | at most 6 MB by default | at most 25 MB by "
      "default | at most 4 kB at start |\n\n");
  print_simulated_hour();
}

}  // namespace
}  // namespace hale::bench

int main() {
  hale::bench::run();
  return 0;
}
