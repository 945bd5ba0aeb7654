#include "monitor/suggest.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "monitor/runtime/random.h"

namespace hale::monitor {
namespace {

TEST(SuggestTest, NamesTheNearestCandidate) {
  struct Case {
    std::string_view name;
    std::string_view expected;
  };
  const std::vector<std::string> candidates = {"interval", "timeout", "url",   "host",
                                               "port",     "web",     "disks", "llm.openai"};
  const Case kCases[] = {
      {"wbe", "web"},   // two neighbours swapped
      {"urll", "url"},  // a letter too many
      {"intervall", "interval"},
      {"intrval", "interval"},  // a letter short
      {"Timeout", "timeout"},   // only the case differs
      {"tmieuot", "timeout"},   // two swaps
      {"pord", "port"},         // a wrong letter
      {"llm.opneai", "llm.openai"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(closest(c.name, candidates), std::string(c.expected));
  }
}

TEST(SuggestTest, SaysNothingWhereNothingIsNear) {
  const std::vector<std::string> candidates = {"interval", "url", "web", "x",
                                               "a-long-name-of-a-check"};
  for (const std::string_view name :
       {"", "y", "zz", "completely-different", "zzz", "val", "b-lung-nome-af-a-check"}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(closest(name, candidates), std::nullopt);
  }
  EXPECT_EQ(closest("web", std::span<const std::string>{}), std::nullopt);
}

TEST(SuggestTest, PrefersTheNearerAndThenTheEarlier) {
  const std::vector<std::string_view> candidates = {"abcdefgh1", "abcdefgh", "abcdefgh2"};
  EXPECT_EQ(closest("abcdefgj", candidates), "abcdefgh");
  const std::vector<std::string_view> equals = {"cart", "card", "care"};
  EXPECT_EQ(closest("carx", equals), "cart");
}

// The distance gives up early; where it does not have to, it must agree with the plain recursion.
TEST(SuggestTest, FindsWhatThePlainDefinitionOfTheDistanceFinds) {
  const auto plain = [](auto& self, std::string_view a, std::string_view b) -> std::size_t {
    if (a.empty() || b.empty()) {
      return a.size() + b.size();
    }
    const std::size_t replace = a.back() == b.back() ? 0 : 1;
    const std::string_view a1 = a.substr(0, a.size() - 1);
    const std::string_view b1 = b.substr(0, b.size() - 1);
    std::size_t best =
        std::min({self(self, a1, b) + 1, self(self, a, b1) + 1, self(self, a1, b1) + replace});
    if (a1.size() > 0 && b1.size() > 0 && a.back() == b1.back() && a1.back() == b.back()) {
      best =
          std::min(best, self(self, a1.substr(0, a1.size() - 1), b1.substr(0, b1.size() - 1)) + 1);
    }
    return best;
  };
  Random random(7);
  const auto word = [&random] {
    std::string text;
    for (std::uint64_t i = 3 + random.below(4); i > 0; --i) {
      text += static_cast<char>('a' + random.below(3));
    }
    return text;
  };
  int near = 0;
  for (int i = 0; i < 400; ++i) {
    const std::string name = word();
    const std::vector<std::string> candidates = {word()};
    SCOPED_TRACE(name + " and " + candidates[0]);
    const std::size_t allowed = std::max(name.size(), candidates[0].size()) / 3;
    const bool expected = plain(plain, name, candidates[0]) <= allowed;
    EXPECT_EQ(closest(name, candidates).has_value(), expected);
    near += expected ? 1 : 0;
  }
  EXPECT_GT(near, 20);
  EXPECT_LT(near, 360);
}

TEST(SuggestTest, IgnoresNamesThatNobodyTyped) {
  const std::string endless(100'000, 'a');
  const std::vector<std::string> candidates = {std::string(100'000, 'a'), "a"};
  EXPECT_EQ(closest(endless, candidates), std::nullopt);
}

}  // namespace
}  // namespace hale::monitor
