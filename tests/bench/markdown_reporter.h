// Google Benchmark's results as the rows of a Markdown table: the median of the repetitions, for
// one item of those that the benchmark processed. Its label says what an item is.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

namespace hale::bench {

class MarkdownReporter final : public benchmark::BenchmarkReporter {
 public:
  explicit MarkdownReporter(std::string title) : title_(std::move(title)) {}
  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;
  void Finalize() override;

 private:
  std::string title_;
};

// Measures what was registered and prints the table. Returns the status to exit with.
int run_benchmarks(int argc, char** argv, const std::string& title);

}  // namespace hale::bench
