#include "checks/icmp/packet.h"

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace hale::checks::icmp {
namespace {

using ByteList = std::vector<std::uint8_t>;

TEST(IcmpPacketTest, MakesARequestWithItsChecksum) {
  const ByteList payload = make_payload(ByteList{1, 2, 3, 4, 5, 6, 7, 8}, 10);
  EXPECT_EQ(payload, (ByteList{1, 2, 3, 4, 5, 6, 7, 8, 8, 9}));
  const ByteList packet = make_request(Version::kV4, 0x1234, 7, payload);
  ASSERT_EQ(packet.size(), 18U);
  EXPECT_EQ(packet[0], 8);
  EXPECT_EQ(packet[1], 0);
  EXPECT_EQ(packet[4], 0x12);
  EXPECT_EQ(packet[5], 0x34);
  EXPECT_EQ(packet[7], 7);
  EXPECT_EQ(checksum(packet), 0) << "over the whole, checksum included";
  EXPECT_EQ(make_request(Version::kV6, 1, 2, payload)[0], 128);
}

TEST(IcmpPacketTest, ComputesTheChecksumOfItsStandard) {
  // The example of RFC 1071 section 3.
  EXPECT_EQ(checksum(ByteList{0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7}), 0x220D);
  EXPECT_EQ(checksum(ByteList{0xFF}), 0x00FF) << "an odd byte counts as if a zero followed";
  EXPECT_EQ(checksum(ByteList(65535, 0xFF)), 0x00FF);
  EXPECT_EQ(checksum(ByteList{}), 0xFFFF);
}

TEST(IcmpPacketTest, ReadsRepliesOnly) {
  const ByteList reply = {0, 0, 0, 0, 0x12, 0x34, 0, 7, 'a', 'b'};
  const auto echo = read_reply(Version::kV4, reply);
  ASSERT_TRUE(echo.has_value());
  EXPECT_EQ(echo->id, 0x1234);
  EXPECT_EQ(echo->sequence, 7);
  EXPECT_EQ(ByteList(echo->payload.begin(), echo->payload.end()), (ByteList{'a', 'b'}));
  EXPECT_FALSE(read_reply(Version::kV6, reply).has_value());
  EXPECT_FALSE(read_quoted_request(Version::kV4, reply).has_value());
  EXPECT_FALSE(read_reply(Version::kV4, ByteList{0, 1, 0, 0, 0, 0, 0, 0}).has_value());
  EXPECT_FALSE(read_reply(Version::kV4, ByteList{}).has_value());
  EXPECT_FALSE(read_reply(Version::kV4, ByteList{0, 0, 0, 0, 0, 0, 0}).has_value());
  EXPECT_TRUE(read_quoted_request(Version::kV6, ByteList{128, 0, 0, 0, 0, 0, 0, 0}).has_value());
}

TEST(IcmpPacketTest, FindsWhatIsBehindAHeader) {
  ByteList packet(24, 9);
  packet[0] = 0x45;
  EXPECT_EQ(behind_ipv4_header(packet).size(), 4U);
  packet[0] = 0x46;
  EXPECT_EQ(behind_ipv4_header(packet).size(), 0U);
  packet[0] = 0x4F;
  EXPECT_TRUE(behind_ipv4_header(packet).empty()) << "a header longer than the packet";
  packet[0] = 0x44;
  EXPECT_TRUE(behind_ipv4_header(packet).empty()) << "a header shorter than a header";
  packet[0] = 0x65;
  EXPECT_TRUE(behind_ipv4_header(packet).empty()) << "not IPv4";
  EXPECT_TRUE(behind_ipv4_header(ByteList(19, 0x45)).empty());
  EXPECT_TRUE(behind_ipv4_header(ByteList{}).empty());
}

TEST(IcmpPacketTest, ExplainsWhatRoutersSay) {
  EXPECT_EQ(explain(Version::kV4, {3, 1, 0, ""}), "host unreachable");
  EXPECT_EQ(explain(Version::kV4, {11, 0, 0, ""}), "the time to live ran out");
  EXPECT_EQ(explain(Version::kV4, {3, 4, 1400, ""}),
            "too large to go on without being cut (1400 bytes fit, headers included)");
  EXPECT_EQ(explain(Version::kV6, {2, 0, 1280, ""}),
            "too large to go on (1280 bytes fit, headers included)");
  EXPECT_EQ(explain(Version::kV6, {1, 3, 0, ""}), "address unreachable");
  EXPECT_EQ(explain(Version::kV4, {200, 9, 0, ""}), "an error, ICMP 200/9");
  EXPECT_EQ(complaint_code({3, 13, 0, ""}), "ICMP 3/13");
}

}  // namespace
}  // namespace hale::checks::icmp
