#include "exporters/http/json_body.h"

#include <array>
#include <map>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace hale::exporters {
namespace {

constexpr std::array<std::string_view, 3> kKeys = {"name", "value", "labels"};

JsonObject object(std::string_view body) {
  auto parsed = JsonObject::parse(body, kKeys);
  EXPECT_TRUE(parsed) << parsed.error().message;
  return std::move(parsed.value());
}

template <class T>
std::string message_of(const Result<T>& result) {
  return result ? "" : result.error().message;
}

TEST(JsonBodyTest, ReadsEachKindOfValue) {
  const JsonObject body = object(R"({"name": "a b", "value": 1.5, "labels": {"x": "1", "y": ""}})");
  EXPECT_EQ(body.text("name", 3).value(), "a b");
  EXPECT_EQ(body.number("value", 0, 2).value(), 1.5);
  EXPECT_EQ(body.text_map("labels", 2, 10).value(),
            (std::map<std::string, std::string>{{"x", "1"}, {"y", ""}}));
  EXPECT_EQ(object(R"({"value": true})").boolean("value").value(), true);
  EXPECT_EQ(object(R"({"value": 7})").number("value", 7, 7).value(), 7);
  EXPECT_EQ(object(R"({"name": "a\nb\u0000"})").any_text("name").value(), std::string("a\nb\0", 4));
}

TEST(JsonBodyTest, HasNothingWhereAKeyIsLeftOut) {
  for (const std::string_view text : {"", "{}", " { } "}) {
    SCOPED_TRACE(text);
    const JsonObject body = object(text);
    EXPECT_FALSE(body.has("name"));
    EXPECT_EQ(body.text("name", 3).value(), "");
    EXPECT_EQ(body.any_text("name").value(), "");
    EXPECT_EQ(body.number("value", 0, 2).value(), std::nullopt);
    EXPECT_EQ(body.boolean("value").value(), std::nullopt);
    EXPECT_TRUE(body.text_map("labels", 2, 10).value().empty());
  }
}

TEST(JsonBodyTest, SaysWhatIsWrongWithAValue) {
  struct Case {
    std::string value;
    std::string text;
    std::string number;
    std::string boolean;
    std::string map;
  };
  const std::string kText = R"("value" must be a string)";
  const std::string kNumber = R"("value" must be a number from 0 to 100)";
  const std::string kBoolean = R"("value" must be true or false)";
  const std::string kMap = R"("value" must be an object)";
  const Case kCases[] = {
      {"null", kText, kNumber, kBoolean, kMap},
      {"12", kText, "", kBoolean, kMap},
      {"-1", kText, kNumber, kBoolean, kMap},
      {"100.5", kText, kNumber, kBoolean, kMap},
      {"1e300", kText, kNumber, kBoolean, kMap},
      {"true", kText, kNumber, "", kMap},
      {"[]", kText, kNumber, kBoolean, kMap},
      {R"("12")", "", kNumber, kBoolean, kMap},
      {R"("true")", "", kNumber, kBoolean, kMap},
      {R"("123456789")", R"("value" is longer than 8 bytes)", kNumber, kBoolean, kMap},
      {R"("a\tb")", R"("value" holds a control character)", kNumber, kBoolean, kMap},
      {R"({"x": 1})", kText, kNumber, kBoolean, R"("value.x" must be a string)"},
      {R"({"x": "123456789"})", kText, kNumber, kBoolean, R"("value.x" is longer than 8 bytes)"},
      {R"({"x": "a\tb"})", kText, kNumber, kBoolean, R"("value.x" holds a control character)"},
      {R"({"a": "", "b": "", "c": ""})", kText, kNumber, kBoolean,
       R"("value" holds more than 2 names)"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.value);
    const JsonObject body = object(R"({"value": )" + c.value + "}");
    EXPECT_EQ(message_of(body.text("value", 8)), c.text);
    EXPECT_EQ(message_of(body.number("value", 0, 100)), c.number);
    EXPECT_EQ(message_of(body.boolean("value")), c.boolean);
    EXPECT_EQ(message_of(body.text_map("value", 2, 8)), c.map);
  }
}

TEST(JsonBodyTest, ReadsAListAndSaysWhereItIsWrong) {
  const auto list = JsonObject::parse_list(R"([{"name": "a"}, {"name": 1}])", kKeys, 2);
  ASSERT_TRUE(list) << list.error().message;
  ASSERT_EQ(list->size(), 2U);
  EXPECT_EQ((*list)[0].text("name", 5).value(), "a");
  EXPECT_EQ(message_of((*list)[1].text("name", 5)), R"([1]: "name" must be a string)");
  EXPECT_TRUE(JsonObject::parse_list("[]", kKeys, 2)->empty());

  const std::string kNoList = "the body is not a JSON list of objects";
  const std::pair<std::string, std::string> kCases[] = {
      {"", kNoList},
      {"{}", kNoList},
      {"[1]", kNoList},
      {R"([{"name": "a"}, null])", kNoList},
      {"[{}", kNoList},
      {std::string(50'000, '['), kNoList},
      {"[{}, {}, {}]", "the list holds more than 2 objects"},
      {R"([{}, {"nam": 1}])", R"([1]: unknown key "nam"; did you mean "name"?)"},
  };
  for (const auto& [body, message] : kCases) {
    SCOPED_TRACE(body.substr(0, 60));
    EXPECT_EQ(message_of(JsonObject::parse_list(body, kKeys, 2)), message);
  }
}

TEST(JsonBodyTest, WantsNothingWhereNothingIsTaken) {
  EXPECT_TRUE(expect_empty_body(""));
  EXPECT_TRUE(expect_empty_body("{}"));
  EXPECT_EQ(expect_empty_body(R"({"for": "1h"})").error().message, R"(unknown key "for")");
  EXPECT_EQ(expect_empty_body("x").error().message, "the body is not a JSON object");
}

}  // namespace
}  // namespace hale::exporters
