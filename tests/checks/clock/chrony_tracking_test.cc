#include "checks/clock/chrony_tracking.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace hale::checks {
namespace {

std::vector<std::uint8_t> bytes(const std::string& hex) {
  std::vector<std::uint8_t> made;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    made.push_back(static_cast<std::uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return made;
}

constexpr std::uint32_t kSequence = 0x12345678;

// What chronyd 4.3 answered, `local stratum 3`; the numbers at its end are made up.
std::string answer(const std::string& correction, const std::string& delay,
                   const std::string& dispersion) {
  const std::string zero = "00000000";
  return "060200000021000500000000000000001234567800000000000000007f7f0101000000000000000000000000"
         "000000000000000000030000000000006b024f3d068ddf9d" +
         correction + zero + zero + zero + zero + zero + delay + dispersion + zero;
}

TEST(ChronyTrackingTest, AsksAsLongAsTheAnswerIs) {
  const auto request = chrony_request(kSequence);
  const std::vector<std::uint8_t> head(request.begin(), request.begin() + 12);
  EXPECT_EQ(head, bytes("060100000021000012345678"));
  EXPECT_EQ(request.size(), 104U);
}

TEST(ChronyTrackingTest, ReadsWhatChronydSays) {
  const auto tracking =
      parse_chrony_tracking(bytes(answer("ff000000", "02800000", "e8d1b717")), kSequence);
  ASSERT_TRUE(tracking.has_value());
  EXPECT_EQ(tracking->reference, 0x7f7f0101U);
  EXPECT_EQ(tracking->stratum, 3);
  EXPECT_EQ(tracking->leap, 0);
  EXPECT_DOUBLE_EQ(tracking->correction_s, -0.25);
  EXPECT_DOUBLE_EQ(tracking->root_delay_s, 0.5);
  EXPECT_NEAR(tracking->root_dispersion_s, 0.0001, 1e-9);
}

TEST(ChronyTrackingTest, RefusesWhatIsNoSuchAnswer) {
  const std::string good = answer("00000000", "00000000", "00000000");
  ASSERT_TRUE(parse_chrony_tracking(bytes(good), kSequence).has_value());
  EXPECT_FALSE(parse_chrony_tracking(bytes(good), kSequence + 1).has_value());
  EXPECT_FALSE(parse_chrony_tracking(bytes(good.substr(0, 206)), kSequence).has_value());
  EXPECT_FALSE(parse_chrony_tracking({}, kSequence).has_value());
  // Each at its place: version, kind, command, reply, status.
  for (const std::size_t at : {0U, 1U, 5U, 7U, 9U}) {
    SCOPED_TRACE(at);
    std::vector<std::uint8_t> spoilt = bytes(good);
    ++spoilt[at];
    EXPECT_FALSE(parse_chrony_tracking(spoilt, kSequence).has_value());
  }
}

}  // namespace
}  // namespace hale::checks
