#include "tests/bench/markdown_reporter.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/core.h>

namespace hale::bench {
namespace {

std::string_view to_reach(std::string_view benchmark) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kTargets = {{
      {"`/metrics`, 1,000 checks",
       "at most 100 ns a sample; prometheus-cpp's TextSerializer 1,300 to 1,800 ns"},
      {"record", "at most 5 ns; prometheus-cpp's Histogram 20 ns, its Summary 2,500 ns"},
      {"percentiles", "at most 1,000 ns; prometheus-cpp's Summary 21,000 ns"},
      {"line", "at most 150 ns; Netdata 274 ns"},
      {"line, tags", "at most 150 ns"},
      {"text", "at most 100 ns; prometheus-cpp's TextSerializer 1,300 to 1,800 ns"},
  }};
  const auto found = std::ranges::find(kTargets, benchmark, [](const auto& t) { return t.first; });
  return found == kTargets.end() ? "" : found->second;
}

std::string readable(double nanoseconds) {
  if (nanoseconds < 10'000) {
    return fmt::format("{:.1f} ns", nanoseconds);
  }
  return nanoseconds < 1e6 ? fmt::format("{:.1f} µs", nanoseconds / 1e3)
                           : fmt::format("{:.2f} ms", nanoseconds / 1e6);
}

}  // namespace

bool MarkdownReporter::ReportContext(const Context&) {
  fmt::print("### {}\n\n| | time | of | DESIGN.md |\n|---|---|---|---|\n", title_);
  return true;
}

void MarkdownReporter::ReportRuns(const std::vector<Run>& runs) {
  for (const Run& run : runs) {
    const auto rate = run.counters.find("items_per_second");
    if (run.aggregate_name != "median" || rate == run.counters.end()) {
      continue;
    }
    fmt::print("| {} | **{}** | {} | {} |\n", run.run_name.function_name,
               readable(1e9 / rate->second.value), run.report_label,
               to_reach(run.run_name.function_name));
  }
}

void MarkdownReporter::Finalize() {
  fmt::print("\n");
}

int run_benchmarks(int argc, char** argv, const std::string& title) {
  benchmark::Initialize(&argc, argv);
  MarkdownReporter reporter(title);
  benchmark::RunSpecifiedBenchmarks(&reporter);
  benchmark::Shutdown();
  return 0;
}

}  // namespace hale::bench
