#include "monitor/stats/run_stats.h"

#include <chrono>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace hale::monitor {
namespace {

using namespace std::chrono_literals;

TEST(RunStatsTest, LatencyIsWhatGotAnAnswerOrWaitedForOneInVain) {
  EXPECT_TRUE(counts_as_latency(Outcome::pass("")));
  EXPECT_TRUE(counts_as_latency(Outcome::warn(Reason::kThreshold, Phase::kEvaluate, "")));
  EXPECT_FALSE(counts_as_latency(Outcome::unknown(Reason::kTimeout, Phase::kRun, "")));
  const std::vector<std::pair<Reason, bool>> failures = {
      {Reason::kStatus, true},       {Reason::kValidation, true},   {Reason::kThreshold, true},
      {Reason::kAuth, true},         {Reason::kTimeout, true},      {Reason::kDns, false},
      {Reason::kRefused, false},     {Reason::kReset, false},       {Reason::kUnreachable, false},
      {Reason::kTls, false},         {Reason::kCertificate, false}, {Reason::kProtocol, false},
      {Reason::kRateLimited, false}, {Reason::kMissing, false},     {Reason::kStuck, false},
      {Reason::kAgent, false},       {Reason::kInternal, false}};
  for (const auto& [reason, expected] : failures) {
    EXPECT_EQ(counts_as_latency(Outcome::fail(reason, Phase::kRun, "")), expected)
        << to_string(reason);
  }
}

// 100 runs of 1 to 100 ms; then the shares of the last hour.
WindowView hour_after_runs(Duration interval) {
  RunStats stats(interval, TimePoint{1h});
  TimePoint now{1h};
  for (int i = 1; i <= 100; ++i) {
    now += interval;
    stats.record(now, Outcome::pass(""), i * 1ms);
  }
  return stats.view(now)->windows[static_cast<std::size_t>(Window::kHour)];
}

TEST(RunStatsTest, IsExactWhereAnHourHoldsUpTo512RunsAndNearBeyond) {
  const WindowView exact = hour_after_runs(7100ms);
  EXPECT_EQ(exact.samples, 100U);
  EXPECT_FLOAT_EQ(static_cast<float>(exact.p50), 0.050F);
  EXPECT_FLOAT_EQ(static_cast<float>(exact.p95), 0.095F);
  EXPECT_FLOAT_EQ(static_cast<float>(exact.p99), 0.099F);

  const WindowView near = hour_after_runs(7s);
  EXPECT_EQ(near.samples, 100U);
  EXPECT_NE(near.p50, exact.p50) << "the value of a bucket";
  EXPECT_NEAR(near.p50 / 0.050, 1, 0.0055);
  EXPECT_NEAR(near.p99 / 0.099, 1, 0.0055);
}

TEST(RunStatsTest, TellsLatenciesAndOtherFailuresApart) {
  for (const Duration interval : {Duration(1s), Duration(10s)}) {
    RunStats stats(interval, TimePoint{1h});
    const TimePoint now = TimePoint{1h} + 1s;
    stats.record(now, Outcome::pass(""), 10ms);
    stats.record(now, Outcome::fail(Reason::kTimeout, Phase::kRun, ""), 2s);
    stats.record(now, Outcome::fail(Reason::kRefused, Phase::kConnect, ""), 1ms);
    stats.record(now, Outcome::unknown(Reason::kPermission, Phase::kRun, ""), 5s);
    const auto view = stats.view(now);
    EXPECT_EQ(view->latencies->count(), 2U);
    EXPECT_EQ(view->failures->count(), 1U);
    const WindowView& minute = view->windows[0];
    EXPECT_EQ(minute.samples, 2U);
    EXPECT_EQ(minute.total, 3U);
    EXPECT_EQ(minute.good, 1U);
  }
}

TEST(RunStatsTest, KeepsWhatItPublished) {
  RunStats stats(10s, TimePoint{1h});
  stats.record(TimePoint{1h}, Outcome::pass(""), 10ms);
  const auto before = stats.view(TimePoint{1h});
  EXPECT_EQ(stats.view(TimePoint{1h} + 5s)->latencies, before->latencies) << "nothing came";
  stats.record(TimePoint{1h} + 10s, Outcome::pass(""), 10ms);
  EXPECT_EQ(stats.view(TimePoint{1h} + 10s)->latencies->count(), 2U);
  EXPECT_EQ(before->latencies->count(), 1U);
}

}  // namespace
}  // namespace hale::monitor
