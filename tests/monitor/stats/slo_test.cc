// Objectives against recounting everything that was ever recorded.
#include "monitor/stats/slo.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "monitor/runtime/random.h"

namespace hale::monitor {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{1000s};

std::shared_ptr<SloSettings> settings_of(std::vector<SloObjective> objectives,
                                         Duration window = 30 * 24h) {
  auto settings = std::make_shared<SloSettings>();
  settings->objectives = std::move(objectives);
  settings->window = window;
  return settings;
}

SloObjective success(double share) {
  return {.name = "success", .share = share, .latency = std::nullopt};
}

SloObjective latency_p95(Duration limit) {
  return {.name = "latency_p95", .share = 0.95, .latency = limit};
}

struct Entry {
  TimePoint at;
  std::optional<Duration> latency;
  bool good = false;
  std::uint64_t times = 1;
};

SloCount recount(const std::vector<Entry>& entries, const SloObjective& objective, TimePoint from) {
  SloCount count;
  for (const Entry& entry : entries) {
    if (entry.at < from || (objective.latency && !entry.latency)) {
      continue;
    }
    count.total += entry.times;
    if (objective.latency ? *entry.latency <= *objective.latency : entry.good) {
      count.good += entry.times;
    }
  }
  return count;
}

void expect_equal(SloCount seen, SloCount expected) {
  ASSERT_EQ(seen.good, expected.good);
  ASSERT_EQ(seen.total, expected.total);
}

// Where the window begins: at the beginning of the slot that its length reaches into.
TimePoint begin_of_window(TimePoint now, Duration window) {
  const Duration slot = (window + Duration(Slo::kSlots - 1)) / Slo::kSlots;
  TimePoint begin = kStart;
  while (begin + slot <= now - window) {
    begin += slot;
  }
  return begin;
}

// Rarely longer than the window, now and then many slots, mostly within one.
Duration some_gap(Random& random, Duration window) {
  const std::uint64_t kind = random.below(200);
  if (kind == 0) {
    return window + Duration(static_cast<std::int64_t>(
                        random.below(static_cast<std::uint64_t>(window.count()))));
  }
  const Duration most = kind < 20 ? window / 8 : window / 500;
  return Duration(
      static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(most.count()))));
}

Entry some_entry(Random& random, TimePoint at) {
  Entry entry{.at = at, .latency = std::nullopt, .good = random.chance(0.95)};
  if (entry.good || random.chance(0.5)) {
    entry.latency = std::chrono::milliseconds(random.below(2200));
  }
  if (random.chance(0.1)) {
    entry.times = random.below(50);
  }
  return entry;
}

void compare_with_a_recount(std::uint64_t seed, Duration window) {
  Random random(seed);
  const auto settings = settings_of({success(0.99), latency_p95(2s)}, window);
  Slo slo(settings, kStart);
  std::vector<Entry> entries;
  TimePoint now = kStart;
  for (int step = 0; step < 1500; ++step) {
    now += some_gap(random, window);
    if (!random.chance(0.1)) {
      entries.push_back(some_entry(random, now));
      const Entry& entry = entries.back();
      slo.record(now, entry.latency, entry.good, entry.times);
    }
    if (random.chance(0.3)) {
      continue;  // not everything is looked at right away
    }
    const auto view = slo.view(now);
    const TimePoint begin = begin_of_window(now, window);
    ASSERT_EQ(view->span, now - begin);
    ASSERT_LE(view->span, window + window / Slo::kSlots + Duration(1));
    for (std::size_t i = 0; i < settings->objectives.size(); ++i) {
      SCOPED_TRACE(settings->objectives[i].name);
      const SloObjective& objective = settings->objectives[i];
      ASSERT_NO_FATAL_FAILURE(
          expect_equal(view->stands[i].ever, recount(entries, objective, kStart)));
      ASSERT_NO_FATAL_FAILURE(
          expect_equal(view->stands[i].window, recount(entries, objective, begin)));
    }
  }
}

TEST(SloTest, EqualsARecountOfEverything) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    // One that is a whole number of slots, and one that is none.
    for (const Duration window : {Duration(30 * 24h), Duration(1h + 1ns)}) {
      SCOPED_TRACE(seed);
      SCOPED_TRACE(window.count());
      ASSERT_NO_FATAL_FAILURE(compare_with_a_recount(seed, window));
    }
  }
}

TEST(SloTest, SpendsItsBudgetByTheShareOfBadOnes) {
  struct Case {
    double share;
    std::uint64_t good;
    std::uint64_t bad;
    double remaining;
    bool breached;
  };
  // A budget that is spent to the last is not overspent, whatever a double makes of the share.
  const std::vector<Case> cases = {{0.999, 4000, 0, 1, false},
                                   {0.999, 3998, 2, 0.5, false},
                                   {0.999, 2997, 3, 0, false},
                                   {0.999, 2996, 3, -1.0 / 2999, true},
                                   {0.999, 997, 3, -2, true},
                                   {0.9, 27, 3, 0, false},
                                   {0.9, 26, 3, -1.0 / 29, true},
                                   {0.95, 57, 3, 0, false},
                                   {0.99, 297, 3, 0, false},
                                   {0.5, 3, 3, 0, false},
                                   {0.999, 0, 5, -999, true},
                                   {0.9999, 29'997, 3, 0, false},
                                   {0.999999, 2'999'997, 3, 0, false},
                                   {0.7, 7, 3, 0, false},
                                   {0.999999, 2'999'996, 3, -1.0 / 2'999'999, true}};
  for (const Case& one : cases) {
    SCOPED_TRACE(::testing::Message() << one.share << ": " << one.bad << " bad, " << one.good);
    Slo slo(settings_of({success(one.share)}), kStart);
    slo.record(kStart, 1ms, true, one.good);
    slo.record(kStart, 1ms, false, one.bad);
    const auto view = slo.view(kStart + 1s);
    ASSERT_TRUE(view->stands[0].budget_remaining);
    EXPECT_NEAR(*view->stands[0].budget_remaining, one.remaining, 1e-9 * (1 - one.remaining));
    if (one.remaining == 0) {
      EXPECT_EQ(*view->stands[0].budget_remaining, 0.0);
    }
    EXPECT_EQ(view->breached(), one.breached);
  }
}

TEST(SloTest, HasNoBudgetBeforeAnythingWasCounted) {
  Slo slo(settings_of({success(0.99), latency_p95(1s)}), kStart);
  EXPECT_EQ(slo.view(kStart)->stands[0].budget_remaining, std::nullopt);
  slo.record(kStart, std::nullopt, false);
  const auto view = slo.view(kStart);
  EXPECT_TRUE(view->stands[0].budget_remaining);
  EXPECT_EQ(view->stands[1].budget_remaining, std::nullopt) << "nothing had an answer";
  EXPECT_FALSE(view->stands[1].breached);
}

TEST(SloTest, IsNotBreachedByFewerFailuresThanItMinds) {
  for (const std::uint64_t min_failures : {1U, 3U, 10U}) {
    SCOPED_TRACE(min_failures);
    const auto settings = settings_of({success(0.999)});
    settings->min_failures = min_failures;
    Slo slo(settings, kStart);
    for (std::uint64_t bad = 1; bad <= 12; ++bad) {
      slo.record(kStart, 1ms, false);
      const auto view = slo.view(kStart);
      EXPECT_LT(*view->stands[0].budget_remaining, 0);
      EXPECT_EQ(view->breached(), bad >= min_failures) << bad;
    }
  }
}

TEST(SloTest, CountsForLatencyWhateverHadAnAnswer) {
  Slo slo(settings_of({success(0.99), latency_p95(2s)}), kStart);
  slo.record(kStart, 2s, true);             // just in time
  slo.record(kStart, 2s + 1ns, true);       // too late, and good all the same
  slo.record(kStart, 1ms, false);           // failed fast: good by its latency
  slo.record(kStart, std::nullopt, false);  // no answer
  slo.record(kStart, std::nullopt, true);
  const auto view = slo.view(kStart);
  expect_equal(view->stands[0].window, {.good = 3, .total = 5});
  expect_equal(view->stands[1].window, {.good = 2, .total = 3});
}

TEST(SloTest, ForgetsWhatLeavesTheWindowAndSaysWhen) {
  const Duration window = 120h;  // a slot an hour
  Slo slo(settings_of({success(0.9)}, window), kStart);
  EXPECT_EQ(slo.next_change(kStart), TimePoint::max());
  slo.record(kStart + 10min, 1ms, false, 4);
  slo.record(kStart + 90min, 1ms, true, 6);
  EXPECT_TRUE(slo.view(kStart + 2h)->breached());

  const TimePoint first = kStart + 1h + window;
  ASSERT_EQ(slo.next_change(kStart + 2h), first);
  expect_equal(slo.view(first - 1ns)->stands[0].window, {.good = 6, .total = 10});
  EXPECT_TRUE(slo.view(first - 1ns)->breached());
  expect_equal(slo.view(first)->stands[0].window, {.good = 6, .total = 6});
  EXPECT_FALSE(slo.view(first)->breached());

  const TimePoint second = kStart + 2h + window;
  ASSERT_EQ(slo.next_change(first), second);
  expect_equal(slo.view(second)->stands[0].window, {});
  EXPECT_EQ(slo.next_change(second), TimePoint::max());
  const auto view = slo.view(second + 100h);
  expect_equal(view->stands[0].ever, {.good = 6, .total = 10});
  EXPECT_EQ(view->span, window);

  slo.record(second + 100h, 1ms, true);  // and goes on
  expect_equal(slo.view(second + 100h)->stands[0].window, {.good = 1, .total = 1});
}

TEST(SloTest, StopsCountingWhereANumberIsFullAndStaysConsistent) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  Slo slo(settings_of({success(0.9)}, 1h), kStart);
  slo.record(kStart, 1ms, true, kMost - 5);
  slo.record(kStart + 1min, 1ms, false, 100);
  slo.record(kStart + 2min, 1ms, true, kMost);
  const auto full = slo.view(kStart + 2min);
  expect_equal(full->stands[0].ever, {.good = kMost - 5, .total = kMost});
  expect_equal(full->stands[0].window, {.good = kMost - 5, .total = kMost});
  expect_equal(slo.view(kStart + 3h)->stands[0].window, {});
}

TEST(SloTest, SaysWhatIsBreachedWithAsManyDigitsAsShowIt) {
  const auto settings = settings_of({success(0.999), latency_p95(1500ms)});
  Slo slo(settings, kStart);
  slo.record(kStart, 1s, true, 1200);
  EXPECT_EQ(breach_message(*slo.view(kStart + 40 * 24h), "runs"), "");

  const struct {
    std::uint64_t good;
    std::uint64_t bad;
    std::string_view share;
  } cases[] = {{1200, 4, "99.7 % of 1,204 runs"},
               {12, 3, "80 % of 15 runs"},
               {1'000'000, 1010, "99.899 % of 1,001,010 runs"},
               {0, 3, "0 % of 3 runs"},
               {1, 99'999, "0.001 % of 100,000 runs"}};
  for (const auto& one : cases) {
    SCOPED_TRACE(one.share);
    Slo counted(settings, kStart);
    counted.record(kStart, std::nullopt, true, one.good);
    counted.record(kStart, std::nullopt, false, one.bad);
    EXPECT_EQ(
        breach_message(*counted.view(kStart + 2h + 5min), "runs"),
        "SLO success: " + std::string(one.share) + " in 2h 5m were good, the objective is 99.9 %");
  }

  Slo both(settings, kStart);
  both.record(kStart, 2s, false, 10);
  both.record(kStart + 30 * 24h, 1s, true, 10);
  EXPECT_EQ(breach_message(*both.view(kStart + 30 * 24h + 1h), "calls"),
            "SLO success: 50 % of 20 calls in 30d were good, the objective is 99.9 %; "
            "SLO latency_p95: 50 % of 20 calls in 30d took at most 1.5 s, the objective is 95 %");
}

}  // namespace
}  // namespace hale::monitor
