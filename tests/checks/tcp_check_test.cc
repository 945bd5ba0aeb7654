#include "checks/tcp_check.h"

#include <cstdint>
#include <string>

#include <gtest/gtest.h>

namespace hale::checks {
namespace {

monitor::Parameters parameters(const std::string& host, std::int64_t port) {
  monitor::Parameters result;
  result.set("host", host);
  result.set("port", port);
  return result;
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

}  // namespace
}  // namespace hale::checks
