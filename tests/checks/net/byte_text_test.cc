#include "checks/net/byte_text.h"

#include <string>

#include <gtest/gtest.h>

namespace hale::checks {
namespace {

using ByteList = std::vector<std::uint8_t>;

TEST(ByteTextTest, ReadsHexadecimalDigits) {
  EXPECT_EQ(bytes_from_hex(""), ByteList{});
  EXPECT_EQ(bytes_from_hex("00ff1A"), (ByteList{0, 0xFF, 0x1A}));
  EXPECT_EQ(bytes_from_hex("de ad:be  ef"), (ByteList{0xDE, 0xAD, 0xBE, 0xEF}));
  for (const char* text : {"0", "0g", "0 1", "0x01", "zz"}) {
    EXPECT_FALSE(bytes_from_hex(text).has_value()) << text;
  }
}

// The test vectors of RFC 4648 section 10.
TEST(ByteTextTest, ReadsBase64) {
  const auto bytes = [](std::string text) { return ByteList(text.begin(), text.end()); };
  EXPECT_EQ(bytes_from_base64(""), ByteList{});
  EXPECT_EQ(bytes_from_base64("Zg=="), bytes("f"));
  EXPECT_EQ(bytes_from_base64("Zm8="), bytes("fo"));
  EXPECT_EQ(bytes_from_base64("Zm9v"), bytes("foo"));
  EXPECT_EQ(bytes_from_base64("Zm9vYg=="), bytes("foob"));
  EXPECT_EQ(bytes_from_base64("Zm9vYmFy"), bytes("foobar"));
  EXPECT_EQ(bytes_from_base64("+/8="), (ByteList{0xFB, 0xFF}));
  for (const char* text :
       {"Z", "Zg", "Zg=", "====", "Z===", "Zm9v!mFy", "Zg==Zg==", "-_8=", "Zm 9"}) {
    EXPECT_FALSE(bytes_from_base64(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace hale::checks
