// What a TCP check costs beside the bare epoll loop that makes the same connects: CPU time of the
// thread that does the work, the two in turns, so that what else the machine does hits both alike.
#include <algorithm>
#include <vector>

#include <fmt/core.h>
#include <sys/resource.h>

#include "monitor/assert.h"
#include "tests/bench/bare_epoll_loop.h"
#include "tests/bench/peer_process.h"
#include "tests/bench/tcp_engine.h"

namespace hale::bench {
namespace {

using namespace std::chrono_literals;

constexpr int kRounds = 5;
constexpr monitor::Duration kWarmUp = 2500ms;  // first runs come within 2 s, off the grid
constexpr monitor::Duration kMeasured = 3s;

struct CpuTime {
  double user_us = 0;
  double kernel_us = 0;
  double total_us() const { return user_us + kernel_us; }
};

CpuTime thread_cpu() {
  const auto microseconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  return {.user_us = microseconds(usage.ru_utime), .kernel_us = microseconds(usage.ru_stime)};
}

CpuTime per_check(const CpuTime& before, const CpuTime& after, std::uint64_t checks) {
  const auto n = static_cast<double>(checks);
  return {.user_us = (after.user_us - before.user_us) / n,
          .kernel_us = (after.kernel_us - before.kernel_us) / n};
}

CpuTime measure_bare_loop(const TcpTargets& targets) {
  const CpuTime before = thread_cpu();
  const BareLoopCounts counts = run_bare_epoll_loop(targets, kMeasured);
  const CpuTime after = thread_cpu();
  HALE_ASSERT(counts.failed == 0 && counts.timed_out == 0);
  return per_check(before, after, counts.ended());
}

CpuTime measure_engine(const TcpTargets& targets) {
  TcpEngine engine(targets);
  engine.start();
  engine.run_for(kWarmUp);
  const std::uint64_t started = engine.started();
  const CpuTime before = thread_cpu();
  engine.run_for(kMeasured);
  const CpuTime after = thread_cpu();
  for (const auto& check : engine.board().view()->checks) {
    HALE_ASSERT(check->status == monitor::Status::kHealthy);
  }
  return per_check(before, after, engine.started() - started);
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

template <class Part>
double median_of(const std::vector<CpuTime>& rounds, Part part) {
  std::vector<double> values;
  for (const CpuTime& round : rounds) {
    values.push_back(part(round));
  }
  return median(std::move(values));
}

void print_row(const char* what, const std::vector<CpuTime>& rounds, const char* before) {
  fmt::print("| {} | {:.1f} µs | {:.1f} µs | {:.1f} µs | {} |\n", what,
             median_of(rounds, [](const CpuTime& round) { return round.total_us(); }),
             median_of(rounds, [](const CpuTime& round) { return round.user_us; }),
             median_of(rounds, [](const CpuTime& round) { return round.kernel_us; }), before);
}

void run() {
  const PeerProcess peer;
  TcpTargets targets;
  targets.port = peer.accepting_port();
  std::vector<CpuTime> bare;
  std::vector<CpuTime> engine;
  std::vector<double> ratios;
  for (int round = 0; round < kRounds; ++round) {
    bare.push_back(measure_bare_loop(targets));
    engine.push_back(measure_engine(targets));
    ratios.push_back(engine.back().total_us() / bare.back().total_us());
  }
  fmt::print(
      "### CPU of one TCP check\n\n"
      "{} checks at 1 s, real engine and check against a bare epoll loop, in turns; medians of {} "
      "rounds of {} s each.\n\n"
      "| | CPU a check | user | kernel | DESIGN.md |\n|---|---|---|---|---|\n",
      targets.checks, kRounds, kMeasured / 1s);
  print_row("bare epoll loop", bare, "24 µs");
  print_row("engine with `tcp`", engine, "");
  const auto [least, most] = std::ranges::minmax(ratios);
  fmt::print("| **ratio** | **{:.2f}** ({:.2f} to {:.2f}) | | | at most 1.3 |\n\n", median(ratios),
             least, most);
}

}  // namespace
}  // namespace hale::bench

int main() {
  hale::bench::run();
  return 0;
}
