#include "checks/name_patterns.h"

#include <gtest/gtest.h>

namespace hale::checks {
namespace {

TEST(NamePatternsTest, TellNamesFromGlobs) {
  const NamePatterns patterns{.include = {"eth*", "eth0", "lo"}, .exclude = {"eth7", "l*"}};
  EXPECT_EQ(listed(patterns, "eth0"), Listed::kByName);
  EXPECT_EQ(listed(patterns, "eth1"), Listed::kByGlob);
  EXPECT_EQ(listed(patterns, "wlan0"), Listed::kNot);
  EXPECT_TRUE(excluded(patterns, "eth7"));
  EXPECT_TRUE(excluded(patterns, "lo"));
  EXPECT_FALSE(excluded(patterns, "eth0"));
  EXPECT_EQ(plain_names(patterns), (std::vector<std::string>{"eth0"}));
  EXPECT_EQ(shown(patterns), "eth* eth0 lo");
  EXPECT_EQ(listed({}, "eth0"), Listed::kNot);
}

}  // namespace
}  // namespace hale::checks
