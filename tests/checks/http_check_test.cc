// What the keys of an http check may say.
#include "checks/http_check.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/default_parameters.h"

namespace hale::checks {
namespace {

using monitor::Parameters;
using monitor::ParameterValue;
using monitor::Secret;
using monitor::Text;
using monitor::TextMap;

Parameters parameters() {
  Parameters made = test::default_parameters(http_descriptor().keys);
  made.set("url", std::string("https://example.org/health?token=sesame"));
  return made;
}

std::string problem_with(const Parameters& given) {
  const auto check = http_descriptor().make(given);
  return check ? "" : check.error().key + ": " + check.error().message;
}

TEST(HttpSettingsTest, TheTargetHidesTheQuery) {
  const auto check = http_descriptor().make(parameters());
  ASSERT_TRUE(check.has_value());
  EXPECT_EQ((*check)->target(), "https://example.org/health?…");
}

TEST(HttpSettingsTest, RefusesWhatCannotBe) {
  struct Case {
    std::string key;
    ParameterValue value;
    std::string problem;  // begins like this
  };
  const auto map = [](std::string name, std::string value) {
    return TextMap{{std::move(name), Text{.value = std::move(value)}}};
  };
  const std::vector<Case> cases = {
      {"url", std::string("example.org"),
       "url: \"example.org\" is not a URL (write \"http://example.org\")"},
      {"url", std::string("http://u:hunter2@h/"),
       "url: the URL has credentials in it (write them as `basic_auth`)"},
      {"headers", map("X Y", "z"), "headers: \"X Y\" is not the name of a header field"},
      {"headers", map("X", "a\r\nY: b"), "headers: X: its value has control characters in it"},
      {"bearer_token", Secret{"a\nb"}, "bearer_token: a token is one line of text"},
      {"proxy", Secret{"ftp://h"}, "proxy: the value is not a proxy"},
      {"proxy", Secret{"http://h/path"}, "proxy: the value is not a proxy"},
      {"connect_to", std::string("example.org"), "connect_to: \"example.org\" is not an address"},
      {"connect_to", std::string("10.0.0.1:0"), "connect_to: \"10.0.0.1:0\" is not an address"},
      {"expect.status", std::string("2xx"), "expect.status: \"2xx\" is not a list of HTTP status"},
      {"expect.body_regex", std::string("("),
       "expect.body_regex: \"(\" is not a regular expression: missing ): ("},
      {"expect.header", map("A", "~["), "expect.header: A: \"~[\" is not a regular expression"},
      {"expect.json", map("a..b", "== 1"), "expect.json: \"a..b\" is not a path"},
      {"expect.json", map("a", "up"), "expect.json: a: \"up\" is not a condition"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.problem);
    Parameters given = parameters();
    if (const std::size_t dot = c.key.find('.'); dot != std::string::npos) {
      test::set_in(given, c.key.substr(0, dot), c.key.substr(dot + 1), c.value);
    } else {
      given.set(c.key, c.value);
    }
    EXPECT_TRUE(problem_with(given).starts_with(c.problem)) << problem_with(given);
  }
}

TEST(HttpSettingsTest, RefusesTwoThatSayWhoAsks) {
  Parameters given = parameters();
  given.set("bearer_token", Secret{"sesame"});
  given.set("headers", TextMap{{"authorization", Text{.value = "x"}}});
  EXPECT_TRUE(problem_with(given).starts_with("bearer_token: there is a second one"))
      << problem_with(given);
}

TEST(HttpSettingsTest, ReadsProxies) {
  struct Case {
    std::string text;
    std::string host;
    int port;
    std::string user;
  };
  const std::vector<Case> cases = {
      {"http://proxy", "proxy", 3128, ""},
      {"http://proxy:80", "proxy", 80, ""},
      {"socks5h://[::1]", "::1", 1080, ""},
      {"http://u:p@ss@proxy:8080/", "proxy", 8080, "u"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    Parameters given = parameters();
    given.set("proxy", Secret{c.text});
    const auto settings = http::read_settings(given);
    ASSERT_TRUE(settings.has_value()) << settings.error().message;
    ASSERT_TRUE(settings->options.proxy.has_value());
    EXPECT_EQ(settings->options.proxy->host, c.host);
    EXPECT_EQ(settings->options.proxy->port, c.port);
    EXPECT_EQ(settings->options.proxy->user, c.user);
  }
}

}  // namespace
}  // namespace hale::checks
