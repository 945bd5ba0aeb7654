// What a redirected request becomes, and where credentials may go.
#include "checks/http/redirect.h"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace hale::checks::http {
namespace {

TEST(RedirectTest, CredentialsStayWithTheirServer) {
  struct Case {
    std::string_view from;
    std::string_view to;
    bool keeps;
  };
  const std::vector<Case> cases = {
      {"http://a/x", "http://a/y", true},        {"http://a/x", "http://A/y", true},
      {"http://a:80/x", "http://a/y", true},     {"https://a/x", "https://a:443/y", true},
      {"http://a/x", "https://a/x", true},       {"https://a/x", "http://a/x", false},
      {"http://a:8080/x", "https://a/x", false}, {"http://a/x", "https://a:8443/x", false},
      {"http://a/x", "http://a:81/x", false},    {"http://a/x", "http://b/x", false},
      {"http://a/x", "http://a.b/x", false},     {"http://a.b/x", "http://b/x", false},
      {"http://a/x", "http://a./x", false},      {"http://127.0.0.1/", "http://localhost/", false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(std::string(c.from) + " to " + std::string(c.to));
    EXPECT_EQ(keeps_credentials(*parse_url(c.from), *parse_url(c.to)), c.keeps);
  }
}

Request request(const std::string& method) {
  Request made;
  made.url = *parse_url("https://a/x");
  made.method = method;
  made.headers = {{.name = "Authorization", .value = "Bearer t"},
                  {.name = "X-Api-Key", .value = "k"},
                  {.name = "Cookie", .value = "c"},
                  {.name = "accept", .value = "text/plain"},
                  {.name = "Content-Type", .value = "text/x"}};
  if (method == "POST" || method == "PUT") {
    made.body = "secret";
    made.has_body = true;
  }
  return made;
}

TEST(RedirectTest, MethodAndBodyBecomeWhatTheStatusSays) {
  struct Case {
    std::string method;
    int status;
    std::string becomes;
    bool keeps_body;
  };
  const std::vector<Case> cases = {
      {"GET", 301, "GET", false},  {"POST", 301, "GET", false}, {"POST", 302, "GET", false},
      {"PUT", 302, "PUT", true},   {"PUT", 303, "GET", false},  {"HEAD", 303, "HEAD", false},
      {"POST", 307, "POST", true}, {"POST", 308, "POST", true},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.method + " " + std::to_string(c.status));
    Request made = request(c.method);
    EXPECT_EQ(redirect(made, c.status, *parse_url("https://a/y")), Follow::kYes);
    EXPECT_EQ(made.method, c.becomes);
    EXPECT_EQ(made.has_body, c.keeps_body);
    EXPECT_EQ(made.url.text, "https://a/y");
    EXPECT_TRUE(made.trusted);
    EXPECT_EQ(made.headers.front().name, "Authorization");
  }
}

TEST(RedirectTest, AStrangerGetsNothingThatCouldBeASecret) {
  Request made = request("GET");
  EXPECT_EQ(redirect(made, 302, *parse_url("https://b/")), Follow::kYes);
  EXPECT_FALSE(made.trusted);
  ASSERT_EQ(made.headers.size(), 2U);
  EXPECT_EQ(made.headers[0].name, "accept");
  EXPECT_EQ(made.headers[1].name, "Content-Type");
  // And back at home it is a stranger's request.
  EXPECT_EQ(redirect(made, 302, *parse_url("https://a/")), Follow::kYes);
  EXPECT_FALSE(made.trusted);
  EXPECT_EQ(made.headers.size(), 2U);
}

TEST(RedirectTest, ABodyIsNotSentToAStranger) {
  Request made = request("POST");
  EXPECT_EQ(redirect(made, 307, *parse_url("https://b/")), Follow::kBodyToStranger);
  made = request("POST");
  EXPECT_EQ(redirect(made, 302, *parse_url("https://b/")), Follow::kYes);
  EXPECT_EQ(made.body, "");
}

}  // namespace
}  // namespace hale::checks::http
