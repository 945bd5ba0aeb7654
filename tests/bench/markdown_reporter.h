// Google Benchmark's results as the rows of a Markdown table: the median of the repetitions, for
// one item of those that the benchmark processed. Its label says what an item is.
#pragma once

#include <vector>

#include <benchmark/benchmark.h>

namespace hale::bench {

class MarkdownReporter final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;
  void Finalize() override;
};

}  // namespace hale::bench
