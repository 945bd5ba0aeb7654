#include "checks/icmp_check.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/support/default_parameters.h"

namespace hale::checks {
namespace {

monitor::Parameters parameters(const std::string& host) {
  monitor::Parameters result = test::default_parameters(icmp_descriptor().keys);
  result.set("host", host);
  return result;
}

TEST(IcmpFactoryTest, NamesItsTarget) {
  const auto check = icmp_descriptor().make(parameters("gateway.internal"));
  ASSERT_TRUE(check.has_value());
  EXPECT_EQ((*check)->target(), "gateway.internal");
}

TEST(IcmpFactoryTest, SaysWhatIsWrong) {
  const auto host = icmp_descriptor().make(parameters("a b"));
  ASSERT_FALSE(host.has_value());
  EXPECT_EQ(host.error().key, "host");
  monitor::Parameters given = parameters("a");
  given.set("spacing", monitor::Duration::zero());
  const auto spacing = icmp_descriptor().make(given);
  ASSERT_FALSE(spacing.has_value());
  EXPECT_EQ(spacing.error().key, "spacing");
  EXPECT_EQ(spacing.error().message, "must be more than 0");
}

}  // namespace
}  // namespace hale::checks
