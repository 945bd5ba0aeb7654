// Percentiles and their exposition beside prometheus-cpp, which does the same work: what it costs
// to record a duration, to tell three percentiles, to merge, and to write a sample.
#include <array>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/core.h>
#include <malloc.h>
#include <prometheus/histogram.h>
#include <prometheus/summary.h>
#include <prometheus/text_serializer.h>

#include "exporters/prometheus/exposition.h"
#include "monitor/runtime/random.h"
#include "monitor/stats/exponential_histogram.h"
#include "monitor/stats/raw_windows.h"
#include "monitor/stats/run_stats.h"
#include "monitor/stats/slot_windows.h"
#include "tests/bench/markdown_reporter.h"

namespace hale::bench {
namespace {

using namespace std::chrono_literals;
using monitor::Histogram;
using monitor::TimePoint;

// Log-normal, around 7 ms, from a tenth of a millisecond to a second: 10 octaves, 480 buckets.
const std::vector<double>& durations() {
  static const std::vector<double> kDurations = [] {
    monitor::Random random(1);
    std::vector<double> values(4096);
    for (double& value : values) {
      double sum = 0;
      for (int i = 0; i < 12; ++i) {
        sum += static_cast<double>(random.below(1'000'000)) / 1e6;
      }
      value = std::exp(-5 + (sum - 6));
    }
    return values;
  }();
  return kDurations;
}

template <typename Record>
void record(benchmark::State& state, Record record) {
  for (auto _ : state) {
    for (const double value : durations()) {
      record(value);
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(durations().size()));
}

void record_ours(benchmark::State& state) {
  monitor::ExponentialHistogram histogram;
  record(state, [&](double value) { histogram.record(value); });
  benchmark::DoNotOptimize(histogram.snapshot());
  state.SetLabel("a duration recorded, 10 octaves in use");
}

void record_prometheus_histogram(benchmark::State& state) {
  std::vector<double> bounds;
  for (int exponent = -10; exponent <= 6; ++exponent) {
    bounds.push_back(std::ldexp(1.0, exponent));
  }
  prometheus::Histogram histogram(bounds);
  record(state, [&](double value) { histogram.Observe(value); });
  state.SetLabel("a duration observed by prometheus-cpp's Histogram, 17 bounds");
}

prometheus::Summary::Quantiles quantiles() {
  return {{0.5, 0.01}, {0.95, 0.005}, {0.99, 0.001}};
}

void record_prometheus_summary(benchmark::State& state) {
  prometheus::Summary summary(quantiles());
  record(state, [&](double value) { summary.Observe(value); });
  state.SetLabel("a duration observed by prometheus-cpp's Summary");
}

Histogram filled() {
  monitor::ExponentialHistogram histogram;
  for (const double value : durations()) {
    histogram.record(value);
  }
  return histogram.snapshot();
}

void three_percentiles(benchmark::State& state) {
  const Histogram histogram = filled();
  std::array<double, 3> values{};
  for (auto _ : state) {
    histogram.quantiles(monitor::kShares, values);
    benchmark::DoNotOptimize(values);
  }
  state.SetItemsProcessed(state.iterations());
  state.SetLabel(
      fmt::format("p50, p95 and p99 of a histogram, {} buckets", histogram.buckets.size()));
}

// All three windows, with their minima, maxima, means and ratios.
void raw_windows(benchmark::State& state) {
  monitor::RawWindows windows(TimePoint{});
  TimePoint now{};
  for (std::size_t i = 0; i < 360; ++i) {
    now += 10s;
    windows.record(now,
                   std::chrono::duration_cast<monitor::Duration>(
                       std::chrono::duration<double>(durations()[i])),
                   true);
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(windows.view(now));
  }
  state.SetItemsProcessed(state.iterations());
  state.SetLabel("the three windows of a check at 10 s: 6, 30 and 360 raw values");
}

void slot_windows(benchmark::State& state) {
  monitor::ExponentialHistogram cumulative;
  monitor::SlotWindows windows(cumulative, TimePoint{});
  TimePoint now{};
  for (std::size_t i = 0; i < 3600; ++i) {
    now += 1s;
    windows.record(now, durations()[i], true);
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(windows.view(now));
  }
  state.SetItemsProcessed(state.iterations());
  state.SetLabel("the three windows of a check at 1 s: 60, 300 and 3,600 values in slots");
}

void summary_percentiles(benchmark::State& state) {
  prometheus::Summary summary(quantiles());
  for (const double value : durations()) {
    summary.Observe(value);
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(summary.Collect());
  }
  state.SetItemsProcessed(state.iterations());
  state.SetLabel("p50, p95 and p99 of a prometheus-cpp Summary of the same values");
}

void merge(benchmark::State& state) {
  const Histogram histogram = filled();
  for (auto _ : state) {
    Histogram merged = histogram;
    merged.merge(histogram);
    benchmark::DoNotOptimize(merged);
  }
  state.SetItemsProcessed(state.iterations());
  state.SetLabel(fmt::format("two histograms of {} buckets merged", histogram.buckets.size()));
}

std::string check_name(std::int64_t i) {
  return "check-" + std::to_string(i);
}

void exposition(benchmark::State& state, exporters::ExpositionFormat format, const char* name) {
  const std::int64_t samples = state.range(0);
  std::string text;
  std::vector<std::string> labels(static_cast<std::size_t>(samples));
  {
    const auto out = make_exposition(format, monitor::HistogramKind::kClassic, text);
    for (std::int64_t i = 0; i < samples; ++i) {
      std::string& block = labels[static_cast<std::size_t>(i)];
      out->label(block, "check", check_name(i));
      out->label(block, "window", "5m");
    }
  }
  for (auto _ : state) {
    text.clear();
    const auto out = make_exposition(format, monitor::HistogramKind::kClassic, text);
    out->family("hale_check_latency_seconds", exporters::MetricType::kGauge, "Latency.");
    std::size_t next = 0;
    for (const std::string& block : labels) {
      out->sample(block, durations()[next++ % durations().size()]);
    }
    out->finish();
    benchmark::DoNotOptimize(text);
  }
  state.SetItemsProcessed(state.iterations() * samples);
  state.SetLabel(fmt::format("a sample as {}, {} of them, labels rendered before", name, samples));
}

void text_ours(benchmark::State& state) {
  exposition(state, exporters::ExpositionFormat::kText, "text");
}
void openmetrics_ours(benchmark::State& state) {
  exposition(state, exporters::ExpositionFormat::kOpenMetrics, "OpenMetrics");
}
void protobuf_ours(benchmark::State& state) {
  exposition(state, exporters::ExpositionFormat::kProtobuf, "protobuf");
}

void text_prometheus(benchmark::State& state) {
  const std::int64_t samples = state.range(0);
  std::vector<prometheus::MetricFamily> families(1);
  families[0].name = "hale_check_latency_seconds";
  families[0].help = "Latency.";
  families[0].type = prometheus::MetricType::Gauge;
  for (std::int64_t i = 0; i < samples; ++i) {
    prometheus::ClientMetric& metric = families[0].metric.emplace_back();
    metric.label = {{"check", check_name(i)}, {"window", "5m"}};
    metric.gauge.value = durations()[static_cast<std::size_t>(i) % durations().size()];
  }
  const prometheus::TextSerializer serializer;
  for (auto _ : state) {
    benchmark::DoNotOptimize(serializer.Serialize(families));
  }
  state.SetItemsProcessed(state.iterations() * samples);
  state.SetLabel(fmt::format("a sample by prometheus-cpp's TextSerializer, {} of them", samples));
}

// What the statistics of a check take, by malloc's own account, their published view included.
class Series {
 public:
  static constexpr std::size_t kCount = 1000;

  explicit Series(monitor::Duration interval) : interval_(interval) {
    for (std::size_t i = 0; i < kCount; ++i) {
      stats_.push_back(std::make_unique<monitor::RunStats>(interval, now_));
    }
    views_.resize(kCount);
  }
  void run_for(monitor::Duration duration) {
    for (const TimePoint end = now_ + duration; now_ < end; now_ += interval_, ++runs_) {
      for (std::size_t i = 0; i < kCount; ++i) {
        // Each around a duration of its own, within a factor of ten.
        const double seconds = durations()[(runs_ * 31 + i) % durations().size()];
        stats_[i]->record(
            now_, monitor::Outcome::pass("fine"),
            std::chrono::duration_cast<monitor::Duration>(std::chrono::duration<double>(seconds)));
        views_[i] = stats_[i]->view(now_);
      }
    }
  }
  void idle_for(monitor::Duration duration) {
    now_ += duration;
    for (std::size_t i = 0; i < kCount; ++i) {
      views_[i] = stats_[i]->view(now_);
    }
  }

 private:
  monitor::Duration interval_;
  TimePoint now_{1h};
  std::size_t runs_ = 0;
  std::vector<std::unique_ptr<monitor::RunStats>> stats_;
  std::vector<std::shared_ptr<const monitor::RunStatsView>> views_;
};

void print_memory_of_series() {
  fmt::print(
      "| statistics of a check | after a run | after an hour | idle for an hour more |\n"
      "|---|---|---|---|\n");
  for (const monitor::Duration interval : {monitor::Duration(10s), monitor::Duration(1s)}) {
    const std::size_t before = mallinfo2().uordblks;
    Series series(interval);
    const auto kilobytes = [before] {
      return static_cast<double>(mallinfo2().uordblks - before) / 1e3 / Series::kCount;
    };
    series.run_for(interval);
    const double fresh = kilobytes();
    series.run_for(1h);
    const double hour = kilobytes();
    series.idle_for(2h);
    fmt::print("| every {} s, {} | {:.2f} kB | {:.2f} kB | {:.2f} kB |\n", interval / 1s,
               interval == 1s ? "in slots" : "raw values", fresh, hour, kilobytes());
  }
  fmt::print("\n");
}

void register_all() {
  const auto add = [](const char* name, void (*function)(benchmark::State&)) {
    return benchmark::RegisterBenchmark(name, function)->Repetitions(3)->MinTime(0.2);
  };
  add("record", record_ours);
  add("record, prometheus-cpp Histogram", record_prometheus_histogram);
  add("record, prometheus-cpp Summary", record_prometheus_summary);
  add("percentiles", three_percentiles);
  add("percentiles, prometheus-cpp Summary", summary_percentiles);
  add("windows, raw", raw_windows);
  add("windows, slots", slot_windows);
  add("merge", merge);
  for (const std::int64_t samples : {1000, 100'000}) {
    add("text", text_ours)->Arg(samples);
    add("OpenMetrics", openmetrics_ours)->Arg(samples);
    add("protobuf", protobuf_ours)->Arg(samples);
    add("text, prometheus-cpp", text_prometheus)->Arg(samples);
  }
}

}  // namespace

}  // namespace hale::bench

int main(int argc, char** argv) {
  hale::bench::register_all();
  const int status =
      hale::bench::run_benchmarks(argc, argv, "Percentiles and exposition beside prometheus-cpp");
  hale::bench::print_memory_of_series();
  return status;
}
