#include "monitor/events.h"

#include <gtest/gtest.h>

namespace hale::monitor {
namespace {

Event named(const char* check) {
  Event event;
  event.check = check;
  return event;
}

TEST(EventsTest, NumbersEventsFromOneWithoutGaps) {
  EventLog log(10);
  for (std::uint64_t i = 1; i <= 5; ++i) {
    Event event = named("web");
    event.id = 99;
    log.add(std::move(event));
    EXPECT_EQ(log.latest()->id, i);
  }
  const auto events = log.snapshot();
  ASSERT_EQ(events->size(), 5U);
  for (std::uint64_t i = 0; i < 5; ++i) {
    EXPECT_EQ((*events)[i]->id, i + 1) << "oldest first";
  }
}

TEST(EventsTest, TheOldestMakesRoomAndTheNumbersGoOn) {
  EventLog log(3);
  for (const char* check : {"a", "b", "c", "d", "e"}) {
    log.add(named(check));
  }
  const auto events = log.snapshot();
  ASSERT_EQ(events->size(), 3U);
  EXPECT_EQ(events->front()->check, "c");
  EXPECT_EQ(events->front()->id, 3U);
  EXPECT_EQ(events->back()->id, 5U);
}

TEST(EventsTest, ASnapshotIsSharedUntilSomethingHappensAndNeverChanges) {
  EventLog log(3);
  EXPECT_TRUE(log.snapshot()->empty());
  log.add(named("a"));
  const auto first = log.snapshot();
  EXPECT_EQ(log.snapshot(), first);
  log.add(named("b"));
  EXPECT_NE(log.snapshot(), first);
  EXPECT_EQ(first->size(), 1U);
  EXPECT_EQ(log.snapshot()->front(), first->front()) << "events themselves are not copied";
}

TEST(EventsTest, NamesItsKindsAsUsersSeeThem) {
  EXPECT_EQ(to_string(EventKind::kStatus), "status");
  EXPECT_EQ(to_string(EventKind::kAgent), "agent");
}

}  // namespace
}  // namespace hale::monitor
