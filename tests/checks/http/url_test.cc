#include "checks/http/url.h"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace hale::checks::http {
namespace {

TEST(UrlTest, IsTakenApart) {
  struct Case {
    std::string_view text;
    std::string_view whole;
    std::string_view host;
    int port;
    std::string_view header;
  };
  const std::vector<Case> cases = {
      {"http://h", "http://h/", "h", 80, "h"},
      {"HTTPS://Example.ORG:443/A?b=c#d", "https://Example.ORG/A?b=c", "example.org", 443,
       "example.org"},
      {"http://127.0.0.1:8080/x", "http://127.0.0.1:8080/x", "127.0.0.1", 8080, "127.0.0.1:8080"},
      {"http://[::1]:80/", "http://[::1]/", "::1", 80, "[::1]"},
      {"https://[2001:db8::1]:80/", "https://[2001:db8::1]:80/", "2001:db8::1", 80,
       "[2001:db8::1]:80"},
      {"http://h/a/../b", "http://h/b", "h", 80, "h"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    const auto url = parse_url(c.text);
    ASSERT_TRUE(url.has_value()) << url.error();
    EXPECT_EQ(url->text, c.whole);
    EXPECT_EQ(url->host, c.host);
    EXPECT_EQ(url->port, c.port);
    EXPECT_EQ(host_header(*url), c.header);
  }
}

TEST(UrlTest, RefusesWhatIsNone) {
  const std::string long_one = "http://h/" + std::string(9000, 'x');
  for (const std::string_view text :
       {std::string_view(""), std::string_view("h"), std::string_view("h:80/x"),
        std::string_view("ftp://h/"), std::string_view("file:///etc/passwd"),
        std::string_view("http://"), std::string_view("http://bücher.example/"),
        std::string_view("http://u:p@h/"), std::string_view("http://h:99999/"),
        std::string_view("http://h:0/"), std::string_view("http://h/ x"),
        std::string_view("http://h/\r\nX: y"), std::string_view("http://[::1/"),
        std::string_view(long_one)}) {
    SCOPED_TRACE(text.substr(0, 40));
    EXPECT_FALSE(parse_url(text).has_value());
  }
}

TEST(UrlTest, IsShownWithoutItsQuery) {
  EXPECT_EQ(parse_url("https://h/x?token=sesame")->shown(), "https://h/x?…");
  EXPECT_EQ(parse_url("https://h/x")->shown(), "https://h/x");
}

TEST(UrlTest, ResolvesReferences) {
  const auto base = parse_url("https://h:8443/a/b?c=d");
  ASSERT_TRUE(base.has_value());
  struct Case {
    std::string_view reference;
    std::string_view whole;  // "": refused
  };
  const std::vector<Case> cases = {
      {"/x", "https://h:8443/x"},
      {"x", "https://h:8443/a/x"},
      {"?y", "https://h:8443/a/b?y"},
      {"//other/x", "https://other/x"},
      {"http://other:81/x#y", "http://other:81/x"},
      {"http://u:p@other/x", "http://other/x"},
      {"/with space", "https://h:8443/with%20space"},
      {"ftp://other/", ""},
      {"javascript:alert(1)", ""},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.reference);
    const auto url = resolve_reference(*base, c.reference);
    EXPECT_EQ(url ? url->text : "", c.whole);
  }
}

}  // namespace
}  // namespace hale::checks::http
