#include "checks/clock/ntp_packet.h"

#include <chrono>
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace hale::checks {
namespace {

using monitor::Reason;
using monitor::Result;

constexpr NtpTime kSecond = NtpTime{1} << 32U;

std::vector<std::uint8_t> bytes(const std::string& hex) {
  std::vector<std::uint8_t> made;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    made.push_back(static_cast<std::uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return made;
}

// What chronyd 4.3 answered on a loopback, `local stratum 3`.
const std::string kChronyd =
    "240300e600000000000000007f7f0101eeaccdbd1c26696925a285181345fdfbeeaccdbed8ea8b33eeaccdbed8f104"
    "f8";
constexpr std::uint64_t kNonce = 0x25a285181345fdfb;

TEST(NtpPacketTest, AsksWithoutTellingAnything) {
  const auto packet = ntp_request(0x0102030405060708);
  EXPECT_EQ(packet[0], 0x23) << "version 4, client";
  for (std::size_t i = 1; i < 40; ++i) {
    EXPECT_EQ(packet[i], 0) << i;
  }
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(packet[40 + i], i + 1);
  }
}

TEST(NtpPacketTest, ReadsTheAnswerOfARealServer) {
  const auto answer = parse_ntp_answer(bytes(kChronyd), kNonce);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->leap, 0);
  EXPECT_EQ(answer->stratum, 3);
  EXPECT_EQ(answer->received, 0xeeaccdbed8ea8b33);
  EXPECT_EQ(answer->sent, 0xeeaccdbed8f104f8);
  const auto sample =
      judge_ntp_answer(*answer, answer->received - kSecond / 1000, answer->sent + kSecond / 1000);
  ASSERT_TRUE(sample.has_value());
  EXPECT_NEAR(sample->offset_s, 0, 1e-6);
  EXPECT_NEAR(sample->delay_s, 0.002, 1e-6);
  EXPECT_NEAR(sample->root_distance_s, 0.001, 1e-6);
}

TEST(NtpPacketTest, IgnoresWhatIsNoAnswerToTheQuestion) {
  struct Case {
    const char* what;
    std::string hex;
    std::uint64_t nonce;
    NtpMismatch mismatch;
  };
  const Case cases[] = {
      {"empty", "", kNonce, NtpMismatch::kShort},
      {"cut off", kChronyd.substr(0, 94), kNonce, NtpMismatch::kShort},
      {"another origin", kChronyd, kNonce + 1, NtpMismatch::kOrigin},
      {"a client", "23" + kChronyd.substr(2), kNonce, NtpMismatch::kMode},
      {"a broadcast", "25" + kChronyd.substr(2), kNonce, NtpMismatch::kMode},
      {"version 0", "04" + kChronyd.substr(2), kNonce, NtpMismatch::kMode},
      {"version 5", "2c" + kChronyd.substr(2), kNonce, NtpMismatch::kMode},
      {"text", std::string(96, '4'), kNonce, NtpMismatch::kMode},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    const auto answer = parse_ntp_answer(bytes(c.hex), c.nonce);
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error(), c.mismatch);
  }
  EXPECT_TRUE(parse_ntp_answer(bytes(kChronyd + "00112233"), kNonce).has_value()) << "extensions";
}

NtpAnswer good(NtpTime received, NtpTime sent) {
  NtpAnswer answer;
  answer.stratum = 2;
  answer.root_delay_s = 0.02;
  answer.root_dispersion_s = 0.005;
  answer.received = received;
  answer.sent = sent;
  return answer;
}

TEST(NtpSampleTest, IsOffsetAndDelayAsRfc5905Computes) {
  // The server is 10 s ahead; 100 ms there, 50 ms of work, 100 ms back.
  const NtpTime start = 1000 * kSecond;
  const NtpTime received = start + 10 * kSecond + kSecond / 10;
  const auto sample =
      judge_ntp_answer(good(received, received + kSecond / 20), start, start + kSecond / 4);
  ASSERT_TRUE(sample.has_value());
  EXPECT_NEAR(sample->offset_s, 10, 1e-6);
  EXPECT_NEAR(sample->delay_s, 0.2, 1e-6);
  EXPECT_NEAR(sample->root_distance_s, 0.02 / 2 + 0.2 / 2 + 0.005, 1e-6);
  const auto behind =
      judge_ntp_answer(good(start - 5 * kSecond, start - 5 * kSecond), start, start);
  ASSERT_TRUE(behind.has_value());
  EXPECT_NEAR(behind->offset_s, -5, 1e-6);
}

TEST(NtpSampleTest, IsRightAcrossTheTurnOfTheEra) {
  const NtpTime start = 0 - 5 * kSecond;  // five seconds before 2036-02-07 06:28:16
  const NtpTime server = 5 * kSecond;
  const auto sample = judge_ntp_answer(good(server, server), start, start + kSecond / 10);
  ASSERT_TRUE(sample.has_value());
  EXPECT_NEAR(sample->offset_s, 9.95, 1e-6);
  using std::chrono::seconds;
  const monitor::WallTime last(seconds(2'085'978'495));
  EXPECT_EQ(to_ntp(last) >> 32U, 0xFFFFFFFFU);
  EXPECT_EQ(to_ntp(last + seconds(1)) >> 32U, 0U);
  EXPECT_EQ(to_ntp(last + std::chrono::milliseconds(500)) & 0xFFFFFFFFU, 0x80000000U);
  EXPECT_EQ(to_ntp(monitor::WallTime()) >> 32U, 2'208'988'800U);
}

TEST(NtpSampleTest, DoesNotCountTheWordOfAServerThatIsUnfit) {
  struct Case {
    const char* what;
    void (*spoil)(NtpAnswer&);
    Result result;
    Reason reason;
    const char* code;
  };
  const auto kiss = [](NtpAnswer& answer, const char* code) {
    answer.stratum = 0;
    answer.leap = 3;
    std::copy_n(code, 4, answer.reference.begin());
  };
  static const auto kKiss = kiss;
  const Case cases[] = {
      {"alarm", [](NtpAnswer& a) { a.leap = 3; }, Result::kFail, Reason::kStatus, "unsynchronised"},
      {"stratum 16", [](NtpAnswer& a) { a.stratum = 16; }, Result::kFail, Reason::kStatus,
       "unsynchronised"},
      {"stratum 0, no kiss", [](NtpAnswer& a) { a.stratum = 0; }, Result::kFail, Reason::kStatus,
       "unsynchronised"},
      {"RATE", [](NtpAnswer& a) { kKiss(a, "RATE"); }, Result::kUnknown, Reason::kRateLimited,
       "RATE"},
      {"DENY", [](NtpAnswer& a) { kKiss(a, "DENY"); }, Result::kFail, Reason::kAuth, "DENY"},
      {"RSTR", [](NtpAnswer& a) { kKiss(a, "RSTR"); }, Result::kFail, Reason::kAuth, "RSTR"},
      {"INIT", [](NtpAnswer& a) { kKiss(a, "INIT"); }, Result::kFail, Reason::kStatus, "INIT"},
      {"a kiss of garbage", [](NtpAnswer& a) { kKiss(a, "\xff\x01z "); }, Result::kFail,
       Reason::kStatus, "unsynchronised"},
      {"no transmit time", [](NtpAnswer& a) { a.sent = 0; }, Result::kFail, Reason::kProtocol,
       "times"},
      {"sent before it came", [](NtpAnswer& a) { a.sent -= kSecond; }, Result::kFail,
       Reason::kProtocol, "times"},
      {"worked longer than we waited", [](NtpAnswer& a) { a.sent += kSecond; }, Result::kFail,
       Reason::kProtocol, "times"},
      {"far from any clock", [](NtpAnswer& a) { a.root_dispersion_s = 16; }, Result::kFail,
       Reason::kStatus, "distance"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    const NtpTime now = 1000 * kSecond;
    NtpAnswer answer = good(now, now);
    c.spoil(answer);
    const auto sample = judge_ntp_answer(answer, now, now + kSecond / 10);
    ASSERT_FALSE(sample.has_value());
    EXPECT_EQ(sample.error().result, c.result);
    EXPECT_EQ(sample.error().reason, c.reason);
    EXPECT_EQ(sample.error().code, c.code);
    EXPECT_EQ(sample.error().phase, monitor::Phase::kEvaluate);
  }
}

}  // namespace
}  // namespace hale::checks
