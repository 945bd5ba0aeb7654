#include "monitor/schedule/appointments.h"

#include <set>

#include <gtest/gtest.h>

namespace hale::monitor {
namespace {

using namespace std::chrono_literals;

TimePoint at(Duration time) {
  return TimePoint(time);
}

Appointment appointment(Duration time, std::uint64_t serial) {
  return {.time = at(time), .kind = Appointment::Kind::kDeadline, .check = 0, .serial = serial};
}

TEST(AppointmentsTest, ComeUpInTheOrderOfTimeThenOfSerialAndNotBefore) {
  Appointments appointments([](const Appointment&) { return false; });
  EXPECT_FALSE(appointments.next());
  appointments.add(appointment(3s, 1));
  appointments.add(appointment(1s, 3));
  appointments.add(appointment(1s, 2));
  EXPECT_EQ(appointments.next(), at(1s));
  EXPECT_FALSE(appointments.take_due(at(1s - 1ns)));
  EXPECT_EQ(appointments.take_due(at(2s))->serial, 2U);
  EXPECT_EQ(appointments.take_due(at(2s))->serial, 3U);
  EXPECT_FALSE(appointments.take_due(at(2s)));
  EXPECT_EQ(appointments.take_due(at(3s))->serial, 1U);
  EXPECT_FALSE(appointments.next());
}

TEST(AppointmentsTest, ThatLostTheirPointDoNotComeUp) {
  std::uint64_t valid = 1;
  Appointments appointments([&](const Appointment& a) { return a.serial != valid; });
  appointments.add(appointment(1s, 1));
  appointments.add(appointment(1s, 2));
  valid = 2;
  EXPECT_EQ(appointments.take_due(at(1s))->serial, 2U);
  EXPECT_FALSE(appointments.take_due(at(1s)));
}

TEST(AppointmentsTest, DoNotPileUpHoweverOftenTheyLoseTheirPoint) {
  constexpr std::uint64_t kKept = 5000;
  std::uint64_t last = 0;
  Appointments appointments(
      [&](const Appointment& a) { return a.serial >= kKept && a.serial != last; });
  for (std::uint64_t serial = 0; serial < kKept; ++serial) {
    appointments.add(appointment(2h, serial));
  }
  for (last = kKept; last < 100 * kKept;) {
    appointments.add(appointment(1h, last));
    EXPECT_LE(appointments.size(), 2 * kKept + 2);
    ++last;
  }
  --last;
  EXPECT_EQ(appointments.take_due(at(1h))->serial, last);
  std::set<std::uint64_t> kept;
  while (const auto due = appointments.take_due(at(2h))) {
    kept.insert(due->serial);
  }
  EXPECT_EQ(kept.size(), kKept);
}

}  // namespace
}  // namespace hale::monitor
