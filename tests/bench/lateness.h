// How late checks start: every run's lag as the board tells it. The engine works on the thread that
// asks; a second one reads the board, as an exporter does.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "monitor/board.h"
#include "tests/bench/check_engine.h"

namespace hale::bench {

struct Lateness {
  std::vector<monitor::Duration> lags;  // of every run that was seen, sorted
  std::uint64_t runs = 0;               // that were counted
  std::uint64_t timeouts = 0;           // of these
  std::array<std::uint64_t, monitor::kSkipCauseCount> skipped{};
};

// Runs the engine, which was started, for `measured`.
Lateness watch_lateness(CheckEngine& engine, monitor::Duration measured);

// As a table of docs/benchmarks.md. `wanted`: of the 99th percentile.
void print_lateness(const Lateness& lateness, const char* wanted);

}  // namespace hale::bench
