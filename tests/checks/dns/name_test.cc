#include "checks/dns/name.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/checks/dns/dns_bytes.h"

namespace hale::checks::dns {
namespace {

using test::ByteList;

std::optional<std::string> read(const ByteList& bytes, std::size_t at, std::size_t* end = nullptr) {
  std::size_t offset = at;
  auto name = read_name(bytes, offset);
  if (end != nullptr) {
    *end = offset;
  }
  return name;
}

TEST(DnsNameTest, EncodesWhatPeopleWrite) {
  struct Case {
    std::string text;
    ByteList wire;
  };
  const Case cases[] = {
      {".", {0}},
      {"a", {1, 'a', 0}},
      {"a.", {1, 'a', 0}},
      {"a.bc", {1, 'a', 2, 'b', 'c', 0}},
      {"a\\.b.c", {3, 'a', '.', 'b', 1, 'c', 0}},
      {"\\065.c", {1, 'A', 1, 'c', 0}},
      {"_dmarc.x", {6, '_', 'd', 'm', 'a', 'r', 'c', 1, 'x', 0}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    const auto wire = encode_name(c.text);
    ASSERT_TRUE(wire.has_value());
    EXPECT_EQ(*wire, c.wire);
  }
}

TEST(DnsNameTest, RefusesWhatIsNoName) {
  const std::string label(63, 'x');
  const std::string longest = label + "." + label + "." + label + "." + std::string(61, 'y');
  EXPECT_TRUE(encode_name(longest).has_value());
  EXPECT_TRUE(encode_name(longest + ".").has_value());
  struct Case {
    std::string text;
    std::string message;
  };
  const Case cases[] = {
      {"", "is empty (write \".\" for the root)"},
      {"..", "has an empty label (two dots in a row)"},
      {"a..b", "has an empty label (two dots in a row)"},
      {".a", "has an empty label (two dots in a row)"},
      {label + "x.a", "has a label of more than 63 characters"},
      {longest + "z", "is longer than a name may be (253 characters)"},
      {"a\\", "has a backslash that escapes nothing"},
      {"a\\25", "has a backslash that escapes nothing"},
      {"a\\256", "has a backslash that escapes nothing"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    const auto wire = encode_name(c.text);
    ASSERT_FALSE(wire.has_value());
    EXPECT_EQ(wire.error(), c.message);
  }
}

TEST(DnsNameTest, ReadsCompressedNames) {
  // 0: "c." 3: "b" -> 0; 7: "a" -> 3
  const ByteList bytes = {1, 'c', 0, 1, 'b', 0xC0, 0, 1, 'a', 0xC0, 3, 99};
  std::size_t end = 0;
  EXPECT_EQ(read(bytes, 0, &end), "c.");
  EXPECT_EQ(end, 3U);
  EXPECT_EQ(read(bytes, 3, &end), "b.c.");
  EXPECT_EQ(end, 7U);
  EXPECT_EQ(read(bytes, 7, &end), "a.b.c.");
  EXPECT_EQ(end, 11U) << "behind its own pointer, not behind what that leads to";
}

TEST(DnsNameTest, EscapesWhatCouldNotBeToldApart) {
  EXPECT_EQ(read({3, 'a', '.', 'b', 0}, 0), "a\\.b.");
  EXPECT_EQ(read({2, '\\', '\n', 0}, 0), "\\\\\\010.");
  EXPECT_EQ(read({2, 0xFF, ' ', 0}, 0), "\\255\\032.");
  EXPECT_EQ(read({0}, 0), ".");
}

TEST(DnsNameTest, ReadsNothingFromHostileBytes) {
  ByteList long_chain(4, 0);  // labels of 63 bytes without end
  for (int i = 0; i < 5; ++i) {
    long_chain.push_back(63);
    long_chain.insert(long_chain.end(), 63, 'x');
  }
  long_chain.push_back(0);
  struct Case {
    const char* what;
    ByteList bytes;
    std::size_t at;
  };
  const Case cases[] = {
      {"nothing", {}, 0},
      {"beyond the end", {0}, 1},
      {"far beyond the end", {0}, 1000},
      {"a label that is cut off", {3, 'a', 'b'}, 0},
      {"no root", {1, 'a'}, 0},
      {"a pointer that is cut off", {0xC0}, 0},
      {"a pointer to itself", {0xC0, 0}, 0},
      {"a pointer to its own label", {1, 'a', 0xC0, 0}, 0},
      {"two pointers in a circle", {0xC0, 2, 0xC0, 0}, 2},
      {"a pointer forwards", {0xC0, 3, 0, 1, 'a', 0}, 0},
      {"a pointer beyond the end", {0xFF, 0xFF}, 0},
      {"a circle through labels", {1, 'a', 1, 'b', 0xC0, 0, 0xC0, 2}, 2},
      {"an extended label", {0x41, 'a', 0}, 0},
      {"a reserved label", {0x80, 'a', 0}, 0},
      {"a name of more than 255 bytes", long_chain, 4},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    EXPECT_EQ(read(c.bytes, c.at), std::nullopt);
  }
}

// Every pointer of 127 leads to the one before it: long, but it comes to an end.
TEST(DnsNameTest, FollowsALongStaircaseToItsEnd) {
  ByteList bytes = {0};
  std::size_t last = 0;
  for (int i = 0; i < 127; ++i) {
    const std::size_t at = bytes.size();
    bytes.push_back(1);
    bytes.push_back('a');
    bytes.push_back(static_cast<std::uint8_t>(0xC0U | (last >> 8U)));
    bytes.push_back(static_cast<std::uint8_t>(last & 0xFFU));
    last = at;
  }
  const auto name = read(bytes, last);
  ASSERT_TRUE(name.has_value());
  EXPECT_EQ(name->size(), 254U);
  bytes.insert(bytes.end(), {1, 'a', static_cast<std::uint8_t>(0xC0U | (last >> 8U)),
                             static_cast<std::uint8_t>(last & 0xFFU)});
  EXPECT_EQ(read(bytes, bytes.size() - 4), std::nullopt) << "one label more than a name may have";
}

TEST(DnsNameTest, ComparesWithoutCase) {
  EXPECT_TRUE(same_name("WWW.Example.com.", "www.eXample.COM."));
  EXPECT_FALSE(same_name("www.example.com.", "www.example.org."));
  EXPECT_FALSE(same_name("example.com.", "xexample.com."));
  EXPECT_FALSE(same_name("a[.", "a{.")) << "only letters have a case";
}

TEST(DnsNameTest, TurnsAddressesAround) {
  EXPECT_EQ(reverse_name("192.0.2.1"), "1.2.0.192.in-addr.arpa.");
  EXPECT_EQ(reverse_name("2001:db8::1"),
            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.");
  EXPECT_EQ(reverse_name("example.com"), std::nullopt);
}

}  // namespace
}  // namespace hale::checks::dns
