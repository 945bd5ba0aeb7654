#include "exporters/json/json_writer.h"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <Poco/Dynamic/Var.h>
#include <Poco/JSON/Array.h>
#include <Poco/JSON/Parser.h>
#include <gtest/gtest.h>

#include "monitor/runtime/random.h"
#include "monitor/utf8.h"

namespace hale::exporters {
namespace {

template <class Write>
std::string written(Write write) {
  std::string out;
  JsonWriter json(out);
  write(json);
  return out;
}

TEST(JsonWriterTest, PutsCommasWhereTheyBelong) {
  const std::string out = written([](JsonWriter& json) {
    json.begin_object();
    json.key("a");
    json.begin_array();
    json.integer(1);
    json.begin_object();
    json.end_object();
    json.begin_array();
    json.end_array();
    json.null();
    json.end_array();
    json.key("b");
    json.begin_object();
    json.key("c");
    json.boolean(true);
    json.key("d");
    json.text("");
    json.end_object();
    json.end_object();
  });
  EXPECT_EQ(out, R"({"a":[1,{},[],null],"b":{"c":true,"d":null}})");
}

TEST(JsonWriterTest, EscapesWhatJsonCannotHold) {
  struct Case {
    std::string_view value;
    std::string_view expected;
  };
  const Case kCases[] = {
      {"", R"("")"},
      {"plain", R"("plain")"},
      {"a\"b\\c/", R"("a\"b\\c/")"},
      {"line\nfeed\r\ttab", R"("line\nfeed\r\ttab")"},
      {std::string_view("\0\x01\x1F", 3), R"("\u0000\u0001\u001f")"},
      {"J\xC3\xBCrgen \xE2\x82\xAC \xF0\x9F\x92\xA9",
       "\"J\xC3\xBCrgen \xE2\x82\xAC \xF0\x9F\x92\xA9\""},
      {"cut \xE2\x82", "\"cut \xEF\xBF\xBD\xEF\xBF\xBD\""},
      {"bad \xFF here", "\"bad \xEF\xBF\xBD here\""},
      {"\xED\xA0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(::testing::PrintToString(c.value));
    EXPECT_EQ(written([&](JsonWriter& json) { json.string(c.value); }), c.expected);
  }
}

TEST(JsonWriterTest, SaysNullWhereANumberIsNone) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double value : {std::numeric_limits<double>::quiet_NaN(), infinity, -infinity}) {
    EXPECT_EQ(written([&](JsonWriter& json) { json.number(value); }), "null");
  }
  EXPECT_EQ(written([](JsonWriter& json) { json.number(0.25); }), "0.25");
}

TEST(JsonWriterTest, RoundsTimesToMillisecondsAndDurationsToMicroseconds) {
  using namespace std::chrono_literals;
  const auto time = [](std::chrono::nanoseconds since_epoch) {
    return written([&](JsonWriter& json) { json.time(monitor::WallTime(since_epoch)); });
  };
  EXPECT_EQ(time(1763753600s), "1763753600.0");
  EXPECT_EQ(time(1763753600s + 200ms), "1763753600.2");
  EXPECT_EQ(time(1763753600s + 1999600us), "1763753602.0");
  EXPECT_EQ(time(-1500ms), "-1.5");
  const auto milliseconds = [](monitor::Duration duration) {
    return written([&](JsonWriter& json) { json.milliseconds(duration); });
  };
  EXPECT_EQ(milliseconds(10s), "10000");
  EXPECT_EQ(milliseconds(3100us), "3.1");
  EXPECT_EQ(milliseconds(1234567ns), "1.235");
  EXPECT_EQ(milliseconds(0s), "0");
  EXPECT_EQ(written([](JsonWriter& json) { json.time(std::nullopt); }), "null");
}

// Whatever bytes a target sends, a parser must take the document, and read back what was valid.
TEST(JsonWriterTest, IsValidForRandomBytes) {
  monitor::Random random(20250101);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes;
    for (std::uint64_t n = random.below(24); n > 0; --n) {
      // Half of them from the range where UTF-8's rules are.
      bytes += static_cast<char>(random.chance(0.5) ? 0xC0 + random.below(64) : random.below(256));
    }
    const std::string out = written([&](JsonWriter& json) {
      json.begin_array();
      json.string(bytes);
      json.end_array();
    });
    SCOPED_TRACE(::testing::PrintToString(bytes));
    Poco::JSON::Parser parser;
    parser.setAllowNullByte(true);
    const auto array = parser.parse(out).extract<Poco::JSON::Array::Ptr>();
    const auto text = array->getElement<std::string>(0);
    EXPECT_TRUE(monitor::is_utf8(text));
  }
}

}  // namespace
}  // namespace hale::exporters
