// The two kinds of windows against recounting everything that was ever recorded.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "monitor/runtime/random.h"
#include "monitor/stats/raw_windows.h"
#include "monitor/stats/slot_windows.h"

namespace hale::monitor {
namespace {

using namespace std::chrono_literals;

struct Entry {
  TimePoint at;
  std::optional<double> seconds;
  bool good = false;
};

// A gap that is now and then longer than a window.
Duration some_gap(Random& random) {
  const std::uint64_t kind = random.below(100);
  if (kind == 0) {
    return std::chrono::minutes(1 + random.below(180));
  }
  if (kind < 10) {
    return std::chrono::seconds(random.below(120));
  }
  return std::chrono::milliseconds(random.below(9000));
}

Entry some_run(Random& random, TimePoint at) {
  Entry run{.at = at, .seconds = std::nullopt, .good = random.chance(0.9)};
  if (run.good || random.chance(0.5)) {
    run.seconds = 0.0005 * static_cast<double>(1 + random.below(100'000));
  }
  return run;
}

double nearest_rank(const std::vector<double>& sorted, double share) {
  return sorted[static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size()))) -
                1];
}

// What came after `from`.
void expect_recounted(const WindowView& view, const std::vector<Entry>& runs, TimePoint from,
                      double tolerance) {
  std::uint64_t good = 0;
  std::uint64_t total = 0;
  std::vector<double> latencies;
  for (const Entry& run : runs) {
    if (run.at > from) {
      ++total;
      good += static_cast<std::uint64_t>(run.good);
      if (run.seconds) {
        latencies.push_back(*run.seconds);
      }
    }
  }
  ASSERT_EQ(view.total, total);
  ASSERT_EQ(view.good, good);
  ASSERT_EQ(view.samples, latencies.size());
  if (latencies.empty()) {
    EXPECT_TRUE(std::isnan(view.p50) && std::isnan(view.p99) && std::isnan(view.max));
    return;
  }
  std::ranges::sort(latencies);
  EXPECT_NEAR(view.p50 / nearest_rank(latencies, 0.5), 1, tolerance);
  EXPECT_NEAR(view.p95 / nearest_rank(latencies, 0.95), 1, tolerance);
  EXPECT_NEAR(view.p99 / nearest_rank(latencies, 0.99), 1, tolerance);
  EXPECT_NEAR(view.min / latencies.front(), 1, 1e-6);
  EXPECT_NEAR(view.max / latencies.back(), 1, 1e-6);
  double sum = 0;
  for (const double latency : latencies) {
    sum += latency;
  }
  EXPECT_NEAR(view.mean / (sum / static_cast<double>(latencies.size())), 1, 1e-6);
}

Duration from_seconds(double seconds) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

TEST(RawWindowsTest, EqualARecountOfEverything) {
  Random random(7);
  const TimePoint start{1000s};
  RawWindows windows(start);
  std::vector<Entry> runs;
  TimePoint now = start;
  for (int step = 0; step < 4000; ++step) {
    now += some_gap(random) + 7s;  // rare enough for an hour to fit
    const Entry run = some_run(random, now);
    windows.record(now, run.seconds ? std::optional(from_seconds(*run.seconds)) : std::nullopt,
                   run.good);
    runs.push_back(run);
    now += std::chrono::milliseconds(random.below(70'000));
    const WindowViews views = windows.view(now);
    for (std::size_t i = 0; i < kWindowCount; ++i) {
      SCOPED_TRACE(to_string(static_cast<Window>(i)));
      const Duration length = length_of(static_cast<Window>(i));
      expect_recounted(views[i], runs, now - length, 1e-6);
      EXPECT_EQ(views[i].span, std::min(length, now - start));
      if (HasFatalFailure()) {
        return;
      }
    }
  }
}

TEST(RawWindowsTest, KeepTheLatestAndSayHowFarTheyReach) {
  const TimePoint start{1s};
  RawWindows windows(start);
  TimePoint now = start;
  for (std::size_t i = 0; i < RawWindows::kCapacity + 100; ++i) {
    now += 1s;
    windows.record(now, 5ms, true);
  }
  const WindowView hour = windows.view(now)[static_cast<std::size_t>(Window::kHour)];
  EXPECT_EQ(hour.samples, RawWindows::kCapacity);
  EXPECT_EQ(hour.span, std::chrono::seconds(RawWindows::kCapacity));
  EXPECT_EQ(windows.view(now)[0].span, 1min) << "a window that misses nothing";
}

TEST(RawWindowsTest, FewSamplesAreSaidToBeFew) {
  RawWindows windows(TimePoint{});
  TimePoint now{};
  for (const auto latency : {5ms, 1ms, 4ms, 2ms, 3ms}) {
    now += 10s;
    windows.record(now, latency, true);
  }
  const WindowView view = windows.view(now)[0];
  EXPECT_EQ(view.samples, 5U);
  EXPECT_NEAR(view.p50, 0.003, 1e-9);
  EXPECT_NEAR(view.p95, 0.005, 1e-9);
  EXPECT_NEAR(view.p99, 0.005, 1e-9) << "of five, the 99th percentile is the largest";
  EXPECT_TRUE(view.low_confidence());
  EXPECT_EQ(most_telling(windows.view(now)), Window::kHour);
}

TEST(SlotWindowsTest, EqualARecountOfTheirSlots) {
  constexpr Duration kSlots[] = {5s, 15s, 5min};
  Random random(8);
  const TimePoint start{1234567ms};
  ExponentialHistogram cumulative;
  SlotWindows windows(cumulative, start);
  std::vector<Entry> runs;
  TimePoint now = start;
  for (int step = 0; step < 6000; ++step) {
    now += some_gap(random);
    const Entry run = some_run(random, now);
    ASSERT_TRUE(windows.record(now, run.seconds, run.good));
    runs.push_back(run);
    if (random.chance(0.5)) {
      continue;
    }
    now += some_gap(random);
    const WindowViews views = windows.view(now);
    for (std::size_t i = 0; i < kWindowCount; ++i) {
      SCOPED_TRACE(to_string(static_cast<Window>(i)));
      const Duration length = length_of(static_cast<Window>(i));
      // The slot in which the window begins counts as a whole.
      const TimePoint begin{(now - length).time_since_epoch() / kSlots[i] * kSlots[i]};
      expect_recounted(views[i], runs, begin - 1ns, 0.0055);
      EXPECT_EQ(views[i].span, now - std::max(start, begin));
      if (HasFatalFailure()) {
        return;
      }
    }
  }
}

TEST(SlotWindowsTest, WhatIsNoSizeIsNotCounted) {
  ExponentialHistogram cumulative;
  SlotWindows windows(cumulative, TimePoint{});
  EXPECT_FALSE(windows.record(TimePoint{1s}, -1.0, true));
  EXPECT_EQ(windows.view(TimePoint{1s})[0].total, 0U);
  EXPECT_TRUE(windows.record(TimePoint{1s}, 2.0, true, 10));
  EXPECT_EQ(windows.view(TimePoint{1s})[0].samples, 10U);
  EXPECT_EQ(windows.view(TimePoint{1s})[0].good, 10U);
}

// Looks at the windows whenever they say that they have changed, and right before.
template <typename Windows>
void expect_changes_to_be_told(Windows& windows, TimePoint now) {
  WindowViews last = windows.view(now);
  int changes = 0;
  for (TimePoint next = windows.next_change(now); next != TimePoint::max();
       next = windows.next_change(now)) {
    ASSERT_GT(next, now);
    const WindowViews before = windows.view(next - 1ns);
    const WindowViews after = windows.view(next);
    bool same = true;
    for (std::size_t i = 0; i < kWindowCount; ++i) {
      EXPECT_EQ(before[i].total, last[i].total) << "nothing had been told";
      same = same && after[i].total == before[i].total;
    }
    EXPECT_FALSE(same);
    last = after;
    now = next;
    ++changes;
  }
  EXPECT_GT(changes, 5);
  for (const WindowView& view : windows.view(now)) {
    EXPECT_EQ(view.total, 0U) << "in the end nothing is left";
  }
}

TEST(RawWindowsTest, SayWhenTheyChange) {
  RawWindows windows(TimePoint{});
  Random random(3);
  TimePoint now{};
  for (int i = 0; i < 20; ++i) {
    now += std::chrono::milliseconds(random.below(40'000));
    windows.record(now, 1ms, true);
  }
  expect_changes_to_be_told(windows, now);
}

TEST(SlotWindowsTest, SayWhenTheyChange) {
  ExponentialHistogram cumulative;
  SlotWindows windows(cumulative, TimePoint{});
  Random random(3);
  TimePoint now{};
  for (int i = 0; i < 60; ++i) {
    now += std::chrono::milliseconds(random.below(20'000));
    ASSERT_TRUE(windows.record(now, 0.001, true));
  }
  expect_changes_to_be_told(windows, now);
}

}  // namespace
}  // namespace hale::monitor
