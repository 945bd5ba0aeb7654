// What a TCP check costs beside the bare epoll loop that makes the same connects.
#include <fmt/core.h>

#include "monitor/assert.h"
#include "tests/bench/bare_exchanges.h"
#include "tests/bench/cpu_comparison.h"
#include "tests/bench/peer_process.h"

namespace hale::bench {
namespace {

using namespace std::chrono_literals;

constexpr monitor::Duration kWarmUp = 2500ms;  // first runs come within 2 s, off the grid
constexpr monitor::Duration kMeasured = 3s;

CpuTime measure_bare_loop(const Targets& targets) {
  const auto loop = make_bare_connects(targets);
  const CpuTime before = thread_cpu();
  const BareLoopCounts counts = loop->run(kMeasured);
  const CpuTime after = thread_cpu();
  HALE_ASSERT(counts.failed == 0 && counts.timed_out == 0);
  return per_check(before, after, counts.ended());
}

CpuTime measure_checks(const Targets& targets) {
  CheckEngine engine;
  engine.add_tcp_checks(targets);
  return measure_engine(engine, kWarmUp, kMeasured);
}

void run() {
  const PeerProcess peer;
  Targets targets;
  targets.port = peer.ports().accepting;
  compare(
      {.title = "CPU of one TCP check",
       .about = fmt::format("{} checks at 1 s, real engine and check against a bare epoll loop, in "
                            "turns of {} s each.",
                            targets.checks, kMeasured / 1s),
       .contenders = {{"bare epoll loop", [&] { return measure_bare_loop(targets); }, "24 µs"},
                      {"engine with `tcp`", [&] { return measure_checks(targets); }, ""}},
       .ratios = {{.to = 0, .wanted = "at most 1.3"}}});
}

}  // namespace
}  // namespace hale::bench

int main() {
  hale::bench::run();
  return 0;
}
