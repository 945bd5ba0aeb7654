#include "checks/websocket/frames.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace hale::checks::websocket {
namespace {

using namespace std::string_view_literals;
using Kind = Event::Kind;

// All events, with the bytes in pieces of this size.
std::vector<Event> read(std::string_view bytes, std::size_t piece, std::size_t longest = 100000) {
  MessageReader reader(longest);
  std::vector<Event> events;
  while (!bytes.empty()) {
    std::string_view part = bytes.substr(0, piece);
    bytes.remove_prefix(part.size());
    while (true) {
      events.push_back(reader.next(part));
      if (events.back().kind == Kind::kMore) {
        events.pop_back();
        break;
      }
      if (events.back().kind == Kind::kWrong || events.back().kind == Kind::kTooLong) {
        return events;
      }
    }
  }
  return events;
}

struct Case {
  const char* what;
  std::string bytes;
  std::vector<Kind> kinds;
  std::string first;  // the data of the first event
};

// However the bytes come.
void expect_events(std::span<const Case> cases) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, c.bytes.size()}) {
      const std::vector<Event> events = read(c.bytes, piece);
      ASSERT_EQ(events.size(), c.kinds.size());
      for (std::size_t i = 0; i < events.size(); ++i) {
        EXPECT_EQ(static_cast<int>(events[i].kind), static_cast<int>(c.kinds[i]));
      }
      EXPECT_EQ(events.empty() ? "" : events.front().data, c.first);
    }
  }
}

// The examples of RFC 6455 section 5.7, and what breaks the rules of section 5.
TEST(WebSocketFramesTest, ReadWhatServersSend) {
  const std::string k256(256, 'x');
  const Case cases[] = {
      {"text", std::string("\x81\x05Hello"), {Kind::kMessage}, "Hello"},
      {"in two fragments", std::string("\x01\x03Hel\x80\x02lo"), {Kind::kMessage}, "Hello"},
      {"a ping between fragments",
       std::string("\x01\x03Hel\x89\x02hi\x80\x02lo"),
       {Kind::kPing, Kind::kMessage},
       "hi"},
      {"binary with two bytes of length",
       std::string("\x82\x7e\x01\x00"sv) + k256,
       {Kind::kMessage},
       k256},
      {"empty text", std::string("\x81\x00"sv), {Kind::kMessage}, ""},
      {"pong", std::string("\x8a\x00"sv), {Kind::kPong}, ""},
      {"close",
       std::string("\x88\x05\x03\xe8"
                   "bye"),
       {Kind::kClose},
       "bye"},
      {"close without code", std::string("\x88\x00"sv), {Kind::kClose}, ""},
      {"reserved bits", std::string("\xc1\x00"sv), {Kind::kWrong}, "a frame has reserved bits set"},
      {"unknown opcode",
       std::string("\x83\x00"sv),
       {Kind::kWrong},
       "a frame has an unknown opcode"},
      {"masked",
       std::string("\x81\x80"
                   "abcd"),
       {Kind::kWrong},
       "the server masks its frames"},
      {"long control frame",
       std::string("\x89\x7e\x01\x00"sv),
       {Kind::kWrong},
       "a control frame is too long or in pieces"},
      {"control frame in pieces",
       std::string("\x09\x00"sv),
       {Kind::kWrong},
       "a control frame is too long or in pieces"},
      {"continuation of nothing",
       std::string("\x80\x00"sv),
       {Kind::kWrong},
       "a message's pieces are out of order"},
      {"text within text",
       std::string("\x01\x00\x81\x00"sv),
       {Kind::kWrong},
       "a message's pieces are out of order"},
      {"length in too many bytes",
       std::string("\x81\x7e\x00\x05"sv),
       {Kind::kWrong},
       "a frame has a malformed length"},
      {"negative length",
       std::string("\x81\x7f\xff\0\0\0\0\0\0\0"sv),
       {Kind::kWrong},
       "a frame has a malformed length"},
      {"half a code", std::string("\x88\x01\x03"), {Kind::kWrong}, "a close frame has half a code"},
      {"forbidden code",
       std::string("\x88\x02\x03\xed"),
       {Kind::kWrong},
       "a close frame has a code that may not be sent"},
      {"too long", std::string("\x81\x7f\0\0\0\0\0\x10\0\0"sv), {Kind::kTooLong}, ""},
      {"head cut off", std::string("\x81"), {}, ""},
      {"payload cut off", std::string("\x81\x05Hell"), {}, ""},
  };
  expect_events(cases);
}

// RFC 6455 sections 5.6, 7.1.6 and 8.1.
TEST(WebSocketFramesTest, DemandUtf8WhereThereIsText) {
  const Case cases[] = {
      {"text that is not UTF-8",
       std::string("\x81\x02\xc3("),
       {Kind::kWrong},
       "a text message is not UTF-8"},
      {"text that ends within a character",
       std::string("\x01\x01x\x80\x01\xc3"),
       {Kind::kWrong},
       "a text message is not UTF-8"},
      {"a character in two fragments",
       std::string("\x01\x01\xc3\x80\x01\xbc"),
       {Kind::kMessage},
       "\xc3\xbc"},
      {"binary in fragments that is not UTF-8",
       std::string("\x81\x01x\x02\x01\xff\x80\x01\xfe"),
       {Kind::kMessage, Kind::kMessage},
       "x"},
      {"close with a reason that is not UTF-8",
       std::string("\x88\x03\x03\xe8\xff"),
       {Kind::kWrong},
       "a close frame's reason is not UTF-8"},
  };
  expect_events(cases);
}

TEST(WebSocketFramesTest, BoundMessagesInFragmentsToo) {
  std::string bytes("\x01\x04hell", 6);
  bytes += std::string("\x80\x02oo", 4);
  EXPECT_EQ(read(bytes, 100, 6).front().kind, Kind::kMessage);
  EXPECT_EQ(read(bytes, 100, 5).front().kind, Kind::kTooLong);
}

TEST(WebSocketFramesTest, AreMaskedByTheClient) {
  // RFC 6455 section 5.7: a masked "Hello".
  EXPECT_EQ(encode_frame(Opcode::kText, "Hello", 0x37fa213d),
            "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
  EXPECT_EQ(encode_frame(Opcode::kClose, "", 0), std::string_view("\x88\x80\0\0\0\0", 6));
  EXPECT_EQ(encode_frame(Opcode::kText, std::string(200, 'x'), 0).substr(0, 4),
            std::string_view("\x81\xfe\x00\xc8", 4));
  EXPECT_EQ(encode_frame(Opcode::kText, std::string(70000, 'x'), 0).substr(0, 10),
            std::string_view("\x81\xff\0\0\0\0\0\x01\x11\x70", 10));
}

}  // namespace
}  // namespace hale::checks::websocket
