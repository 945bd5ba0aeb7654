#include "tests/bench/cpu_comparison.h"

#include <algorithm>

#include <fmt/core.h>
#include <sys/resource.h>

#include "monitor/assert.h"

namespace hale::bench {
namespace {

CpuTime usage_of(int who) {
  const auto microseconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  rusage usage{};
  ::getrusage(who, &usage);
  return {.user_us = microseconds(usage.ru_utime), .kernel_us = microseconds(usage.ru_stime)};
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

void print_row(const Contender& contender, const std::vector<CpuTime>& rounds) {
  fmt::print("| {} | {:.1f} µs | {:.1f} µs | {:.1f} µs | {} |\n", contender.name,
             median_of(rounds, [](const CpuTime& round) { return round.total_us(); }),
             median_of(rounds, [](const CpuTime& round) { return round.user_us; }),
             median_of(rounds, [](const CpuTime& round) { return round.kernel_us; }),
             contender.figure);
}

}  // namespace

CpuTime thread_cpu() {
  return usage_of(RUSAGE_THREAD);
}

CpuTime process_cpu() {
  return usage_of(RUSAGE_SELF);
}

CpuTime children_cpu() {
  return usage_of(RUSAGE_CHILDREN);
}

CpuTime per_check(const CpuTime& before, const CpuTime& after, std::uint64_t checks) {
  HALE_ASSERT(checks > 0);
  const auto n = static_cast<double>(checks);
  return {.user_us = (after.user_us - before.user_us) / n,
          .kernel_us = (after.kernel_us - before.kernel_us) / n};
}

void compare(const Comparison& comparison) {
  std::vector<std::vector<CpuTime>> rounds(comparison.contenders.size());
  for (int round = 0; round < comparison.rounds; ++round) {
    for (std::size_t i = 0; i < rounds.size(); ++i) {
      rounds[i].push_back(comparison.contenders[i].measure());
    }
  }
  fmt::print(
      "### {}\n\n{} Medians of {} rounds.\n\n"
      "| | CPU a check | user | kernel | DESIGN.md |\n|---|---|---|---|---|\n",
      comparison.title, comparison.about, comparison.rounds);
  for (std::size_t i = 0; i < rounds.size(); ++i) {
    print_row(comparison.contenders[i], rounds[i]);
  }
  for (const Ratio& ratio : comparison.ratios) {
    std::vector<double> values;
    for (std::size_t i = 0; i < rounds.back().size(); ++i) {
      values.push_back(rounds.back()[i].total_us() / rounds[ratio.to][i].total_us());
    }
    const auto [least, most] = std::ranges::minmax(values);
    fmt::print("| **ratio to {}** | **{:.2f}** ({:.2f} to {:.2f}) | | | {} |\n",
               comparison.contenders[ratio.to].name, median(values), least, most, ratio.wanted);
  }
  fmt::print("\n");
  std::fflush(stdout);
}

CpuTime measure_engine(CheckEngine& engine, monitor::Duration warm_up, monitor::Duration measured) {
  engine.start();
  engine.run_for(warm_up);
  const std::uint64_t started = engine.started();
  const CpuTime before = thread_cpu();
  engine.run_for(measured);
  const CpuTime after = thread_cpu();
  for (const auto& check : engine.board().view()->checks) {
    HALE_ASSERT(check->status == monitor::Status::kHealthy);
  }
  return per_check(before, after, engine.started() - started);
}

}  // namespace hale::bench
