#include "checks/clock/ntp_query.h"

#include <gtest/gtest.h>

namespace hale::checks {
namespace {

TEST(NtpServerTest, IsANameOrAnAddressWithOrWithoutAPort) {
  struct Case {
    const char* text;
    const char* host;
    std::uint16_t port;
  };
  const Case cases[] = {
      {"ntp.example.org", "ntp.example.org", 123},
      {"ntp:1123", "ntp", 1123},
      {"192.0.2.1", "192.0.2.1", 123},
      {"192.0.2.1:65535", "192.0.2.1", 65535},
      {"2001:db8::1", "2001:db8::1", 123},
      {"[2001:db8::1]", "2001:db8::1", 123},
      {"[::1]:11", "::1", 11},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    const auto server = parse_ntp_server(c.text);
    ASSERT_TRUE(server.has_value());
    EXPECT_EQ(server->host, c.host);
    EXPECT_EQ(server->port, c.port);
    EXPECT_EQ(server->shown, c.text);
  }
  for (const char* text : {"", ":123", "a:", "a:0", "a:65536", "a:x", "a b", "a/b", "[a]", "[::1",
                           "::1]:5", "ntp://a", "[::1]x:5", "a:1:2"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(parse_ntp_server(text).has_value());
  }
}

}  // namespace
}  // namespace hale::checks
