#include "checks/net/starttls.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace hale::checks {
namespace {

using namespace std::string_view_literals;
using Kind = Judgement::Kind;

struct Case {
  const char* what;
  std::string_view received;
  Kind kind;
  std::size_t size = 0;
  const char* text = "";
};

void expect_judged(Judge judge, const Case& c) {
  SCOPED_TRACE(c.what);
  const Judgement judgement = judge(c.received);
  EXPECT_EQ(static_cast<int>(judgement.kind), static_cast<int>(c.kind));
  EXPECT_EQ(judgement.size, c.size);
  EXPECT_EQ(judgement.text, c.text);
}

// However the bytes come in, the judge waits for all of them and then decides the same.
void expect_patient(Judge judge, std::string_view whole) {
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(static_cast<int>(judge(whole.substr(0, size)).kind), static_cast<int>(Kind::kMore))
        << size;
  }
}

TEST(StartTlsTest, UnderstandsPostgres) {
  const Case cases[] = {
      {"nothing yet", "", Kind::kMore},
      {"yes", "S", Kind::kDone, 1},
      {"no", "N", Kind::kRefused, 0, "N (the server has no TLS)"},
      {"an error", "E\0\0\0\x10too many"sv, Kind::kRefused, 0, "E"},
      {"something else", "HTTP/1.1", Kind::kWrong, 0,
       "the peer does not speak PostgreSQL's protocol"},
  };
  for (const Case& c : cases) {
    if (std::string_view(c.what) == "an error") {
      EXPECT_EQ(judge_postgres_answer(c.received).kind, Kind::kRefused);
    } else {
      expect_judged(&judge_postgres_answer, c);
    }
  }
}

std::string greeting(std::string_view capabilities) {
  const std::string body = std::string("\x0a") + "8.0.36" + std::string(1, '\0') +
                           "\x01\x02\x03\x04" + "abcdefgh" + std::string(1, '\0') +
                           std::string(capabilities) + std::string(20, 'x');
  return std::string(1, static_cast<char>(body.size())) + std::string(3, '\0') + body;
}

TEST(StartTlsTest, UnderstandsMysql) {
  const std::string good = greeting("\xff\xff");
  const std::string plain = greeting("\xff\xf7");
  const Case cases[] = {
      {"nothing yet", "", Kind::kMore},
      {"with TLS", good, Kind::kDone, good.size()},
      {"without", plain, Kind::kRefused, 0, "the server has no TLS"},
      {"an error", "\x08\0\0\0\xff\x69\x04Host!"sv, Kind::kRefused, 0, "Host!"},
      {"text", "220 mail ESMTP\r\n", Kind::kWrong, 0, "the peer does not speak MySQL's protocol"},
      {"no end of the version", "\x04\0\0\0\x0axyz"sv, Kind::kWrong, 0,
       "the peer does not speak MySQL's protocol"},
      {"empty packet", "\0\0\0\0\x0a"sv, Kind::kWrong, 0,
       "the peer does not speak MySQL's protocol"},
  };
  for (const Case& c : cases) {
    expect_judged(&judge_mysql_greeting, c);
  }
  expect_patient(&judge_mysql_greeting, good);
}

TEST(StartTlsTest, UnderstandsLdap) {
  const std::string_view good = "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"sv;
  const std::string_view refusal =
      "\x30\x10\x02\x01\x01\x78\x0b\x0a\x01\x02\x04\x00\x04\x04"
      "busy"sv;
  const char* const kNotLdap = "the peer does not speak LDAP";
  const Case cases[] = {
      {"yes", good, Kind::kDone, good.size()},
      {"no", refusal, Kind::kRefused, 0, "result 2 busy"},
      {"text", "220 mail", Kind::kWrong, 0, kNotLdap},
      {"no definite length", "\x30\x80\x02"sv, Kind::kWrong, 0, kNotLdap},
      {"a huge length", "\x30\x84\xff\xff\xff\xff"sv, Kind::kWrong, 0, kNotLdap},
      {"another message", "\x30\x05\x02\x01\x01\x42\x00"sv, Kind::kWrong, 0, kNotLdap},
      {"an empty one", "\x30\x00"sv, Kind::kWrong, 0, kNotLdap},
  };
  for (const Case& c : cases) {
    expect_judged(&judge_ldap_answer, c);
  }
  expect_patient(&judge_ldap_answer, good);
}

TEST(StartTlsTest, EndsInTlsWhateverTheProtocol) {
  const monitor::KeyDescriptor key = starttls_key();
  for (const std::string_view protocol : key.choices) {
    SCOPED_TRACE(protocol);
    if (protocol != "none") {
      const Dialogue steps = starttls_steps(protocol);
      EXPECT_TRUE(std::holds_alternative<StartTls>(steps.back()));
    }
  }
}

}  // namespace
}  // namespace hale::checks
