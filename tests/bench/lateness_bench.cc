// How late checks start when a part of them hangs.
#include <algorithm>
#include <string>

#include <fmt/core.h>

#include "tests/bench/check_engine.h"
#include "tests/bench/lateness.h"
#include "tests/bench/peer_process.h"

namespace hale::bench {
namespace {

using namespace std::chrono_literals;
using monitor::BoardView;

constexpr monitor::Duration kWarmUp = 4s;  // first runs come within 2 s, off the grid
constexpr monitor::Duration kMeasured = 20s;

// How long the runs of the black-holed checks took: proof that they do hang.
struct Hanging {
  std::size_t checks = 0;
  std::size_t timed_out = 0;  // by their last run
  monitor::Duration shortest = monitor::Duration::max();
};

Hanging find_hanging(const BoardView& view, const Targets& targets) {
  const std::string port = ":" + std::to_string(targets.black_hole);
  Hanging found;
  for (const auto& check : view.checks) {
    if (check->settings->target.ends_with(port)) {
      ++found.checks;
      found.timed_out += check->last->outcome.reason == monitor::Reason::kTimeout ? 1 : 0;
      found.shortest = std::min(found.shortest, *check->last->duration);
    }
  }
  return found;
}

void run() {
  const PeerProcess peer;
  Targets targets;
  targets.port = peer.ports().accepting;
  targets.black_hole = peer.ports().swallowing;
  targets.black_holed_every = 20;
  CheckEngine engine;
  engine.add_tcp_checks(targets);
  engine.start();
  engine.run_for(kWarmUp);
  const Lateness lateness = watch_lateness(engine, kMeasured);
  fmt::print(
      "### Start lateness\n\n{} TCP checks at 1 s, timeout 800 ms, every {}th black-holed "
      "(a listener whose queue is full drops the SYN); every run of {} s.\n\n",
      targets.checks, targets.black_holed_every, kMeasured / 1s);
  print_lateness(lateness, "at most 5 ms");
  const Hanging hanging = find_hanging(*engine.board().view(), targets);
  fmt::print(
      "{} of {} black-holed checks ended by `timeout`, the fastest after {:.0f} ms; {} "
      "timeouts in all.\n\n",
      hanging.timed_out, hanging.checks, monitor::to_seconds(hanging.shortest) * 1e3,
      lateness.timeouts);
}

}  // namespace
}  // namespace hale::bench

int main() {
  hale::bench::run();
  return 0;
}
