#include "checks/dns/message.h"

#include <string>

#include <gtest/gtest.h>

#include "checks/dns/codes.h"
#include "tests/checks/dns/dns_bytes.h"

namespace hale::checks::dns {
namespace {

using test::ByteList;
using test::joined;
using test::MessageParts;
using test::pointer;
using test::record;
using test::u16;
using test::u32;
using test::wire;

// The question's name stands behind the header.
const ByteList kName = pointer(12);

MessageParts parts_for(unsigned type) {
  MessageParts parts;
  parts.questions = {test::question("example.com", type)};
  return parts;
}

TEST(DnsQueryTest, AsksAsTheStandardSays) {
  const ByteList name = wire("a.b");
  QueryOptions options;
  EXPECT_EQ(make_query(0x1234, name, kTypeA, options), joined({u16(0x1234),
                                                               u16(0x0100),
                                                               u16(1),
                                                               u16(0),
                                                               u16(0),
                                                               u16(1),
                                                               name,
                                                               u16(1),
                                                               u16(1),
                                                               {0},
                                                               u16(41),
                                                               u16(1232),
                                                               u16(0),
                                                               u16(0),
                                                               u16(0)}));
  options.edns_size = 0;
  options.recursion = false;
  EXPECT_EQ(make_query(7, name, kTypeMx, options),
            joined({u16(7), u16(0), u16(1), u16(0), u16(0), u16(0), name, u16(15), u16(1)}));
  options.edns_size = 4096;
  options.dnssec_ok = true;
  options.authentic_data = true;
  EXPECT_EQ(make_query(7, name, kTypeA, options), joined({u16(7),
                                                          u16(0x0020),
                                                          u16(1),
                                                          u16(0),
                                                          u16(0),
                                                          u16(1),
                                                          name,
                                                          u16(1),
                                                          u16(1),
                                                          {0},
                                                          u16(41),
                                                          u16(4096),
                                                          u16(0),
                                                          u16(0x8000),
                                                          u16(0)}));
}

TEST(DnsMessageTest, ReadsTheFlags) {
  MessageParts parts = parts_for(kTypeA);
  parts.flags = 0x8000U | 0x0400U | 0x0200U | 0x0020U | 0x0080U | (2U << 11U) | 5U;
  const auto message = parse_message(test::message(parts));
  ASSERT_TRUE(message.has_value()) << message.error();
  EXPECT_EQ(message->id, 0x1234);
  EXPECT_TRUE(message->response);
  EXPECT_TRUE(message->authoritative);
  EXPECT_TRUE(message->truncated);
  EXPECT_TRUE(message->authentic_data);
  EXPECT_TRUE(message->recursion_available);
  EXPECT_EQ(message->opcode, 2);
  EXPECT_EQ(message->rcode, kRefused);
}

TEST(DnsMessageTest, ReadsTheDataOfEveryType) {
  struct Case {
    unsigned type;
    ByteList data;
    std::string text;
  };
  const ByteList mail = joined({{4, 'm', 'a', 'i', 'l'}, kName});
  const Case cases[] = {
      {kTypeA, {192, 0, 2, 1}, "192.0.2.1"},
      {kTypeAaaa, {0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, "2001:db8::1"},
      {kTypeNs, mail, "mail.example.com."},
      {kTypeCname, wire("other.org"), "other.org."},
      {kTypePtr, mail, "mail.example.com."},
      {kTypeMx, joined({u16(10), mail}), "10 mail.example.com."},
      {kTypeSrv, joined({u16(1), u16(2), u16(443), wire("srv.org")}), "1 2 443 srv.org."},
      {kTypeSoa,
       joined({wire("ns.x"), wire("root.x"), u32(2024010101), u32(1), u32(2), u32(3), u32(4)}),
       "ns.x. root.x. 2024010101 1 2 3 4"},
      {kTypeTxt, {2, 'v', '=', 1, '1'}, "v=1"},
      {kTypeTxt, {0}, ""},
      {kTypeTxt, {3, '"', '\\', 7}, "\\\"\\\\\\007"},
      {kTypeCaa, {0, 5, 'i', 's', 's', 'u', 'e', 'c', 'a'}, "0 issue \"ca\""},
      {43, {1, 0xAB}, "\\# 2 01ab"},
      {4711, {}, "\\# 0"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.type);
    MessageParts parts = parts_for(c.type);
    parts.answers = {record(kName, c.type, 300, c.data)};
    const auto message = parse_message(test::message(parts));
    ASSERT_TRUE(message.has_value()) << message.error();
    ASSERT_EQ(message->answers.size(), 1U);
    EXPECT_EQ(message->answers[0].owner, "example.com.");
    EXPECT_EQ(message->answers[0].ttl_seconds, 300U);
    EXPECT_EQ(message->answers[0].text, c.text);
  }
}

TEST(DnsMessageTest, RefusesBrokenData) {
  struct Case {
    const char* what;
    unsigned type;
    ByteList data;
  };
  const Case cases[] = {
      {"an address that is too short", kTypeA, {1, 2, 3}},
      {"an address that is too long", kTypeA, {1, 2, 3, 4, 5}},
      {"an empty address", kTypeAaaa, {}},
      {"an IPv6 address that is an IPv4 address", kTypeAaaa, {1, 2, 3, 4}},
      {"a name that leaves the data", kTypeNs, {3, 'a', 'b'}},
      {"bytes behind a name", kTypeNs, {1, 'a', 0, 0}},
      {"a name that leads forwards", kTypeCname, {0xC0, 0xFF}},
      {"no name at all", kTypeMx, u16(10)},
      {"half a preference", kTypeMx, {0}},
      {"an SOA without its numbers", kTypeSoa, joined({wire("a"), wire("b"), u32(1)})},
      {"no string", kTypeTxt, {}},
      {"a string that leaves the data", kTypeTxt, {5, 'a'}},
      {"a second string that does", kTypeTxt, {1, 'a', 1}},
      {"a CAA tag that leaves the data", kTypeCaa, {0, 9, 'i'}},
      {"a CAA without a tag", kTypeCaa, {0, 0}},
      {"a CAA without anything", kTypeCaa, {0}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    MessageParts parts = parts_for(c.type);
    parts.answers = {record(kName, c.type, 300, c.data)};
    // Something behind it, so that reading on would not even leave the message.
    parts.additionals = {record(kName, kTypeA, 300, {1, 2, 3, 4})};
    const auto message = parse_message(test::message(parts));
    ASSERT_FALSE(message.has_value());
    EXPECT_EQ(message.error(), "the data of a record of type " +
                                   type_text(static_cast<std::uint16_t>(c.type)) + " is broken");
  }
}

// Every way to cut a message off is an error, and none of them reads beyond its end.
TEST(DnsMessageTest, RefusesEveryBeginningOfAMessage) {
  MessageParts parts = parts_for(kTypeMx);
  parts.answers = {record(kName, kTypeMx, 300, joined({u16(10), wire("mail.example.com")})),
                   record(kName, kTypeTxt, 300, {3, 'a', 'b', 'c'})};
  parts.additionals = {record({0}, kTypeOpt, 0, {})};
  const ByteList whole = test::message(parts);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const ByteList cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(parse_message(cut).has_value()) << size;
    EXPECT_EQ(message_id(cut).has_value(), size >= kHeaderBytes) << size;
  }
  EXPECT_TRUE(parse_message(whole).has_value());
}

// Servers cut off a message in the middle of a record, and say so.
TEST(DnsMessageTest, KeepsWhatATruncatedMessageHas) {
  MessageParts parts = parts_for(kTypeA);
  parts.flags |= 0x0200U;
  parts.answers = {record(kName, kTypeA, 300, {192, 0, 2, 1}),
                   record(kName, kTypeA, 300, {192, 0, 2, 2})};
  ByteList bytes = test::message(parts);
  bytes.resize(bytes.size() - 3);
  const auto message = parse_message(bytes);
  ASSERT_TRUE(message.has_value()) << message.error();
  EXPECT_EQ(message->answers.size(), 1U);
}

TEST(DnsMessageTest, ReadsTheUpperBitsOfTheRcodeAndTheServersReason) {
  MessageParts parts = parts_for(kTypeA);
  parts.flags |= 2U;
  const ByteList options = joined({u16(10),
                                   u16(2),
                                   {1, 2},  // a cookie
                                   u16(15),
                                   u16(6),
                                   u16(7),
                                   {'s', 'i', 'g', '\n'}});
  parts.additionals = {record({0}, kTypeOpt, 0x01000000U, options)};
  const auto message = parse_message(test::message(parts));
  ASSERT_TRUE(message.has_value()) << message.error();
  EXPECT_EQ(message->rcode, 0x12);
  EXPECT_EQ(message->extended_error, "7 sig?");
  EXPECT_TRUE(message->additionals.empty()) << "OPT is no record of the zone";
}

TEST(DnsMessageTest, PassesOverBrokenOptions) {
  for (const ByteList& options : {u16(15), joined({u16(15), u16(9), {1, 2}}),
                                  joined({u16(15), u16(1), {1}}), joined({u16(15), u16(0)})}) {
    MessageParts parts = parts_for(kTypeA);
    parts.additionals = {record({0}, kTypeOpt, 0, options)};
    const auto message = parse_message(test::message(parts));
    ASSERT_TRUE(message.has_value()) << message.error();
    EXPECT_EQ(message->extended_error, "");
  }
}

TEST(DnsMessageTest, KnowsAnAnswerFromAnotherOne) {
  const Question asked{"example.com.", kTypeA};
  Message message;
  message.response = true;
  message.questions = {{"EXAMPLE.com.", kTypeA}};
  EXPECT_EQ(not_an_answer_to(message, asked), std::nullopt);
  message.questions[0].type = kTypeMx;
  EXPECT_EQ(not_an_answer_to(message, asked), "it answers another question");
  message.questions[0] = {"example.org.", kTypeA};
  EXPECT_EQ(not_an_answer_to(message, asked), "it answers another question");
  message.questions.clear();
  EXPECT_EQ(not_an_answer_to(message, asked), "it answers another question");
  message.rcode = kRefused;
  EXPECT_EQ(not_an_answer_to(message, asked), std::nullopt) << "errors may leave the question out";
  message.opcode = 5;
  EXPECT_EQ(not_an_answer_to(message, asked), "it answers another kind of request");
  message.response = false;
  EXPECT_EQ(not_an_answer_to(message, asked), "it is a question");
}

Record a_record(const std::string& owner, std::uint16_t type, const std::string& text,
                std::uint32_t ttl = 60) {
  Record result;
  result.owner = owner;
  result.type = type;
  result.record_class = kClassIn;
  result.ttl_seconds = ttl;
  result.text = text;
  return result;
}

TEST(DnsAnswersTest, FollowsAliasesToTheirEnd) {
  Message message;
  message.answers = {
      a_record("CDN.net.", kTypeA, "192.0.2.9", 30), a_record("www.x.", kTypeCname, "a.x.", 20),
      a_record("a.x.", kTypeCname, "cdn.net.", 600), a_record("cdn.net.", kTypeA, "192.0.2.8", 40),
      a_record("evil.", kTypeA, "203.0.113.1", 1),   a_record("cdn.net.", kTypeAaaa, "::1", 1),
  };
  const Answers answers = answers_to(message, {"www.x.", kTypeA});
  EXPECT_EQ(answers.texts, (std::vector<std::string>{"192.0.2.9", "192.0.2.8"}));
  EXPECT_EQ(answers.least_ttl_seconds, 20U);
  EXPECT_EQ(answers.canonical_name, "cdn.net.");
  const Answers alias = answers_to(message, {"www.x.", kTypeCname});
  EXPECT_EQ(alias.texts, (std::vector<std::string>{"a.x."}));
}

TEST(DnsAnswersTest, ComesToAnEndInACircle) {
  Message message;
  message.answers = {a_record("a.", kTypeCname, "b."), a_record("b.", kTypeCname, "a.")};
  EXPECT_TRUE(answers_to(message, {"a.", kTypeA}).texts.empty());
  EXPECT_TRUE(answers_to(Message{}, {"a.", kTypeA}).texts.empty());
  EXPECT_EQ(answers_to(Message{}, {"a.", kTypeA}).least_ttl_seconds, std::nullopt);
}

TEST(DnsSerialTest, IsBehindOnACircle) {
  EXPECT_EQ(serial_lag(1, 1), 0U);
  EXPECT_EQ(serial_lag(1, 3), 2U);
  EXPECT_EQ(serial_lag(3, 1), 0U);
  EXPECT_EQ(serial_lag(0xFFFFFFFFU, 1), 2U) << "serials wrap";
  EXPECT_EQ(serial_lag(0, 0x80000000U), 0U) << "these do not compare";
}

TEST(DnsCodesTest, ReadsAndWritesTypes) {
  EXPECT_EQ(type_number("mx"), kTypeMx);
  EXPECT_EQ(type_number("TYPE65"), 65);
  EXPECT_EQ(type_number("type15"), kTypeMx);
  EXPECT_EQ(type_number("ANY"), kTypeAny);
  for (const char* text : {"", "TYPE", "TYPE0", "TYPE41", "TYPE252", "TYPE65536", "TYPE1x", "AXFR",
                           "OPT", "A ", "-1"}) {
    EXPECT_EQ(type_number(text), std::nullopt) << text;
  }
  EXPECT_EQ(type_text(65), "HTTPS");
  EXPECT_EQ(type_text(4711), "TYPE4711");
  EXPECT_EQ(rcode_text(3), "NXDOMAIN");
  EXPECT_EQ(rcode_text(3000), "RCODE3000");
}

TEST(DnsRecordTest, ComparesWhatIsTheSame) {
  struct Case {
    std::uint16_t type;
    const char* text;
    std::optional<std::string> form;
  };
  const Case cases[] = {
      {kTypeA, "192.0.2.1", "192.0.2.1"},
      {kTypeA, "192.0.2", std::nullopt},
      {kTypeA, "::1", std::nullopt},
      {kTypeAaaa, "2001:DB8:0::1", "2001:db8::1"},
      {kTypeAaaa, "example.com", std::nullopt},
      {kTypeMx, "10  Mail.Example.com.", "10 mail.example.com"},
      {kTypeNs, ".", "."},
      {kTypeTxt, "V=Spf1 -all.", "V=Spf1 -all."},
      {kTypeCaa, "0 issue \"CA\"", "0 issue \"CA\""},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(comparable(c.text, c.type), c.form);
  }
}

}  // namespace
}  // namespace hale::checks::dns
