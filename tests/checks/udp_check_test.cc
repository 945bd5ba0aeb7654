#include "checks/udp_check.h"

#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/default_parameters.h"

namespace hale::checks {
namespace {

monitor::Parameters parameters() {
  monitor::Parameters result = test::default_parameters(udp_descriptor().keys);
  result.set("host", std::string("127.0.0.1"));
  result.set("port", std::int64_t{53});
  return result;
}

TEST(UdpFactoryTest, NamesItsTarget) {
  struct Case {
    const char* host;
    const char* target;
  };
  for (const Case& c : {Case{"127.0.0.1", "127.0.0.1:53"}, Case{"::1", "[::1]:53"},
                        Case{"ns.internal", "ns.internal:53"}}) {
    monitor::Parameters given = parameters();
    given.set("host", std::string(c.host));
    const auto check = udp_descriptor().make(given);
    ASSERT_TRUE(check.has_value());
    EXPECT_EQ((*check)->target(), c.target);
  }
}

TEST(UdpFactoryTest, SaysWhatIsWrong) {
  struct Case {
    std::function<void(monitor::Parameters&)> change;
    std::string key;
    std::string message;
  };
  const Case cases[] = {
      {[](auto& p) { p.set("host", std::string("a:53")); }, "host",
       "\"a:53\" is not a host (the port has a key of its own, `port`)"},
      {[](auto& p) { p.set("send_hex", std::string("0x")); }, "send_hex",
       "\"0x\" is not hexadecimal (write pairs of digits, \"00ff1a\")"},
      {[](auto& p) { p.set("send_base64", std::string("???")); }, "send_base64",
       "\"???\" is not base64 (four characters for three bytes, \"AP8a\")"},
      {[](auto& p) {
         p.set("send", monitor::Secret{"a"});
         p.set("send_hex", std::string("00"));
       },
       "send_hex", "only one of `send`, `send_hex` and `send_base64` can be sent"},
      {[](auto& p) { p.set("send", monitor::Secret{std::string(70000, 'x')}); }, "send",
       "is more than a datagram holds (65507 bytes)"},
      {[](auto& p) { p.set("expect", std::string("(")); }, "expect",
       "\"(\" is not a regular expression: missing ): (?m)("},
      {[](auto& p) { p.set("wait", monitor::Duration::zero()); }, "wait", "must be more than 0"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.message);
    monitor::Parameters given = parameters();
    c.change(given);
    const auto check = udp_descriptor().make(given);
    ASSERT_FALSE(check.has_value());
    EXPECT_EQ(check.error().key, c.key);
    EXPECT_EQ(check.error().message, c.message);
  }
}

}  // namespace
}  // namespace hale::checks
