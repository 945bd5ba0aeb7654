#include "checks/dns/expectation.h"

#include <functional>
#include <string>

#include <gtest/gtest.h>

namespace hale::checks::dns {
namespace {

using monitor::Outcome;
using monitor::Reason;
using monitor::Result;

const Question kQuestion{"example.com.", kTypeA};

Pattern regex(const char* text) {
  return Pattern::compile(text).value();
}

Outcome judged(const Message& message, const std::vector<std::string>& texts,
               const std::function<void(Expectation&)>& expect) {
  Answers answers;
  answers.texts = texts;
  answers.canonical_name = kQuestion.name;
  Expectation expected;
  expect(expected);
  return judge(message, answers, kQuestion, expected, true);
}

TEST(DnsExpectationTest, HoldsAnswersToWhatWasExpected) {
  struct Case {
    std::vector<std::string> texts;
    std::function<void(Expectation&)> expect;
    std::string message;  // empty: passes
  };
  const std::vector<std::string> two = {"192.0.2.1", "192.0.2.2"};
  const Case cases[] = {
      {two, [](Expectation&) {}, ""},
      {{}, [](Expectation&) {}, "no record for example.com. A"},
      {{}, [](Expectation& e) { e.min_answers = 0; }, ""},
      {two, [](Expectation& e) { e.min_answers = 3; },
       "2 answers for example.com. A, expected at least 3: 192.0.2.1, 192.0.2.2"},
      {two, [](Expectation& e) { e.contains = {"192.0.2.2"}; }, ""},
      {two, [](Expectation& e) { e.contains = {"192.0.2.2", "192.0.2.3"}; },
       "\"192.0.2.3\" is expected for example.com. A, but only 192.0.2.1, 192.0.2.2"},
      {two, [](Expectation& e) { e.exactly = {"192.0.2.2", "192.0.2.1"}; }, ""},
      {two, [](Expectation& e) { e.exactly = {"192.0.2.2"}; },
       "\"192.0.2.1\" for example.com. A is not among what is expected: 192.0.2.2"},
      {{"192.0.2.1"},
       [](Expectation& e) { e.exactly = {"192.0.2.1", "192.0.2.2"}; },
       "exactly 192.0.2.1, 192.0.2.2 is expected for example.com. A, but only 192.0.2.1"},
      {two, [](Expectation& e) { e.regex = regex("\\.2$"); }, ""},
      {two, [](Expectation& e) { e.regex = regex("^10\\."); },
       "nothing for example.com. A matches \"^10\\.\", but only 192.0.2.1, 192.0.2.2"},
      {two, [](Expectation& e) { e.not_regex = regex("^10\\."); }, ""},
      {two, [](Expectation& e) { e.not_regex = regex("\\.2$"); },
       "an answer for example.com. A matches \"\\.2$\": 192.0.2.1, 192.0.2.2"},
      {two, [](Expectation& e) { e.authoritative = true; }, "the answer is not authoritative"},
      {two, [](Expectation& e) { e.authenticated = true; },
       "the answer is not authenticated: the server did not validate it by DNSSEC"},
      {two, [](Expectation& e) { e.rcode = kNxDomain; },
       "NOERROR for example.com. A, expected NXDOMAIN"},
  };
  for (const Case& c : cases) {
    const Outcome outcome = judged(Message{}, c.texts, c.expect);
    EXPECT_EQ(outcome.message, c.message);
    EXPECT_EQ(outcome.result, c.message.empty() ? Result::kPass : Result::kFail);
    EXPECT_EQ(outcome.reason, c.message.empty() ? Reason::kNone : Reason::kValidation);
  }
}

TEST(DnsExpectationTest, TellsWhatTheServerSaysFromWhatItAnswers) {
  Message message;
  message.rcode = 2;
  message.extended_error = "7 signature expired";
  Outcome outcome = judged(message, {}, [](Expectation&) {});
  EXPECT_EQ(outcome.reason, Reason::kStatus);
  EXPECT_EQ(outcome.code, "SERVFAIL");
  EXPECT_EQ(outcome.message,
            "SERVFAIL for example.com. A, expected NOERROR (the server's reason: 7 signature "
            "expired)");
  message = {};
  message.rcode = kFormErr;
  outcome = judged(message, {}, [](Expectation&) {});
  EXPECT_EQ(outcome.message,
            "FORMERR for example.com. A, expected NOERROR (it may be too old for EDNS: edns_size = "
            "0)");
  message.rcode = kNxDomain;
  outcome = judged(message, {}, [](Expectation& e) { e.rcode = kNxDomain; });
  EXPECT_EQ(outcome.result, Result::kPass);
}

TEST(DnsExpectationTest, ShowsWhatFitsIntoALine) {
  EXPECT_EQ(shown_answers({}), "");
  EXPECT_EQ(shown_answers({"a", "b"}), "a, b");
  const std::string line = shown_answers(std::vector<std::string>(100, "192.0.2.1"));
  EXPECT_LT(line.size(), 230U);
  EXPECT_TRUE(line.ends_with(" more")) << line;
  EXPECT_LT(shown_answers({std::string(5000, 'x'), "b"}).size(), 230U);
}

}  // namespace
}  // namespace hale::checks::dns
