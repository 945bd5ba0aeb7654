#include "checks/dns_check.h"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/default_parameters.h"

namespace hale::checks {
namespace {

using monitor::Parameters;

Parameters parameters() {
  Parameters result = test::default_parameters(dns_descriptor().keys);
  result.set("name", std::string("example.com"));
  return result;
}

void expect_that(Parameters& given, const char* key, monitor::ParameterValue value) {
  test::set_in(given, "expect", key, std::move(value));
}

TEST(DnsFactoryTest, NamesItsTarget) {
  Parameters given = parameters();
  EXPECT_EQ((*dns_descriptor().make(given))->target(), "example.com. A");
  given.set("server", std::string("192.0.2.53"));
  given.set("record_type", std::string("mx"));
  EXPECT_EQ((*dns_descriptor().make(given))->target(), "example.com. MX @192.0.2.53");
  given.set("name", std::string("192.0.2.1"));
  given.set("record_type", std::string("PTR"));
  EXPECT_EQ((*dns_descriptor().make(given))->target(), "1.2.0.192.in-addr.arpa. PTR @192.0.2.53");
  given.set("server", std::string());
  given.set("servers", std::vector<std::string>{"a", "b"});
  EXPECT_EQ((*dns_descriptor().make(given))->target(), "1.2.0.192.in-addr.arpa. PTR @a @b");
}

TEST(DnsFactoryTest, SaysWhatIsWrong) {
  using Strings = std::vector<std::string>;
  struct Case {
    std::function<void(Parameters&)> change;
    std::string key;
    std::string message;
  };
  const Case cases[] = {
      {[](auto& p) { p.set("name", std::string("a..b")); }, "name",
       "\"a..b\" has an empty label (two dots in a row)"},
      {[](auto& p) { p.set("name", std::string("a b")); }, "name",
       "\"a b\" has characters that no domain name has (write an international name in its "
       "\"xn--\" "
       "form)"},
      {[](auto& p) { p.set("name", std::string("b\xC3\xBC.de")); }, "name",
       "\"b\xC3\xBC.de\" has characters that no domain name has (write an international name in "
       "its "
       "\"xn--\" form)"},
      {[](auto& p) { p.set("name", std::string("192.0.2.1")); }, "name",
       "\"192.0.2.1\" is an address (record_type = \"PTR\" asks for its name)"},
      {[](auto& p) { p.set("record_type", std::string("AXFR")); }, "record_type",
       "\"AXFR\" is no record type (write \"A\", \"AAAA\", \"MX\", \"SOA\", ..., or \"TYPE65\" by "
       "its number)"},
      {[](auto& p) { p.set("edns_size", std::int64_t{100}); }, "edns_size",
       "less than 512 means nothing (write 512 to 65535, or 0 for none)"},
      {[](auto& p) {
         p.set("edns_size", std::int64_t{0});
         p.set("dnssec", true);
       },
       "dnssec", "needs EDNS, which edns_size = 0 switches off"},
      {[](auto& p) { p.set("server", std::string("192.0.2.1:53")); }, "server",
       "\"192.0.2.1:53\" is not a host (the port has a key of its own, `port`)"},
      {[](auto& p) {
         p.set("server", std::string("a"));
         p.set("servers", Strings{"b"});
       },
       "server", "cannot stand beside `servers`"},
      {[](auto& p) { p.set("servers", Strings{"a", "b", "a"}); }, "servers",
       "\"a\" stands there twice"},
      {[](auto& p) { test::set_in(p, "tls", "ca_file", std::string("/etc/ca.pem")); }, "transport",
       "the table `tls` is for another one (write transport = \"tls\")"},
      {[](auto& p) {
         p.set("transport", std::string("tls"));
         test::set_in(p, "tls", "key_file", std::string("/etc/key.pem"));
       },
       "tls.key_file", "a key needs its certificate (add `certificate_file`)"},
      {[](auto& p) { expect_that(p, "contains", Strings{"192.0.2"}); }, "expect.contains",
       "\"192.0.2\" is no address of a record of type A"},
      {[](auto& p) { expect_that(p, "regex", std::string("(")); }, "expect.regex",
       "\"(\" is not a regular expression: missing ): (?m)("},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.message);
    Parameters given = parameters();
    c.change(given);
    const auto check = dns_descriptor().make(given);
    ASSERT_FALSE(check.has_value());
    EXPECT_EQ(check.error().key, c.key);
    EXPECT_EQ(check.error().message, c.message);
  }
}

}  // namespace
}  // namespace hale::checks
