#include "checks/excerpt.h"

#include <string>

#include <gtest/gtest.h>

namespace hale::checks {
namespace {

TEST(ExcerptTest, ShowsEveryByteOnOneLine) {
  struct Case {
    std::string data;
    std::string shown;
  };
  const Case cases[] = {
      {"", ""},
      {"220 mail\r\n", "220 mail\\r\\n"},
      {"a\tb", "a\\tb"},
      {std::string("\0\x07\x7f", 3), "\\x00\\x07\\x7f"},
      {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
      {"\xe2\x82\xac", "\xe2\x82\xac"},
      {"\xf0\x9f\x99\x82", "\xf0\x9f\x99\x82"},
      {"\xc3", "\\xc3"},
      {"\xc0\x80", "\\xc0\\x80"},
      {"\xc2\x9b"
       "31m",
       "\\xc2\\x9b31m"},
      {"\xe0\x80\x80", "\\xe0\\x80\\x80"},
      {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
      {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
      {"\xff", "\\xff"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.shown);
    EXPECT_EQ(escaped(c.data), c.shown);
    EXPECT_EQ(in_quotes(c.data), "\"" + c.shown + "\"");
  }
}

TEST(ExcerptTest, EscapesQuotesOnlyBetweenQuotes) {
  EXPECT_EQ(escaped("say \"x\\y\""), "say \"x\\y\"");
  EXPECT_EQ(in_quotes("say \"x\\y\""), "\"say \\\"x\\\\y\\\"\"");
}

TEST(ExcerptTest, SaysWhereItWasCutOff) {
  EXPECT_EQ(escaped("abcdefgh", 8), "abcdefgh");
  EXPECT_EQ(escaped("abcdefghi", 8), "abcde...");
  EXPECT_EQ(escaped("abcde\r\n\r\n", 8), "abcde...");
  EXPECT_EQ(escaped("abcd\r\n\r\n", 8), "abcd...");
  EXPECT_EQ(escaped("abcd", 2), "..");
  EXPECT_EQ(escaped("abcd", 0), "");
  for (std::size_t most = 0; most < 40; ++most) {
    EXPECT_LE(escaped("\x01\x02"
                      "ab\xe2\x82\xac\r\nxyz\xf0\x9f\x99\x82 and more of it",
                      most)
                  .size(),
              most);
  }
}

}  // namespace
}  // namespace hale::checks
