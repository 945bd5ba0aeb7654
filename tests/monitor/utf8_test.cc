#include "monitor/utf8.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace hale::monitor {
namespace {

TEST(Utf8Test, KnowsCharactersAndWhatIsNone) {
  struct Case {
    std::string_view text;
    std::size_t length;
  };
  const Case kCases[] = {
      {"", 0},
      {"a", 1},
      {std::string_view("\0", 1), 1},
      {"\xC3\xBC", 2},
      {"\xE2\x82\xAC rest", 3},
      {"\xF0\x9F\x92\xA9", 4},
      {"\xED\x9F\xBF", 3},      // U+D7FF, the last before the surrogates
      {"\xF4\x8F\xBF\xBF", 4},  // U+10FFFF, the last of all
      {"\x80", 0},              // begins in the middle
      {"\xC3", 0},              // ends in the middle
      {"\xE2\x82", 0},
      {"\xF0\x9F\x92", 0},
      {"\xC3(", 0},
      {"\xC0\xAF", 0},  // overlong
      {"\xE0\x80\xAF", 0},
      {"\xF0\x80\x80\xAF", 0},
      {"\xED\xA0\x80", 0},      // a surrogate
      {"\xF4\x90\x80\x80", 0},  // beyond U+10FFFF
      {"\xF5\x80\x80\x80", 0},
      {"\xFF", 0},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(::testing::PrintToString(c.text));
    EXPECT_EQ(utf8_length(c.text), c.length);
    EXPECT_EQ(is_utf8("\xC3\xBC" + std::string(c.text)), c.length > 0 || c.text.empty());
  }
}

}  // namespace
}  // namespace hale::monitor
