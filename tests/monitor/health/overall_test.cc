#include "monitor/health/overall.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace hale::monitor {
namespace {

using Members = std::vector<Member>;

Rollup rolled_up(const Members& members) {
  Rollup rollup;
  for (const Member& member : members) {
    rollup.add(member);
  }
  return rollup;
}

bool counts(const Member& member) {
  return member.status != Status::kPaused && member.status != Status::kPending;
}

// SURFACE.md's sentence on the overall status, clause by clause.
Status naive_overall(const Members& members) {
  bool critical_unhealthy = false;
  bool critical_pending = false;
  bool decided = false;
  bool trouble = false;
  for (const Member& member : members) {
    const bool blind = member.status == Status::kUnknown;
    const bool unhealthy =
        member.status == Status::kUnhealthy || (blind && member.last_known == Status::kUnhealthy);
    critical_unhealthy |= member.critical && unhealthy;
    critical_pending |= member.critical && member.awaited && member.status == Status::kPending;
    decided |= counts(member) && member.last_known != Status::kPending;
    trouble |= blind || unhealthy || member.status == Status::kDegraded;
  }
  if (critical_unhealthy) {
    return Status::kUnhealthy;
  }
  if (critical_pending || !decided) {
    return Status::kUnknown;
  }
  return trouble ? Status::kDegraded : Status::kHealthy;
}

std::optional<int> naive_score(const Members& members) {
  int weights = 0;
  int twice = 0;  // the sum of w * h, twice, so that it is whole
  for (const Member& member : members) {
    if (!counts(member)) {
      continue;
    }
    const int weight = member.critical ? 4 : 1;
    weights += weight;
    twice += member.status == Status::kHealthy     ? 2 * weight
             : member.status == Status::kUnhealthy ? 0
                                                   : weight;
  }
  if (weights == 0) {
    return std::nullopt;
  }
  const int score = 100 * twice / (2 * weights);
  return naive_overall(members) == Status::kUnhealthy && score > 49 ? 49 : score;
}

// Every state that one check can be in.
Members all_members() {
  Members members;
  const auto add = [&](Status status, Status last_known) {
    for (const bool critical : {false, true}) {
      for (const bool awaited : {false, true}) {
        members.push_back(
            {.status = status, .last_known = last_known, .critical = critical, .awaited = awaited});
      }
    }
  };
  for (const Status known :
       {Status::kPending, Status::kHealthy, Status::kDegraded, Status::kUnhealthy}) {
    add(known, known);
    add(Status::kUnknown, known);
    add(Status::kPaused, known);
  }
  return members;
}

std::string text(const Members& members) {
  std::string text;
  for (const Member& member : members) {
    text += std::string(to_string(member.status)) + "/" +
            std::string(to_string(member.last_known)) + (member.critical ? " critical" : "") +
            (member.awaited ? "" : " heartbeat") + "; ";
  }
  return text;
}

void compare(const Members& members) {
  const Rollup rollup = rolled_up(members);
  ASSERT_EQ(rollup.overall(), naive_overall(members)) << text(members);
  ASSERT_EQ(rollup.score(), naive_score(members)) << text(members);
  ASSERT_EQ(rollup.total(), members.size());
}

TEST(OverallTest, FollowsTheDefinitionForEveryThreeChecks) {
  const Members all = all_members();
  ASSERT_NO_FATAL_FAILURE(compare({}));
  for (std::size_t a = 0; a < all.size(); ++a) {
    ASSERT_NO_FATAL_FAILURE(compare({all[a]}));
    for (std::size_t b = a; b < all.size(); ++b) {
      ASSERT_NO_FATAL_FAILURE(compare({all[a], all[b]}));
      for (std::size_t c = b; c < all.size(); ++c) {
        ASSERT_NO_FATAL_FAILURE(compare({all[a], all[b], all[c]}));
      }
    }
  }
}

TEST(OverallTest, AnUnhealthyCriticalCheckIsKnownBeforeTheOthersAreDecided) {
  const Rollup rollup = rolled_up(
      {{.status = Status::kPending, .critical = true},
       {.status = Status::kUnhealthy, .last_known = Status::kUnhealthy, .critical = true}});
  EXPECT_EQ(rollup.overall(), Status::kUnhealthy);
  EXPECT_EQ(rollup.score(), 0);
}

TEST(OverallTest, TheScoreStaysBelowFiftyWhileTheOverallStatusIsUnhealthy) {
  Members members(20, {.status = Status::kHealthy, .last_known = Status::kHealthy});
  members.push_back(
      {.status = Status::kUnhealthy, .last_known = Status::kUnhealthy, .critical = true});
  EXPECT_EQ(rolled_up(members).score(), 49);
}

TEST(OverallTest, CountsEveryStatus) {
  const Rollup rollup = rolled_up(all_members());
  EXPECT_EQ(rollup.count(Status::kUnknown), 16U);
  EXPECT_EQ(rollup.count(Status::kPaused), 16U);
  EXPECT_EQ(rollup.count(Status::kHealthy), 4U);
}

}  // namespace
}  // namespace hale::monitor
