#include "config/differences.h"

#include <gtest/gtest.h>

#include "config/config.h"
#include "tests/config/config_world.h"

namespace hale::config {
namespace {

using Lines = std::vector<std::string>;

TEST(DifferencesTest, NamesWhatIsNewWhatIsGoneAndWhatIsAnother) {
  ConfigWorld before;
  ConfigWorld after;
  const std::string from = print(before.must_load(R"(
[checks.same]
type = "plain"
[checks.old]
type = "plain"
[checks.web]
type = "probe"
host = "a = b"
port = 80
)"));
  const std::string to = print(after.must_load(R"(
[agent]
labels = { env = "prod" }
[checks.new]
type = "plain"
[checks.same]
type = "plain"
[checks.web]
type = "probe"
host = "c"
port = 80
critical = true
)"));
  EXPECT_EQ(differences(from, from), Lines{});
  EXPECT_EQ(differences(from, to), (Lines{R"(~ agent.labels: {} -> { env = "prod" })",
                                          "+ checks.new", "~ checks.web.critical: false -> true",
                                          R"(~ checks.web.severity: "ticket" -> "page")",
                                          R"(~ checks.web.host: "a = b" -> "c")", "- checks.old"}));
}

TEST(DifferencesTest, NamesKeysThatOnlyOneHas) {
  EXPECT_EQ(differences("top = 1\n[a]\nx = 1\n", "[a]\ny = 2\n# [b]\n"),
            (Lines{"- top", "+ a.y = 2", "- a.x"}));
}

}  // namespace
}  // namespace hale::config
