#include "monitor/schedule/scheduler.h"

#include <initializer_list>
#include <map>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "monitor/runtime/random.h"

namespace hale::monitor {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{100s};

// A hash whose phase on a grid of 10 s is 3 s.
constexpr std::uint64_t kPhaseThree = 3'000'000'000;

std::vector<Scheduler::Due> collect(Scheduler& scheduler, TimePoint now) {
  std::vector<Scheduler::Due> due;
  scheduler.collect(now, due);
  return due;
}

// Past the first run, which stands outside the grid.
Scheduler on_the_grid(Duration interval = 10s) {
  Scheduler scheduler;
  scheduler.add(kPhaseThree, interval, kStart);
  collect(scheduler, kStart + 2s);
  return scheduler;
}

TEST(SchedulerTest, TheFirstRunComesWithinTwoSecondsOrTheIntervalAndIsSpread) {
  for (const Duration interval : {Duration(500ms), Duration(1s), Duration(10s), Duration(24h)}) {
    SCOPED_TRACE(testing::Message() << to_seconds(interval) << " s");
    std::map<int, int> tenths;
    for (int i = 0; i < 500; ++i) {
      Scheduler scheduler;
      scheduler.add(stable_hash("check" + std::to_string(i)), interval, kStart);
      const Duration wait = *scheduler.next() - kStart;
      const Duration within = std::min<Duration>(interval, 2s);
      ASSERT_GE(wait, 0s);
      ASSERT_LT(wait, within);
      ++tenths[static_cast<int>(10 * wait / within)];
    }
    for (int tenth = 0; tenth < 10; ++tenth) {
      EXPECT_GT(tenths[tenth], 20) << tenth;
    }
  }
}

TEST(SchedulerTest, AfterTheFirstRunTheTicksStandOnTheGridOfTheHash) {
  Scheduler scheduler = on_the_grid();
  std::vector<TimePoint> ticks;
  while (ticks.size() < 5) {
    const auto due = collect(scheduler, *scheduler.next());
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].late, 0U);
    ticks.push_back(due[0].tick);
  }
  const std::vector<TimePoint> expected = {TimePoint(103s), TimePoint(113s), TimePoint(123s),
                                           TimePoint(133s), TimePoint(143s)};
  EXPECT_EQ(ticks, expected);
}

TEST(SchedulerTest, ATickBetweenTheStartAndTheFirstRunIsNoTick) {
  // The grid has a tick at 100.5 s; the first run comes at 100 s + 1.500 s or so.
  Scheduler scheduler;
  const std::uint64_t hash = (std::uint64_t{1'500'000'000} << 20U);
  scheduler.add(hash, 10s, kStart);
  const TimePoint first = *scheduler.next();
  EXPECT_EQ(first, kStart + 1500ms);
  const auto due = collect(scheduler, first);
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].tick, first);
  EXPECT_EQ(due[0].late, 0U);
}

TEST(SchedulerTest, CountsTheTicksThatPassedAndNeverCatchesUp) {
  Scheduler scheduler = on_the_grid();
  collect(scheduler, TimePoint(113s));
  const auto due = collect(scheduler, TimePoint(145s));
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].tick, TimePoint(123s));
  EXPECT_EQ(due[0].late, 2U) << "133 and 143";
  EXPECT_EQ(scheduler.next(), TimePoint(153s));
  EXPECT_TRUE(collect(scheduler, TimePoint(152s)).empty());
}

TEST(SchedulerTest, HandsOutATickExactlyOnItsTimeAndNotBefore) {
  Scheduler scheduler = on_the_grid();
  EXPECT_TRUE(collect(scheduler, TimePoint(103s) - 1ns).empty());
  EXPECT_EQ(collect(scheduler, TimePoint(103s)).size(), 1U);
  EXPECT_TRUE(collect(scheduler, TimePoint(103s)).empty());
}

TEST(SchedulerTest, EveryTickIsHandedOutOrCountedWheneverOneLooks) {
  Random random(7);
  for (int round = 0; round < 200; ++round) {
    SCOPED_TRACE(round);
    const Duration interval(1 + static_cast<Duration::rep>(random.below(30'000'000'000)));
    const std::uint64_t hash = random.next();
    Scheduler scheduler;
    scheduler.add(hash, interval, kStart);
    const TimePoint first = *scheduler.next();
    TimePoint now = kStart;
    std::uint64_t handed_out = 0;
    std::uint64_t late = 0;
    for (int look = 0; look < 50; ++look) {
      now +=
          Duration(static_cast<Duration::rep>(random.below(4 * std::uint64_t(interval.count()))));
      for (const Scheduler::Due& due : collect(scheduler, now)) {
        ++handed_out;
        late += due.late;
      }
    }
    // The first run, and every k for which phase + k * interval lies in (first, now].
    const auto phase = Duration(static_cast<Duration::rep>(hash % std::uint64_t(interval.count())));
    std::uint64_t expected = now >= first ? 1 : 0;
    TimePoint tick = TimePoint(phase) + interval * ((first.time_since_epoch() - phase) / interval);
    for (; tick <= now; tick += interval) {
      expected += tick > first ? 1 : 0;
    }
    EXPECT_EQ(handed_out + late, expected);
  }
}

TEST(SchedulerTest, HandsOutByTimeThenById) {
  Scheduler scheduler;
  scheduler.add(7'000'000'000, 10s, kStart);
  scheduler.add(kPhaseThree, 10s, kStart);
  scheduler.add(kPhaseThree, 10s, kStart);
  collect(scheduler, kStart + 2s);
  const auto due = collect(scheduler, TimePoint(109s));
  ASSERT_EQ(due.size(), 3U);
  EXPECT_EQ(due[0].check, 1U);
  EXPECT_EQ(due[1].check, 2U);
  EXPECT_EQ(due[2].check, 0U);
}

TEST(SchedulerTest, AnotherIntervalBringsTheGridThatBelongsToIt) {
  Scheduler scheduler = on_the_grid();
  collect(scheduler, TimePoint(103s));
  scheduler.set_interval(0, 4s, TimePoint(104s));
  EXPECT_EQ(scheduler.next(), TimePoint(107s)) << "3 + 26 * 4";
  scheduler.set_interval(0, 10s, TimePoint(106s));
  EXPECT_EQ(scheduler.next(), TimePoint(113s));
}

TEST(SchedulerTest, AFirstRunThatIsStillToComeSurvivesAnotherInterval) {
  Scheduler scheduler;
  scheduler.add(stable_hash("web"), 10s, kStart);
  const auto first = scheduler.next();
  scheduler.set_interval(0, 60s, kStart);
  EXPECT_EQ(scheduler.next(), first);
  scheduler.set_interval(0, 1s, kStart);
  EXPECT_EQ(scheduler.next(), first);
}

TEST(SchedulerTest, AnotherIntervalLosesNoTickThatIsDueAlready) {
  Scheduler scheduler = on_the_grid();
  scheduler.set_interval(0, 2s, TimePoint(103s));
  const auto due = collect(scheduler, TimePoint(103s));
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].tick, TimePoint(103s));
  EXPECT_EQ(scheduler.next(), TimePoint(105s));
}

TEST(SchedulerTest, CountsLateTicksOfBothGridsWhenTheIntervalChangesDuringAStall) {
  Scheduler scheduler = on_the_grid();
  // Due: 103. Passed on the old grid: 113, 123.
  scheduler.set_interval(0, 2s, TimePoint(124s));
  // Passed on the new one: 125, 127, 129.
  scheduler.set_interval(0, 10s, TimePoint(130s));
  // Passed on the third: 133, 143.
  const auto due = collect(scheduler, TimePoint(145s));
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].tick, TimePoint(103s));
  EXPECT_EQ(due[0].late, 7U);
  EXPECT_EQ(scheduler.next(), TimePoint(153s));
  EXPECT_EQ(collect(scheduler, TimePoint(153s)).at(0).late, 0U);
}

TEST(SchedulerTest, APausedCheckHasNoTicksAndAResumedOneHasItsGridAgain) {
  Scheduler scheduler = on_the_grid();
  EXPECT_EQ(scheduler.pause(0, TimePoint(102s)), 0U);
  EXPECT_EQ(scheduler.next(), std::nullopt);
  EXPECT_EQ(scheduler.next_tick(0), std::nullopt);
  scheduler.set_interval(0, 4s, TimePoint(103s));
  EXPECT_TRUE(collect(scheduler, TimePoint(200s)).empty());
  scheduler.resume(0, TimePoint(200s));
  EXPECT_EQ(scheduler.next_tick(0), TimePoint(203s)) << "3 + 50 * 4";
  EXPECT_EQ(collect(scheduler, TimePoint(203s)).at(0).late, 0U);
}

TEST(SchedulerTest, APauseSaysHowManyTicksHadPassedUnseen) {
  Scheduler scheduler = on_the_grid();
  EXPECT_EQ(scheduler.pause(0, TimePoint(103s)), 1U);
  EXPECT_EQ(scheduler.pause(0, TimePoint(120s)), 0U) << "it was paused already";
  scheduler.resume(0, TimePoint(121s));
  EXPECT_EQ(scheduler.pause(0, TimePoint(145s)), 3U) << "123, 133, 143";
}

TEST(SchedulerTest, APauseBeforeTheFirstRunLeavesTheGridOnly) {
  Scheduler scheduler;
  scheduler.add(kPhaseThree, 10s, kStart);
  scheduler.pause(0, kStart);
  scheduler.resume(0, kStart);
  EXPECT_EQ(scheduler.next(), TimePoint(103s));
}

}  // namespace
}  // namespace hale::monitor
