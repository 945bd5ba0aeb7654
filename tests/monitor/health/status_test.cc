#include "monitor/health/status.h"

#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace hale::monitor {
namespace {

constexpr Result kPass = Result::kPass;
constexpr Result kWarn = Result::kWarn;
constexpr Result kFail = Result::kFail;
constexpr Result kUnknown = Result::kUnknown;

CheckSettings settings(Threshold fall, Threshold rise, int max_unknown) {
  CheckSettings settings;
  settings.fall = fall;
  settings.rise = rise;
  settings.max_unknown = max_unknown;
  return settings;
}

CheckSettings usual() {
  return settings({3, 3}, {2, 2}, 3);
}

using Sequence = std::vector<Result>;

std::string text(const Sequence& results) {
  std::string text;
  for (const Result result : results) {
    text += std::string(to_string(result)) + " ";
  }
  return text;
}

Sequence decided_of(const Sequence& results) {
  Sequence decided;
  for (const Result result : results) {
    if (result != kUnknown) {
      decided.push_back(result);
    }
  }
  return decided;
}

// "k of the last n decided results are such", the latest among them: a pass never makes anything
// worse and a fail nothing better. Decided results compare by badness.
template <class Such>
bool confirmed(std::span<const Result> decided, Threshold threshold, Such such) {
  if (!such(decided.back())) {
    return false;
  }
  int count = 0;
  for (std::size_t back = 0; back < decided.size() && back < std::size_t(threshold.of); ++back) {
    count += such(decided[decided.size() - 1 - back]) ? 1 : 0;
  }
  return count >= threshold.count;
}

// The definition, word for word and slowly: from the whole list of results, from the beginning.
Status naive_known(const Sequence& decided, const CheckSettings& settings) {
  Status known = Status::kPending;
  for (std::size_t length = 1; length <= decided.size(); ++length) {
    const auto so_far = std::span<const Result>(decided).first(length);
    if (known == Status::kPending) {
      known = so_far.back() == kFail   ? Status::kUnhealthy
              : so_far.back() == kWarn ? Status::kDegraded
                                       : Status::kHealthy;
      continue;
    }
    const bool down_to_unhealthy =
        confirmed(so_far, settings.fall, [](Result result) { return result == kFail; });
    const bool down_to_degraded =
        confirmed(so_far, settings.fall, [](Result result) { return result != kPass; });
    const bool up_to_healthy =
        confirmed(so_far, settings.rise, [](Result result) { return result == kPass; });
    const bool up_to_degraded =
        confirmed(so_far, settings.rise, [](Result result) { return result != kFail; });
    if (down_to_unhealthy) {
      known = Status::kUnhealthy;
    } else if (down_to_degraded && known == Status::kHealthy) {
      known = Status::kDegraded;
    } else if (up_to_healthy) {
      known = Status::kHealthy;
    } else if (up_to_degraded && known == Status::kUnhealthy) {
      known = Status::kDegraded;
    }
  }
  return known;
}

Status naive_status(const Sequence& results, const CheckSettings& settings) {
  int unknowns = 0;
  for (auto result = results.rbegin(); result != results.rend() && *result == kUnknown; ++result) {
    ++unknowns;
  }
  return unknowns >= settings.max_unknown ? Status::kUnknown
                                          : naive_known(decided_of(results), settings);
}

int badness(Status status) {
  return status == Status::kUnhealthy ? 2 : status == Status::kDegraded ? 1 : 0;
}

// Every sequence up to `length`, depth first: `tracker` has seen `results`.
void compare_all(const StatusTracker& tracker, Sequence& results, std::size_t length,
                 const CheckSettings& settings) {
  for (const Result result : {kPass, kWarn, kFail, kUnknown}) {
    StatusTracker next = tracker;
    next.apply(result, settings);
    results.push_back(result);
    const Status known = naive_known(decided_of(results), settings);
    ASSERT_EQ(next.last_known(), known) << text(results);
    ASSERT_EQ(next.status(), naive_status(results, settings)) << text(results);
    if (tracker.last_known() != Status::kPending) {
      if (result == kPass) {
        ASSERT_LE(badness(known), badness(tracker.last_known())) << text(results);
      } else if (result == kFail) {
        ASSERT_GE(badness(known), badness(tracker.last_known())) << text(results);
      } else if (result == kUnknown) {
        ASSERT_EQ(known, tracker.last_known()) << text(results);
      }
    }
    if (results.size() < length) {
      ASSERT_NO_FATAL_FAILURE(compare_all(next, results, length, settings));
    }
    results.pop_back();
  }
}

TEST(StatusTest, FollowsTheDefinitionOverEverySequenceOfEightResults) {
  const std::vector<CheckSettings> kinds = {
      usual(),
      settings({1, 1}, {1, 1}, 1),
      settings({2, 3}, {2, 2}, 2),
      settings({3, 5}, {2, 3}, 3),
      settings({2, 5}, {2, 2}, 4),
      settings({3, 3}, {1, 4}, 8),
      settings({1, 3}, {2, 6}, 2),
      settings({2, 2}, {4, 4}, 5),
  };
  for (const CheckSettings& kind : kinds) {
    SCOPED_TRACE(testing::Message()
                 << "fall " << kind.fall.count << "/" << kind.fall.of << ", rise "
                 << kind.rise.count << "/" << kind.rise.of << ", max_unknown " << kind.max_unknown);
    Sequence results;
    ASSERT_NO_FATAL_FAILURE(compare_all(StatusTracker(), results, 8, kind));
  }
}

TEST(StatusTest, APassAfterARecoveryDoesNotMakeItUnhealthyAgain) {
  // The window of the last five still holds two fails when the third pass arrives.
  const CheckSettings kind = settings({2, 5}, {2, 2}, 3);
  StatusTracker tracker;
  for (const Result result : {kFail, kFail, kPass, kPass}) {
    tracker.apply(result, kind);
  }
  ASSERT_EQ(tracker.status(), Status::kHealthy);
  tracker.apply(kPass, kind);
  EXPECT_EQ(tracker.status(), Status::kHealthy);
}

TEST(StatusTest, FollowsTheWorkedExampleOfItsHeader) {
  const CheckSettings kind = usual();
  StatusTracker tracker;
  tracker.apply(kPass, kind);
  struct Step {
    Result result;
    Status status;
  };
  const Step steps[] = {
      {kWarn, Status::kHealthy},   {kFail, Status::kHealthy},   {kFail, Status::kDegraded},
      {kFail, Status::kUnhealthy}, {kPass, Status::kUnhealthy}, {kWarn, Status::kDegraded},
      {kPass, Status::kDegraded},  {kPass, Status::kHealthy},
  };
  int number = 0;
  for (const Step& step : steps) {
    SCOPED_TRACE(number++);
    tracker.apply(step.result, kind);
    EXPECT_EQ(tracker.status(), step.status);
  }
}

TEST(StatusTest, LosingSightReadsUnknownUntilTheNextDecidedResultAndForgetsNothing) {
  const CheckSettings kind = usual();
  StatusTracker tracker;
  tracker.apply(kFail, kind);
  tracker.lose_sight();
  EXPECT_EQ(tracker.status(), Status::kUnknown);
  EXPECT_EQ(tracker.last_known(), Status::kUnhealthy);
  tracker.apply(kUnknown, kind);
  EXPECT_EQ(tracker.status(), Status::kUnknown);
  tracker.apply(kPass, kind);
  EXPECT_EQ(tracker.status(), Status::kUnhealthy);
  EXPECT_TRUE(tracker.confirming());
  tracker.apply(kPass, kind);
  EXPECT_EQ(tracker.status(), Status::kHealthy);
  EXPECT_FALSE(tracker.confirming());
}

TEST(StatusTest, ResetMakesItPendingAsIfNeverLookedAt) {
  const CheckSettings kind = usual();
  StatusTracker tracker;
  tracker.apply(kFail, kind);
  tracker.apply(kUnknown, kind);
  tracker.apply(kUnknown, kind);
  tracker.reset();
  EXPECT_EQ(tracker.status(), Status::kPending);
  EXPECT_EQ(tracker.last_known(), Status::kPending);
  EXPECT_FALSE(tracker.confirming());
  tracker.apply(kUnknown, kind);
  EXPECT_EQ(tracker.status(), Status::kPending);
  tracker.apply(kPass, kind);
  EXPECT_EQ(tracker.status(), Status::kHealthy);
}

TEST(StatusTest, RemembersTheSixtyFourResultsThatTheLongestThresholdAsksFor) {
  const CheckSettings kind = settings({64, 64}, {64, 64}, 3);
  StatusTracker tracker;
  tracker.apply(kPass, kind);
  for (int i = 0; i < 63; ++i) {
    tracker.apply(kFail, kind);
    ASSERT_EQ(tracker.status(), Status::kHealthy) << i;
  }
  tracker.apply(kFail, kind);
  EXPECT_EQ(tracker.status(), Status::kUnhealthy);
}

TEST(StatusTest, BlindnessCountsAsTheLastKnownStatusButAtBestAsDegraded) {
  EXPECT_EQ(counted_status(Status::kUnknown, Status::kUnhealthy), Status::kUnhealthy);
  for (const Status known : {Status::kPending, Status::kHealthy, Status::kDegraded}) {
    EXPECT_EQ(counted_status(Status::kUnknown, known), Status::kDegraded);
  }
  for (const Status status : {Status::kPending, Status::kHealthy, Status::kDegraded,
                              Status::kUnhealthy, Status::kPaused}) {
    EXPECT_EQ(counted_status(status, Status::kUnhealthy), status);
  }
}

TEST(StatusTest, NamesItsStatusesAsUsersSeeThem) {
  const std::vector<std::string> names = {"pending",   "healthy", "degraded",
                                          "unhealthy", "unknown", "paused"};
  ASSERT_EQ(names.size(), std::size_t(kStatusCount));
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(to_string(Status(i)), names[i]);
  }
}

}  // namespace
}  // namespace hale::monitor
