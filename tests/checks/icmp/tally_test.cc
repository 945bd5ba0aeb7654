#include "checks/icmp/tally.h"

#include <chrono>
#include <map>
#include <string>

#include <gtest/gtest.h>

namespace hale::checks::icmp {
namespace {

using monitor::Duration;
using monitor::Reason;
using monitor::Result;
using monitor::TimePoint;
using std::chrono::milliseconds;
using std::chrono::seconds;

const TimePoint kStart(seconds(1000));

std::map<std::string, double> values(const Tally& tally) {
  std::map<std::string, double> map;
  for (const monitor::Measurement& measurement : tally.measurements()) {
    map[measurement.name] = measurement.value;
  }
  return map;
}

Tally sent(int count) {
  Tally tally;
  for (int i = 0; i < count; ++i) {
    tally.on_sent(kStart + i * milliseconds(200));
  }
  return tally;
}

bool reply(Tally& tally, std::uint16_t sequence, milliseconds after, int ttl = 64) {
  return tally.on_reply(sequence, kStart + sequence * milliseconds(200) + after, Duration::zero(),
                        ttl, true);
}

TEST(IcmpTallyTest, MeasuresLossTimesAndJitter) {
  Tally tally = sent(4);
  EXPECT_FALSE(tally.settled());
  EXPECT_TRUE(reply(tally, 0, milliseconds(10)));
  EXPECT_TRUE(reply(tally, 2, milliseconds(30), 60));
  EXPECT_TRUE(reply(tally, 1, milliseconds(40)));
  EXPECT_EQ(tally.received(), 3U);
  const auto map = values(tally);
  EXPECT_DOUBLE_EQ(map.at("loss"), 0.25);
  EXPECT_NEAR(map.at("rtt"), 0.080 / 3, 1e-9);
  EXPECT_NEAR(map.at("rtt_max"), 0.040, 1e-9);
  EXPECT_NEAR(map.at("jitter"), 0.020, 1e-9) << "10, 40, 30 in the order in which they were sent";
  EXPECT_EQ(map.at("ttl"), 60);
  const auto outcome = tally.outcome(Version::kV4, seconds(1));
  EXPECT_EQ(outcome.result, Result::kPass) << "how much loss is too much is for limits to say";
  EXPECT_EQ(outcome.message, "3 of 4 packets came back, in 26.7 ms on average");
}

TEST(IcmpTallyTest, CountsAReplyOnceAndOnlyToWhatWasSent) {
  Tally tally = sent(2);
  EXPECT_TRUE(reply(tally, 0, milliseconds(10)));
  EXPECT_FALSE(reply(tally, 0, milliseconds(20))) << "a duplicate";
  EXPECT_FALSE(reply(tally, 2, milliseconds(10))) << "never sent";
  EXPECT_FALSE(reply(tally, 65535, milliseconds(10)));
  EXPECT_EQ(tally.received(), 1U);
  EXPECT_NEAR(values(tally).at("rtt"), 0.010, 1e-9);
  EXPECT_FALSE(values(tally).contains("jitter")) << "one reply has none";
}

TEST(IcmpTallyTest, LeavesOutTheTimeInTheKernelsQueueButNeverMoreThanAll) {
  Tally tally = sent(3);
  tally.on_reply(0, kStart + milliseconds(50), milliseconds(40), 64, true);
  EXPECT_NEAR(values(tally).at("rtt_max"), 0.010, 1e-9);
  Tally jumped = sent(1);
  jumped.on_reply(0, kStart + milliseconds(50), seconds(3600), 64, true);
  EXPECT_EQ(values(jumped).at("rtt"), 0) << "the wall clock was set";
  Tally back = sent(1);
  back.on_reply(0, kStart + milliseconds(50), -seconds(3600), 64, true);
  EXPECT_NEAR(values(back).at("rtt"), 0.050, 1e-9);
}

TEST(IcmpTallyTest, SaysWhyNothingCameBack) {
  const Tally silent = sent(3);
  auto outcome = silent.outcome(Version::kV4, seconds(1));
  EXPECT_EQ(outcome.result, Result::kFail);
  EXPECT_EQ(outcome.reason, Reason::kTimeout);
  EXPECT_EQ(outcome.message, "no reply to 3 packets within 1 s");
  EXPECT_EQ(values(silent).at("loss"), 1);
  EXPECT_FALSE(values(silent).contains("rtt"));

  Tally refused = sent(1);
  refused.on_complaint(0, {3, 1, 0, "192.0.2.1"});
  refused.on_complaint(7, {3, 1, 0, "203.0.113.1"});
  EXPECT_TRUE(refused.settled());
  outcome = refused.outcome(Version::kV4, seconds(1));
  EXPECT_EQ(outcome.reason, Reason::kUnreachable);
  EXPECT_EQ(outcome.code, "ICMP 3/1");
  EXPECT_EQ(outcome.message, "192.0.2.1 says: host unreachable");
}

TEST(IcmpTallyTest, FailsWhereTheDataCameBackChanged) {
  Tally tally = sent(2);
  reply(tally, 0, milliseconds(1));
  tally.on_reply(1, kStart + milliseconds(201), Duration::zero(), 64, false);
  const auto outcome = tally.outcome(Version::kV4, seconds(1));
  EXPECT_EQ(outcome.reason, Reason::kValidation);
  EXPECT_EQ(outcome.message, "the data of 1 of 2 replies are not those that were sent");
}

TEST(IcmpTallyTest, MeasuresNothingWhereNothingWasSent) {
  EXPECT_TRUE(Tally().measurements().empty());
}

}  // namespace
}  // namespace hale::checks::icmp
