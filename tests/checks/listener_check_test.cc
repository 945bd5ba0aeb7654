#include "checks/listener_check.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/check_parameters.h"

namespace hale::checks {
namespace {

using monitor::Parameters;
using test::Set;

Parameters parameters(std::initializer_list<Set> set, std::initializer_list<Set> owner = {}) {
  Parameters all = test::check_parameters(listener_descriptor().keys, set);
  all.set("owner", std::vector<Parameters>{test::check_parameters({}, owner)});
  return all;
}

std::string refusal(const Parameters& all) {
  const auto made = listener_descriptor().make(all);
  return made ? "" : made.error().key + ": " + made.error().message;
}

std::string target(const Parameters& all) {
  const auto made = listener_descriptor().make(all);
  return made ? (*made)->target() : made.error().message;
}

TEST(ListenerFactoryTest, RefusesWhatCannotWork) {
  const Set port = {"port", std::int64_t{80}};
  const struct {
    Parameters all;
    std::string message;
  } cases[] = {
      {parameters({}), "port: is missing (write a port, or the `path` of a Unix socket)"},
      {parameters({port, {"path", "/run/x"}}),
       "path: a listener has a `port` or a `path`, not both"},
      {parameters({{"path", "/run/x"}, {"address", "::"}}), "address: a Unix socket has none"},
      {parameters({{"path", "x"}}),
       "path: \"x\" is not a Unix socket (write \"/run/x.sock\", or \"@name\" for an abstract "
       "one)"},
      {parameters({{"path", "/" + std::string(107, 'x')}}),
       "path: is longer than a Unix socket's may be (107 bytes)"},
      {parameters({port, {"address", "localhost"}}),
       "address: \"localhost\" is not an address (write \"127.0.0.1\", \"::1\", \"0.0.0.0\", or "
       "\"*\" for every address by IPv4 and IPv6)"},
      {parameters({port, {"protocol", "udp"}, {"connect", true}}),
       "connect: UDP has no connections (leave it out, or ask with type = \"udp\")"},
      {parameters({port}, {{"unit", "a/b.service"}}),
       "owner.unit: \"a/b.service\" is not a unit (write \"nginx.service\")"},
      {parameters({port}, {{"user", ""}}), "owner.user: is empty"},
      {parameters({port, {"protocol", "udp"}}), ""},
      {parameters({port}, {{"unit", "nginx"}}), ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.message);
    EXPECT_EQ(refusal(c.all), c.message);
  }
}

TEST(ListenerFactoryTest, NamesItsTargetAsPeopleDo) {
  const Set port = {"port", std::int64_t{53}};
  EXPECT_EQ(target(parameters({port})), "port 53");
  EXPECT_EQ(target(parameters({port, {"protocol", "udp"}})), "UDP port 53");
  EXPECT_EQ(target(parameters({port, {"address", "*"}})), "*:53");
  EXPECT_EQ(target(parameters({port, {"address", "::1"}})), "[::1]:53");
  EXPECT_EQ(target(parameters({{"path", "/run/x.sock"}})), "/run/x.sock");
}

}  // namespace
}  // namespace hale::checks
