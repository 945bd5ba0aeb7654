#include "monitor/operations/operations.h"

#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/eventually.h"

namespace hale::monitor {
namespace {

using namespace std::chrono_literals;

OperationsSettings settings(std::size_t max_operations = 100) {
  OperationsSettings settings;
  settings.labels = {"model"};
  settings.max_operations = max_operations;
  return settings;
}

class OperationsTest : public ::testing::Test {
 protected:
  static constexpr TimePoint kStart{1h};
  static constexpr WallTime kWall{std::chrono::seconds(1'763'753'600)};

  struct Call {
    std::string_view operation;
    std::optional<double> seconds = std::nullopt;
    bool success = true;
  };
  static bool time(Operations& operations, TimePoint now, Call call, std::string_view model = "") {
    const std::string_view labels[] = {model};
    Operations::Writer writer(operations, IngestSource::kObserve, now, kWall + (now - kStart));
    std::vector<double> seconds;
    if (call.seconds) {
      seconds.push_back(*call.seconds);
    }
    const std::size_t taken = writer.time(
        {.operation = call.operation, .labels = labels, .success = call.success}, seconds);
    writer.show_at_once();
    return taken == 1;
  }
  static std::size_t count(Operations& operations, TimePoint now, std::string_view name,
                           std::vector<double> amounts, std::string_view model = "") {
    const std::string_view labels[] = {model};
    Operations::Writer writer(operations, IngestSource::kStatsd, now, kWall);
    writer.show_at_once();
    return writer.count(name, labels, amounts);
  }
  static std::size_t gauge(Operations& operations, TimePoint now, std::string_view name,
                           std::vector<GaugeChange> changes, std::string_view model = "") {
    const std::string_view labels[] = {model};
    Operations::Writer writer(operations, IngestSource::kStatsd, now, kWall);
    writer.show_at_once();
    return writer.gauge(name, labels, changes);
  }
  static std::vector<GaugeChange> set_to(double value) { return {{.value = value}}; }
  static std::uint64_t rejected(Operations& operations, TimePoint now, Rejection rejection) {
    return operations.view(now)->ingest.rejected[1][static_cast<std::size_t>(rejection)];
  }
};

TEST_F(OperationsTest, NamesAreLettersDigitsAndSomeSigns) {
  for (const std::string_view good : {"a", "_a", "7up", "llm.chat", "a:b/c-d_e", "A.B"}) {
    EXPECT_TRUE(is_operation_name(good)) << good;
  }
  for (const std::string& wrong :
       {std::string(), std::string("a b"), std::string("-a"), std::string(".a"), std::string("a\n"),
        std::string("ü"), std::string("a|b"), std::string("a\0b", 3), std::string(129, 'a')}) {
    EXPECT_FALSE(is_operation_name(wrong)) << wrong;
  }
  EXPECT_TRUE(is_operation_name(std::string(128, 'a')));
}

TEST_F(OperationsTest, TellsWindowsAndTotalsOfEachOperation) {
  Operations operations(settings(), kStart);
  for (int i = 1; i <= 100; ++i) {
    EXPECT_TRUE(time(operations, kStart + i * 1s, {.operation = "chat", .seconds = i * 0.01}));
  }
  const TimePoint now = kStart + 100s;
  const auto view = operations.view(now);
  ASSERT_EQ(view->operations.size(), 1U);
  const OperationView& chat = *view->operations[0];
  EXPECT_EQ(chat.name, "chat");
  EXPECT_EQ(chat.passed, 100U);
  EXPECT_EQ(chat.last, kWall + 100s);
  EXPECT_EQ(chat.latencies->count(), 100U);
  EXPECT_NEAR(chat.windows[2].p95, 0.95, 0.95 * 0.0055);
  EXPECT_EQ(chat.windows[2].samples, 100U);
  EXPECT_LT(chat.windows[0].samples, 70U);
  EXPECT_EQ(view->ingest.taken[1], 100U);
}

TEST_F(OperationsTest, ForgetsInWindowsWhatIsOldAndNeverInTotals) {
  Operations operations(settings(), kStart);
  time(operations, kStart, {.operation = "chat", .seconds = 0.5});
  EXPECT_EQ(operations.view(kStart + 30s)->operations[0]->windows[0].samples, 1U);
  const auto later = operations.view(kStart + 2min);
  EXPECT_EQ(later->operations[0]->windows[0].samples, 0U);
  EXPECT_EQ(later->operations[0]->windows[1].samples, 1U);
  const auto much_later = operations.view(kStart + 3h);
  EXPECT_EQ(much_later->operations[0]->windows[2].samples, 0U);
  EXPECT_EQ(much_later->operations[0]->latencies->count(), 1U);
}

TEST_F(OperationsTest, TakesNoDurationThatIsNone) {
  Operations operations(settings(), kStart);
  for (const double wrong : {-1e-9, std::nan(""), HUGE_VAL, -HUGE_VAL, Operations::kMaxSeconds}) {
    EXPECT_FALSE(time(operations, kStart, {.operation = "chat", .seconds = wrong})) << wrong;
  }
  EXPECT_EQ(rejected(operations, kStart, Rejection::kValue), 5U);
  EXPECT_TRUE(operations.view(kStart)->operations.empty());
  EXPECT_TRUE(time(operations, kStart, {.operation = "chat"})) << "one without is only counted";
  const auto view = operations.view(kStart);
  EXPECT_EQ(view->operations[0]->passed, 1U);
  EXPECT_EQ(view->operations[0]->windows[0].samples, 0U);
  EXPECT_EQ(view->operations[0]->windows[0].total, 1U);
}

TEST_F(OperationsTest, NamesAndLabelsCannotPassForOneAnother) {
  Operations operations(settings(), kStart);
  time(operations, kStart, {.operation = "a", .seconds = 1}, "bc");
  time(operations, kStart, {.operation = "ab", .seconds = 1}, "c");
  time(operations, kStart, {.operation = "abc", .seconds = 1});
  const std::string odd("a\2\0\0\0b", 6);
  EXPECT_FALSE(time(operations, kStart, {.operation = odd, .seconds = 1}, "c"));
  EXPECT_EQ(operations.view(kStart)->operations.size(), 3U);
}

TEST_F(OperationsTest, ASilentSeriesMakesRoomAfterADay) {
  Operations operations(settings(2), kStart);
  time(operations, kStart, {.operation = "old", .seconds = 1});
  time(operations, kStart, {.operation = "kept", .seconds = 1});
  EXPECT_FALSE(time(operations, kStart + 23h, {.operation = "new", .seconds = 1}));
  time(operations, kStart + 23h, {.operation = "kept", .seconds = 1});
  EXPECT_TRUE(time(operations, kStart + 25h, {.operation = "new", .seconds = 1}));
  const auto view = operations.view(kStart + 25h);
  ASSERT_EQ(view->operations.size(), 2U);
  EXPECT_EQ(view->operations[0]->name, "kept");
  EXPECT_EQ(view->operations[1]->name, "new");
  EXPECT_EQ(rejected(operations, kStart + 25h, Rejection::kTooMany), 1U);
}

TEST_F(OperationsTest, AFloodOfCountersKeepsNoOperationOut) {
  Operations operations(settings(1), kStart);
  time(operations, kStart, {.operation = "old", .seconds = 1});
  count(operations, kStart, "one", {1});
  const TimePoint later = kStart + 25h;
  EXPECT_EQ(count(operations, later, "two", {1}), 1U) << "in place of the forgotten one";
  EXPECT_EQ(count(operations, later, "three", {1}), 0U);
  EXPECT_TRUE(time(operations, later, {.operation = "new", .seconds = 1}));
  EXPECT_FALSE(time(operations, later, {.operation = "newer", .seconds = 1}));
}

TEST_F(OperationsTest, AnOrphanedFamilyMayComeBackAsAnotherType) {
  Operations operations(settings(1), kStart);
  EXPECT_EQ(count(operations, kStart, "jobs", {1}), 1U);
  EXPECT_EQ(gauge(operations, kStart, "jobs", set_to(1)), 0U);
  EXPECT_EQ(count(operations, kStart, "jobs_total", {1}), 1U) << "the same counter";
  EXPECT_EQ(gauge(operations, kStart + 25h, "other", set_to(1)), 1U);
  EXPECT_EQ(gauge(operations, kStart + 50h, "jobs", set_to(1)), 1U);
}

TEST_F(OperationsTest, NoValueBecomesInfinite) {
  Operations operations(settings(), kStart);
  EXPECT_EQ(count(operations, kStart, "jobs", {1, 1e308, -1, 2}), 2U);
  EXPECT_EQ(gauge(operations, kStart, "depth",
                  {{.value = 1e308},
                   {.value = 1e308, .relative = true},
                   {.value = -1e307, .relative = true}}),
            2U);
  const auto view = operations.view(kStart);
  EXPECT_EQ(view->values[0].value, 9e307);
  EXPECT_EQ(view->values[1].value, 3);
  EXPECT_EQ(view->ingest.rejected[0][static_cast<std::size_t>(Rejection::kValue)], 3U);
}

TEST_F(OperationsTest, NamesThatMeanSomethingInMetricsAreNone) {
  Operations operations(settings(), kStart);
  for (const std::string_view name : {"x_total", "x_created", "x.total", "a b", "", "x\n"}) {
    EXPECT_EQ(gauge(operations, kStart, name, set_to(1)), 0U) << name;
  }
  EXPECT_EQ(gauge(operations, kStart, "a.b", set_to(1)), 1U);
  EXPECT_EQ(gauge(operations, kStart, "a b", set_to(1)), 0U) << "though it looks like the other";
  EXPECT_EQ(count(operations, kStart, "y_total_total", {1}), 1U);
  EXPECT_EQ(count(operations, kStart, "y", {1}), 1U);
  EXPECT_EQ(operations.view(kStart)->values.size(), 2U);
}

TEST_F(OperationsTest, LabelsAreLinesOfUtf8CutBetweenCharacters) {
  Operations operations(settings(), kStart);
  for (const std::string_view wrong : {"\xFF", "a\tb", "a\x7F", "\xC3"}) {
    EXPECT_FALSE(time(operations, kStart, {.operation = "chat", .seconds = 1}, wrong));
  }
  EXPECT_EQ(rejected(operations, kStart, Rejection::kLabel), 4U);
  const std::string long_one(127, 'x');
  for (const std::string_view last : {"\xC3\xA9", "\xD0\xB1", "\xE4\xB8\xAD"}) {
    EXPECT_TRUE(time(operations, kStart, {.operation = "chat", .seconds = 1},
                     long_one + std::string(last)));
  }
  EXPECT_TRUE(time(operations, kStart, {.operation = "chat", .seconds = 1}, "gr\xC3\xBC\xC3\x9F"));
  const auto view = operations.view(kStart);
  ASSERT_EQ(view->operations.size(), 2U);
  EXPECT_EQ(view->operations[1]->labels, (Labels{{"model", long_one}}));
  EXPECT_EQ(view->operations[1]->passed, 3U);
}

TEST_F(OperationsTest, OperationsWithObjectivesHavePlacesOfTheirOwnAndAreKeptForTheirWindow) {
  OperationsSettings with = settings(1);
  auto objectives = std::make_shared<SloSettings>();
  objectives->objectives = {{.name = "success", .share = 0.9, .latency = std::nullopt}};
  objectives->window = 7 * 24h;
  with.slos.emplace("chat", objectives);
  Operations operations(with, kStart);
  EXPECT_TRUE(time(operations, kStart, {.operation = "made_up", .seconds = 1}));
  EXPECT_TRUE(time(operations, kStart, {.operation = "chat", .seconds = 1}));
  EXPECT_FALSE(time(operations, kStart, {.operation = "chat", .seconds = 1}, "a"));
  EXPECT_FALSE(time(operations, kStart + 3 * 24h, {.operation = "chat", .seconds = 1}, "a"));
  EXPECT_TRUE(time(operations, kStart + 8 * 24h, {.operation = "chat", .seconds = 1}, "a"));
}

TEST_F(OperationsTest, NoNumberOfCallsIsTooMany) {
  Operations operations(settings(), kStart);
  const std::string_view none[] = {""};
  for (int i = 0; i < 3; ++i) {
    const TimePoint now = kStart + i * 10s;
    Operations::Writer writer(operations, IngestSource::kStatsd, now, kWall);
    writer.time({.operation = "chat", .labels = none, .times = std::uint64_t{1} << 47},
                std::vector<double>{0.1, 0.1, 0.1});
    writer.show_at_once();
  }
  const auto view = operations.view(kStart + 30s);
  EXPECT_EQ(view->operations[0]->latencies->count(), BucketCount::kMost);
  EXPECT_DOUBLE_EQ(view->operations[0]->windows[2].max, 0.1);
}

TEST_F(OperationsTest, AViewIsKeptForAMomentUnlessTheWriterWantsItShown) {
  Operations operations(settings(), kStart);
  const auto first = operations.view(kStart);
  const std::string_view none[] = {""};
  {
    Operations::Writer writer(operations, IngestSource::kStatsd, kStart + 10ms, kWall);
    writer.time({.operation = "chat", .labels = none}, std::vector<double>{1});
  }
  EXPECT_EQ(operations.view(kStart + 20ms), first);
  EXPECT_EQ(operations.view(kStart + 100ms)->operations.size(), 1U);
  time(operations, kStart + 110ms, {.operation = "other", .seconds = 1});
  EXPECT_EQ(operations.view(kStart + 110ms)->operations.size(), 2U);
}

TEST_F(OperationsTest, TakesWritersAndReadersAtOnce) {
  Operations operations(settings(), kStart);
  constexpr int kEach = 2000;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 2; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kEach; ++i) {
        time(operations, kStart + i * 1ms,
             {.operation = thread == 0 ? "zero" : "one", .seconds = 0.1});
      }
    });
  }
  std::uint64_t seen = 0;
  const bool all_seen = testing::eventually([&] {
    std::uint64_t now_seen = 0;
    for (const auto& operation : operations.view(kStart + kEach * 1ms)->operations) {
      now_seen += operation->passed;
      EXPECT_EQ(operation->passed, operation->latencies->count());
    }
    EXPECT_GE(now_seen, seen);
    seen = now_seen;
    return seen == 2 * kEach;
  });
  EXPECT_TRUE(all_seen) << seen;
  for (std::thread& thread : threads) {
    thread.join();
  }
}

TEST_F(OperationsTest, AnObjectiveIsHeldAgainstItsOperation) {
  OperationsSettings with = settings();
  auto objectives = std::make_shared<SloSettings>();
  objectives->objectives = {{.name = "success", .share = 0.9, .latency = std::nullopt}};
  with.slos.emplace("chat", objectives);
  Operations operations(with, kStart);
  for (int i = 0; i < 20; ++i) {
    time(operations, kStart + i * 1s, {.operation = "chat", .seconds = 0.1, .success = i != 7});
  }
  time(operations, kStart + 20s, {.operation = "other", .seconds = 0.1});
  const auto view = operations.view(kStart + 20s);
  ASSERT_NE(view->operations[0]->slo, nullptr);
  EXPECT_EQ(view->operations[0]->slo->stands[0].ever.good, 19U);
  EXPECT_EQ(view->operations[0]->slo->stands[0].ever.total, 20U);
  EXPECT_EQ(view->operations[1]->slo, nullptr);
}

}  // namespace
}  // namespace hale::monitor
