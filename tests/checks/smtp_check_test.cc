#include "checks/smtp_check.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/check_parameters.h"

namespace hale::checks {
namespace {

using test::check_parameters;
using test::Set;

TEST(SmtpFactoryTest, RefusesWhatCannotBe) {
  struct Case {
    const char* what;
    std::vector<Set> set;
    const char* key;  // "": accepted
  };
  const monitor::Secret password{"x"};
  const std::string user = "monitor";
  const Case cases[] = {
      {"nothing else", {}, ""},
      {"login over TLS", {{"username", user}, {"password", password}, {"starttls", true}}, ""},
      {"login in the clear", {{"username", user}, {"password", password}}, "password"},
      {"login on this host",
       {{"host", std::string("localhost")}, {"username", user}, {"password", password}},
       ""},
      {"no password", {{"username", user}, {"starttls", true}}, "password"},
      {"no user", {{"password", password}, {"starttls", true}}, "username"},
      {"the empty sender", {{"sender", std::string()}}, ""},
      {"a second command", {{"recipient", std::string("a\r\nDATA")}}, "recipient"},
      {"brackets", {{"sender", std::string("<a@b>")}}, "sender"},
      {"no name", {{"ehlo", std::string()}}, "ehlo"},
      {"a URL", {{"host", std::string("smtp://x")}}, "host"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    monitor::Parameters values =
        check_parameters(smtp_descriptor().keys, {{"host", std::string("mail.internal")}});
    for (const Set& set : c.set) {
      values.set(set.first, set.second);
    }
    const auto check = smtp_descriptor().make(values);
    EXPECT_EQ(check ? "" : check.error().key, c.key);
  }
}

TEST(SmtpFactoryTest, NamesItsTarget) {
  const auto check = smtp_descriptor().make(
      check_parameters(smtp_descriptor().keys, {{"host", std::string("mail.internal")}}));
  ASSERT_TRUE(check.has_value());
  EXPECT_EQ((*check)->target(), "mail.internal:25");
}

}  // namespace
}  // namespace hale::checks
