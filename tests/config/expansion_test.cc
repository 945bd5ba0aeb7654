#include "config/expansion.h"

#include <gtest/gtest.h>

namespace hale::config {
namespace {

asio::ip::tcp::endpoint listener(const char* host, std::uint16_t port) {
  return {asio::ip::make_address(host), port};
}

Environment environment() {
  return {.variable = [](std::string_view name) -> std::optional<std::string> {
            if (name == "NAME") {
              return "value";
            }
            if (name == "TRICKY") {
              return "${NAME}";
            }
            return name == "EMPTY" ? std::optional<std::string>("") : std::nullopt;
          },
          .own_listener = listener("0.0.0.0", 4253)};
}

TEST(ExpansionTest, PutsInWhatStandsInTheEnvironment) {
  const struct {
    std::string_view text;
    std::string_view expanded;
    bool substituted;
  } kCases[] = {
      {"", "", false},
      {"plain", "plain", false},
      {"$NAME $ {NAME} $", "$NAME $ {NAME} $", false},
      {"${NAME}", "value", true},
      {"a${NAME}b${NAME}c", "avaluebvaluec", true},
      {"${OTHER:-default}", "default", true},
      {"${EMPTY:-default}", "default", true},
      {"${NAME:-default}", "value", true},
      {"${OTHER:-}", "", true},
      {"${OTHER:-a:-b}", "a:-b", true},
      {"${EMPTY}", "", true},
      {"$${NAME}", "${NAME}", false},
      {"$$${NAME}", "$${NAME}", false},
      {"$${", "${", false},
      {"$$", "$$", false},
      {"${TRICKY}", "${NAME}", true},  // once, not again and again
      {"${hale.host}:${hale.port}", "127.0.0.1:4253", true},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.text);
    const auto expanded = expand(test.text, environment());
    ASSERT_TRUE(expanded.has_value()) << expanded.error();
    EXPECT_EQ(expanded->text, test.expanded);
    EXPECT_EQ(expanded->substituted, test.substituted);
  }
}

TEST(ExpansionTest, RefusesWhatHasNoValue) {
  for (const std::string_view text : {"${OTHER}", "${", "${NAME", "${}", "${:-x}", "${1A}",
                                      "${A B}", "${NAME-x}", "${hale.name}", "${hale.host:-x}"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(expand(text, environment()).has_value());
  }
}

TEST(ExpansionTest, RefusesBytesThatAreNoText) {
  Environment world = environment();
  world.variable = [](std::string_view) { return std::optional<std::string>("\xFF"); };
  const auto expanded = expand("${NAME}", world);
  ASSERT_FALSE(expanded.has_value());
  EXPECT_EQ(expanded.error(), "the environment variable NAME is not UTF-8");
}

TEST(ExpansionTest, DoesNotShowWhatStandsBetweenTheBraces) {
  const auto expanded = expand("${hunter2 secret}", environment());
  ASSERT_FALSE(expanded.has_value());
  EXPECT_EQ(expanded.error().find("hunter2"), std::string::npos);
}

TEST(ExpansionTest, KnowsTheListenerByTheAddressThatReachesIt) {
  Environment world = environment();
  world.own_listener = listener("::", 1);
  EXPECT_EQ(expand("${hale.host}", world)->text, "::1");
  world.own_listener = listener("192.0.2.1", 1);
  EXPECT_EQ(expand("${hale.host}", world)->text, "192.0.2.1");
  world.own_listener.reset();
  EXPECT_FALSE(expand("${hale.host}", world).has_value());
}

TEST(ExpansionTest, SaysThatThePortIsNotKnownYet) {
  Environment world = environment();
  world.own_listener = listener("127.0.0.1", 0);
  EXPECT_TRUE(expand("${hale.port}", world)->port_unknown);
  EXPECT_FALSE(expand("${hale.host}", world)->port_unknown);
}

TEST(ExpansionTest, EscapesSoThatTheTextComesBack) {
  for (const std::string_view text :
       {"", "$", "${", "$${NAME}", "${NAME}", "a$b", "$$$${x}", "x${y}z$${"}) {
    SCOPED_TRACE(text);
    const auto expanded = expand(escape_expansion(text), environment());
    ASSERT_TRUE(expanded.has_value()) << expanded.error();
    EXPECT_EQ(expanded->text, text);
    EXPECT_FALSE(expanded->substituted);
  }
}

}  // namespace
}  // namespace hale::config
