// Paths, conditions and documents of JSON, hostile ones among them.
#include "checks/http/json_path.h"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "checks/http/json_document.h"

namespace hale::checks::http {
namespace {

// "a.b" as its steps, one a line; indices in brackets.
std::string steps_of(const JsonPath& path) {
  std::string text = path.length ? "len\n" : "";
  for (const JsonStep& step : path.steps) {
    if (const auto* const name = std::get_if<std::string>(&step)) {
      text += *name + "\n";
    } else {
      text += "[" + std::to_string(std::get<std::size_t>(step)) + "]\n";
    }
  }
  return text;
}

TEST(JsonPathTest, IsReadAsItsSteps) {
  struct Case {
    std::string_view text;
    std::string_view steps;
  };
  const std::vector<Case> cases = {
      {"status", "status\n"},
      {"queue.depth", "queue\ndepth\n"},
      {"items[0].id", "items\n[0]\nid\n"},
      {"[3][4]", "[3]\n[4]\n"},
      {"$.a['b.c'][\"d]e\"]", "a\nb.c\nd]e\n"},
      {"$", ""},
      {"", ""},
      {"len(items)", "len\nitems\n"},
      {"len($)", "len\n"},
      {"length", "length\n"},
      {"with space.x-y", "with space\nx-y\n"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    const auto path = JsonPath::parse(c.text);
    ASSERT_TRUE(path.has_value()) << path.error();
    EXPECT_EQ(steps_of(*path), c.steps);
  }
}

TEST(JsonPathTest, RefusesWhatIsNone) {
  for (const std::string_view text :
       {".", "a.", ".a", "a..b", "a[", "a[]", "a[x]", "a[-1]", "a['b]", "a['b'", "a]", "len(",
        "len(a", "a(b)", "$a", "a[99999999999999999999]"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(JsonPath::parse(text).has_value());
  }
}

JsonValue value_at(std::string_view document, std::string_view path) {
  const auto parsed = JsonPath::parse(path);
  EXPECT_TRUE(parsed.has_value());
  const auto values = read_json(document, {*parsed});
  EXPECT_TRUE(values.has_value()) << values.error();
  return values ? values->front() : JsonValue();
}

TEST(JsonDocumentTest, TellsWhatStandsAtAPath) {
  struct Case {
    std::string_view document;
    std::string_view path;
    std::string_view shown;
  };
  const std::vector<Case> cases = {
      {R"({"a": 1})", "a", "1"},
      {R"({"a": -7})", "a", "-7"},
      {R"({"a": 1.5e3})", "a", "1500"},
      {R"({"a": 9007199254740993})", "a", "9007199254740993"},
      {R"({"a": 18446744073709551615})", "a", "18446744073709551616"},
      {R"({"a": true, "b": null})", "b", "null"},
      {R"({"a": true, "b": null})", "a", "true"},
      {R"({"a": "x\n\u00e4"})", "a", "\"x\\nä\""},
      {R"({"a": {"b": [1, {"c": "deep"}]}})", "a.b[1].c", "\"deep\""},
      {R"({"a": {"b": [1, {"c": "deep"}]}})", "a.b", "an array of 2"},
      {R"({"a": {"b": [1, {"c": "deep"}]}})", "a", "an object of 1"},
      {R"({"a": {"b": [1, {"c": "deep"}]}})", "len(a.b)", "2"},
      {R"({"a": {"b": [1, {"c": "deep"}]}})", "c", "missing"},
      {R"({"a": {"b": [1, {"c": "deep"}]}})", "a.b[2]", "missing"},
      {R"({"a": {"b": [1, {"c": "deep"}]}})", "a.b.c", "missing"},
      {R"({"a": {"b": [1, {"c": "deep"}]}})", "a[0]", "missing"},
      {R"([[], [1, 2, 3]])", "len([1])", "3"},
      {R"([[], [1, 2, 3]])", "len([0])", "0"},
      {R"([[], [1, 2, 3]])", "[1][2]", "3"},
      {R"([5])", "", "an array of 1"},
      {R"("alone")", "$", "\"alone\""},
      {R"("ä€")", "len($)", "2"},
      {"42", "len($)", "missing"},
      {"42", "a", "missing"},
      // The last of two counts, with all that is below it.
      {R"({"a": 1, "a": 2})", "a", "2"},
      {R"({"a": {"b": 1}, "a": {}})", "a.b", "missing"},
      {R"({"a": {"b": 1}, "a": 3})", "a.b", "missing"},
      {R"({"a": [1, 2], "a": "xyz"})", "len(a)", "3"},
      {R"({"x": {"a": 1}, "a": 2})", "a", "2"},
      {R"({"": 1})", "['']", "1"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(std::string(c.document) + " at " + std::string(c.path));
    EXPECT_EQ(value_at(c.document, c.path).shown(), c.shown);
  }
}

TEST(JsonDocumentTest, RefusesWhatIsNotJson) {
  const std::string deep(1'000'000, '[');
  const std::string deep_objects = [] {
    std::string text;
    for (int i = 0; i < 100'000; ++i) {
      text += "{\"a\":";
    }
    return text;
  }();
  const std::vector<std::string> documents = {
      "",
      " ",
      "<html>",
      "{",
      "{\"a\": 1",
      "{\"a\": 1} x",
      "{\"a\": 1}{\"a\": 2}",
      "[1,]",
      "{'a': 1}",
      "[01]",
      "[1e999]",
      "[NaN]",
      "// comment\n[]",
      "\"\xff\xfe\"",
      "\"\\ud800\"",
      "\"a\nb\"",
      std::string("[1\0]", 4),
      deep,
      deep_objects,
  };
  const auto path = JsonPath::parse("a.b");
  for (const std::string& document : documents) {
    SCOPED_TRACE(document.substr(0, 40));
    const auto values = read_json(document, {*path});
    ASSERT_FALSE(values.has_value());
    EXPECT_TRUE(values.error().starts_with(" is ")) << values.error();
    EXPECT_LT(values.error().size(), 300U);
  }
}

TEST(JsonDocumentTest, ReadsToTheDepthThatItAllows) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + "1" + std::string(depth, ']');
  };
  EXPECT_TRUE(read_json(nested(kDeepestJson), {}).has_value());
  EXPECT_FALSE(read_json(nested(kDeepestJson + 1), {}).has_value());
}

TEST(JsonConditionTest, HoldsOrNot) {
  struct Case {
    std::string_view condition;
    std::string_view document;
    bool holds;
  };
  const std::vector<Case> cases = {
      {"== 'up'", R"("up")", true},
      {"== \"up\"", R"("up")", true},
      {"=='up'", R"("up")", true},
      {"== 'up'", R"("UP")", false},
      {"== ''", R"("")", true},
      {"!= 'up'", R"("down")", true},
      {"!= 'up'", "1", true},
      {"== 1", "1", true},
      {"== 1", "1.0", true},
      {"== 1", R"("1")", false},
      {"== true", "true", true},
      {"== true", "1", false},
      {"== null", "null", true},
      {"!= null", "0", true},
      {"== 9007199254740993", "9007199254740992", false},
      {"< 100", "99.9", true},
      {"< 100", "100", false},
      {"<= 100", "100", true},
      {">= -1.5", "-1.5", true},
      {"> 0", "0", false},
      {"> 0", R"("5")", false},
      {"> 0", "null", false},
      {"< 5", "[1]", false},
      {"~ ^ok", R"("okay")", true},
      {"~ ^ok", R"("not ok")", false},
      {"~ '^ok$'", R"("ok")", true},
      {"~ 1", "1", false},
      {"exists", "null", true},
      {"== 1", "[1]", false},
      {"exists", "{}", true},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(std::string(c.condition) + " of " + std::string(c.document));
    const auto condition = JsonCondition::parse(c.condition);
    ASSERT_TRUE(condition.has_value()) << condition.error();
    EXPECT_EQ(condition->holds(value_at(c.document, "$")), c.holds);
    EXPECT_FALSE(condition->holds(JsonValue())) << "what is missing fulfils nothing";
  }
}

TEST(JsonConditionTest, RefusesWhatIsNone) {
  for (const std::string_view text : {"", "up", "= 1", "==", "== up", "< 'a'", "> true", "~ (",
                                      "=== 1", "exists not", "== 'a", "< nan", "== 1 2"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(JsonCondition::parse(text).has_value());
  }
}

}  // namespace
}  // namespace hale::checks::http
