#include "checks/tcp_check.h"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "monitor/check.h"
#include "tests/support/check_parameters.h"

namespace hale::checks {
namespace {

using test::check_parameters;
using test::keys_of;
using Tables = std::vector<monitor::Parameters>;

monitor::Parameters parameters(const std::string& host, std::int64_t port) {
  return check_parameters(tcp_descriptor().keys, {{"host", host}, {"port", port}});
}

monitor::Parameters step(std::initializer_list<test::Set> set) {
  return check_parameters(keys_of(tcp_descriptor().keys, "dialogue"), set);
}

TEST(TcpFactoryTest, NamesItsTarget) {
  struct Case {
    const char* host;
    const char* target;
  };
  const Case cases[] = {
      {"127.0.0.1", "127.0.0.1:5432"},
      {"::1", "[::1]:5432"},
      {"db.internal", "db.internal:5432"},
      {"db_1", "db_1:5432"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.host);
    const auto check = tcp_descriptor().make(parameters(c.host, 5432));
    ASSERT_TRUE(check.has_value());
    EXPECT_EQ((*check)->target(), c.target);
  }
}

TEST(TcpFactoryTest, SaysWhatIsWrongWithAHost) {
  struct Case {
    std::string host;
    std::string message;
  };
  const std::string name(254, 'x');
  const Case cases[] = {
      {"", "\"\" is not a host (write a name or an address, \"127.0.0.1\")"},
      {"a b", "\"a b\" is not a host (write a name or an address, \"127.0.0.1\")"},
      {"a/b", "\"a/b\" is not a host (write a name or an address, \"127.0.0.1\")"},
      {name, "\"" + name + "\" is not a host (write a name or an address, \"127.0.0.1\")"},
      {"[::1]", "\"[::1]\" is not a host (write \"::1\")"},
      {"db:5432", "\"db:5432\" is not a host (the port has a key of its own, `port`)"},
      {"tcp://db", "\"tcp://db\" is a URL, not a host (write the name alone, \"db.internal\")"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.host);
    const auto check = tcp_descriptor().make(parameters(c.host, 80));
    ASSERT_FALSE(check.has_value());
    EXPECT_EQ(check.error().key, "host");
    EXPECT_EQ(check.error().message, c.message);
  }
}

TEST(TcpFactoryTest, RefusesATlsTableThatHasNoEffect) {
  monitor::Parameters values = parameters("db.internal", 5432);
  test::set_in(values, "tls", "ca_file", std::string("/etc/ca.pem"));
  const auto check = tcp_descriptor().make(values);
  ASSERT_FALSE(check.has_value());
  EXPECT_EQ(check.error().key, "tls");
  EXPECT_EQ(check.error().message,
            "has no effect without TLS (add `enabled = true`, or `starttls`)");
  test::set_in(values, "tls", "enabled", true);
  EXPECT_TRUE(tcp_descriptor().make(values).has_value());
}

TEST(TcpFactoryTest, RefusesADialogueThatCannotBe) {
  struct Case {
    const char* what;
    Tables dialogue;
    const char* starttls;
    const char* key;  // "": accepted
    const char* message = "";
  };
  const char* const kOneKey = "a step has exactly one of `expect`, `send` and `starttls = true`";
  const monitor::Parameters send = step({{"send", monitor::Secret{"x"}}});
  const monitor::Parameters expect = step({{"expect", std::string("^220 ")}});
  const monitor::Parameters tls = step({{"starttls", true}});
  const Case cases[] = {
      {"nothing", {}, "none", ""},
      {"a dialogue", {expect, send, tls}, "none", ""},
      {"after a preset", {expect, send}, "smtp", ""},
      {"an empty step", {expect, step({})}, "none", "dialogue[1]", kOneKey},
      {"two in one",
       {step({{"expect", std::string("x")}, {"send", monitor::Secret{"x"}}})},
       "none",
       "dialogue[0]",
       kOneKey},
      {"bad expression",
       {step({{"expect", std::string("(")}})},
       "none",
       "dialogue[0].expect",
       "\"(\" is not a regular expression: missing ): (?m)("},
      {"TLS twice", {tls, tls}, "none", "dialogue[1].starttls", "TLS begins once only"},
      {"TLS twice by a preset",
       {tls},
       "imap",
       "starttls",
       "TLS begins once only, and `dialogue` begins it as well"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    monitor::Parameters values = parameters("127.0.0.1", 25);
    values.set("dialogue", c.dialogue);
    values.set("starttls", std::string(c.starttls));
    const auto check = tcp_descriptor().make(values);
    EXPECT_EQ(check ? "" : check.error().key, c.key);
    EXPECT_EQ(check ? "" : check.error().message, c.message);
  }
}

}  // namespace
}  // namespace hale::checks
