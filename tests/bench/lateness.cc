#include "tests/bench/lateness.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <thread>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <fmt/core.h>

namespace hale::bench {
namespace {

using namespace std::chrono_literals;

// Looks at the board often enough to see each run of each check: it is published at most every
// 100 ms, and a check runs at most once a second. That none was missed is counted.
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

  std::vector<monitor::Duration> take_lags() { return std::move(lags_); }

 private:
  const monitor::Board& board_;
  std::vector<std::shared_ptr<const monitor::RunView>> seen_;
  std::vector<monitor::Duration> lags_;
};

// Sums over all checks of one view.
Lateness totals(const monitor::BoardView& view) {
  Lateness totals;
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

}  // namespace

Lateness watch_lateness(CheckEngine& engine, monitor::Duration measured) {
  Reader reader(engine.board());
  const Lateness before = totals(*engine.board().view());
  std::atomic<bool> done = false;
  std::thread thread([&] { reader.read_until(done); });
  engine.run_for(measured);
  done = true;
  thread.join();
  Lateness lateness = totals(*engine.board().view());
  lateness.runs -= before.runs;
  lateness.timeouts -= before.timeouts;
  for (std::size_t cause = 0; cause < lateness.skipped.size(); ++cause) {
    lateness.skipped[cause] -= before.skipped[cause];
  }
  lateness.lags = reader.take_lags();
  std::ranges::sort(lateness.lags);
  return lateness;
}

void print_lateness(const Lateness& lateness, const char* wanted) {
  const std::vector<monitor::Duration>& lags = lateness.lags;
  const auto quantile_ms = [&lags](double q) {
    const double rank = q * static_cast<double>(lags.size() - 1);
    return monitor::to_seconds(lags.at(static_cast<std::size_t>(rank))) * 1e3;
  };
  fmt::print(
      "| runs seen (counted) | p50 | p99 | max | skipped: late, running, stuck |\n"
      "|---|---|---|---|---|\n"
      "| {} ({}) | {:.2f} ms | **{:.2f} ms** | {:.2f} ms | {}, {}, {} |\n"
      "| DESIGN.md | | {} | | none |\n\n",
      lags.size(), lateness.runs, quantile_ms(0.5), quantile_ms(0.99), quantile_ms(1),
      lateness.skipped[0], lateness.skipped[1], lateness.skipped[2], wanted);
}

}  // namespace hale::bench
