// How late checks start when a part of them hangs: every run's lag as the board tells it. The
// engine works on the main thread; a second one reads the board, as an exporter does.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <fmt/core.h>

#include "monitor/assert.h"
#include "tests/bench/peer_process.h"
#include "tests/bench/tcp_engine.h"

namespace hale::bench {
namespace {

using namespace std::chrono_literals;
using monitor::BoardView;
using monitor::CheckView;

constexpr monitor::Duration kWarmUp = 4s;  // first runs come within 2 s, off the grid
constexpr monitor::Duration kMeasured = 20s;

// Looks at the board often enough to see each run of each check: it is published at most every
// 100 ms, and a check runs once a second. That none was missed is counted.
class Reader {
 public:
  explicit Reader(const monitor::Board& board) : board_(board) {
    const auto view = board_.view();
    for (const auto& check : view->checks) {
      seen_.push_back(check->last);
    }
  }

  void read_until(const std::atomic<bool>& done) {
    asio::io_context loop;
    asio::steady_timer pause(loop);
    while (!done.load()) {
      look();
      pause.expires_after(20ms);
      pause.wait();
    }
    look();
  }

  void look() {
    const auto view = board_.view();
    for (std::size_t i = 0; i < view->checks.size(); ++i) {
      const auto& last = view->checks[i]->last;
      if (last != seen_[i]) {
        seen_[i] = last;
        lags_.push_back(last->lag);
      }
    }
  }

  std::vector<monitor::Duration>& lags() { return lags_; }

 private:
  const monitor::Board& board_;
  std::vector<std::shared_ptr<const monitor::RunView>> seen_;
  std::vector<monitor::Duration> lags_;
};

// Sums over all checks of one view.
struct Totals {
  std::uint64_t runs = 0;
  std::uint64_t timeouts = 0;
  std::array<std::uint64_t, monitor::kSkipCauseCount> skipped{};
};

Totals totals(const BoardView& view) {
  Totals totals;
  for (const auto& check : view.checks) {
    for (const std::uint64_t count : check->runs) {
      totals.runs += count;
    }
    for (const monitor::Problem& problem : check->problems) {
      totals.timeouts += problem.reason == monitor::Reason::kTimeout ? problem.count : 0;
    }
    for (std::size_t cause = 0; cause < totals.skipped.size(); ++cause) {
      totals.skipped[cause] += check->skipped[cause];
    }
  }
  return totals;
}

// How long the runs of the black-holed checks took: proof that they do hang.
struct Hanging {
  std::size_t checks = 0;
  std::size_t timed_out = 0;  // by their last run
  monitor::Duration shortest = monitor::Duration::max();
};

Hanging hanging(const BoardView& view, const TcpTargets& targets) {
  const std::string port = ":" + std::to_string(targets.black_hole);
  Hanging found;
  for (const auto& check : view.checks) {
    if (check->settings->target.ends_with(port)) {
      ++found.checks;
      found.timed_out += check->last->outcome.reason == monitor::Reason::kTimeout ? 1 : 0;
      found.shortest = std::min(found.shortest, check->last->duration);
    }
  }
  return found;
}

double ms(monitor::Duration duration) {
  return monitor::to_seconds(duration) * 1e3;
}

void print(std::vector<monitor::Duration>& lags, const Totals& before, const Totals& after,
           const Hanging& hanging) {
  std::ranges::sort(lags);
  const auto quantile = [&lags](double q) {
    return ms(lags[static_cast<std::size_t>(q * static_cast<double>(lags.size() - 1))]);
  };
  fmt::print(
      "| runs seen (counted) | p50 | p99 | max | skipped: late, running, stuck |\n"
      "|---|---|---|---|---|\n"
      "| {} ({}) | {:.2f} ms | **{:.2f} ms** | {:.2f} ms | {}, {}, {} |\n"
      "| DESIGN.md | | at most 5 ms | | none |\n\n",
      lags.size(), after.runs - before.runs, quantile(0.5), quantile(0.99), quantile(1),
      after.skipped[0] - before.skipped[0], after.skipped[1] - before.skipped[1],
      after.skipped[2] - before.skipped[2]);
  fmt::print(
      "{} of {} black-holed checks ended by `timeout`, the fastest after {:.0f} ms; {} "
      "timeouts in all.\n\n",
      hanging.timed_out, hanging.checks, ms(hanging.shortest), after.timeouts - before.timeouts);
}

void run() {
  const PeerProcess peer;
  TcpTargets targets;
  targets.port = peer.accepting_port();
  targets.black_hole = peer.swallowing_port();
  targets.black_holed_every = 20;
  TcpEngine engine(targets);
  engine.start();
  engine.run_for(kWarmUp);
  Reader reader(engine.board());
  const Totals before = totals(*engine.board().view());
  std::atomic<bool> done = false;
  std::thread thread([&] { reader.read_until(done); });
  engine.run_for(kMeasured);
  done = true;
  thread.join();
  const auto view = engine.board().view();
  fmt::print(
      "### Start lateness\n\n{} TCP checks at 1 s, timeout 800 ms, every {}th black-holed "
      "(a listener whose queue is full drops the SYN); every run of {} s.\n\n",
      targets.checks, targets.black_holed_every, kMeasured / 1s);
  print(reader.lags(), before, totals(*view), hanging(*view, targets));
}

}  // namespace
}  // namespace hale::bench

int main() {
  hale::bench::run();
  return 0;
}
