#include "config/text_scan.h"

#include <gtest/gtest.h>

#include "config/toml_reader.h"

namespace hale::config {
namespace {

std::string repeat(std::string_view part, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) {
    text += part;
  }
  return text;
}

// Empty words where there is nothing wrong.
TextError error_in(const std::string& text) {
  return scan_text(text).value_or(TextError{});
}

TEST(TextScanTest, LetsOrdinaryTextPass) {
  for (const std::string& text : {
           std::string(),
           std::string("a = 1\n"),
           std::string("a.b.c = [1, [2, [3]]]\r\n[x.y]\n# comment ]]]]]]\n"),
           "a" + repeat(".a", 31) + " = 1\n",
           "a = " + repeat("[", 32) + repeat("]", 32) + "\n",
           std::string("a = \"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\"\n"),
           repeat("x.y = 1\n", 100),
       }) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(scan_text(text).has_value());
  }
}

TEST(TextScanTest, DoesNotCountInsideStringsAndComments) {
  const std::string dots = repeat(".", 100);
  const std::string brackets = repeat("[", 100);
  for (const std::string& hidden : {dots, brackets}) {
    for (const auto& [before, after] : std::vector<std::pair<std::string, std::string>>{
             {"# ", "\n"},
             {"a = \"", "\"\n"},
             {"a = '", "'\n"},
             {"a = \"\"\"\n", "\"\"\"\n"},
             {"a = '''\n", "'''\n"},
             {"a = \"\\\"", "\"\n"},
             {"a = \"\"\"\\\"\"\"", "\"\"\"\n"},
             {"a = \"\"\"x\"\"\"\"\"\nb = \"", "\"\n"},
             {"a = '''x'''''\nb = '", "'\n"},
             {"\"", "\" = 1\n"},
         }) {
      SCOPED_TRACE(before);
      EXPECT_EQ(error_in(before + hidden + after).message, "");
    }
  }
}

TEST(TextScanTest, CountsAgainAfterAString) {
  for (const std::string& before : {
           std::string("a = \"x\"\n"),
           std::string("a = \"\"\"x\"\"\"\"\"\n"),
           std::string("a = '''x''''\n"),
           std::string("a = \"\\\\\"\n"),
           std::string("a = ''\n"),
           std::string("a = \"\"\n"),
           std::string("# \"\n"),
           std::string("# it's\n"),
       }) {
    SCOPED_TRACE(before);
    EXPECT_EQ(error_in(before + "b = " + repeat("[", 40)).message,
              "brackets nested more than 32 deep");
  }
}

TEST(TextScanTest, StopsDeepNestingBeforeTheParser) {
  const std::string dotted = "a" + repeat(".a", 300'000) + " = 1\n";
  const std::string quoted_parts = "\"a\"" + repeat(" . 'a'", 300'000) + " = 1\n";
  const std::string header = "[a" + repeat(".a", 300'000) + "]\n";
  const std::string arrays = "a = " + repeat("[", 300'000) + repeat("]", 300'000) + "\n";
  const std::string tables = "a = " + repeat("{a=", 300'000) + "1" + repeat("}", 300'000) + "\n";
  const Source source{.name = "x"};
  for (const std::string& text : {dotted, quoted_parts, header, arrays, tables}) {
    SCOPED_TRACE(text.substr(0, 20));
    const auto tree = read_toml(text, source);
    ASSERT_FALSE(tree.has_value());
    EXPECT_EQ(tree.error().where, "syntax");
    EXPECT_LT(tree.error().at.column, 500U);
  }
}

TEST(TextScanTest, ParsesWhatNestsAsDeepAsAllowed) {
  const std::string key = "a" + repeat(".a", 31);
  const std::string text = "[" + key + "]\n" + key + " = " + repeat("{ " + key + " = ", 31) + "1" +
                           repeat(" }", 31) + "\n";
  const Source source{.name = "x"};
  const auto tree = read_toml(text, source);
  ASSERT_TRUE(tree.has_value()) << tree.error().message;
  EXPECT_NE((*tree)->find("a"), nullptr);
}

TEST(TextScanTest, SaysWhereAByteIsNotText) {
  const struct {
    std::string text;
    std::uint32_t line;
    std::uint32_t column;
  } kCases[] = {
      {std::string("a = \"\xFF\"\n"), 1, 6},
      {std::string("# \xC3\xA4\xC3\n"), 1, 4},
      {std::string("a = 1\nb = '\xED\xA0\x80'\n"), 2, 6},  // a surrogate
      {std::string("a = '\xC0\x80'\n"), 1, 6},             // overlong
      {std::string("a = '\xF5\x80\x80\x80'\n"), 1, 6},     // above U+10FFFF
      {std::string("a = '\xE2\x82'\n"), 1, 6},             // cut off
      {std::string("a = 1\n\0b = 2\n", 13), 2, 1},
      {std::string("a = 1\n\xE2\x82"), 2, 1},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.text);
    const TextError error = error_in(test.text);
    EXPECT_NE(error.message, "");
    EXPECT_EQ(error.at, (Position{test.line, test.column})) << error.message;
  }
}

}  // namespace
}  // namespace hale::config
