// Broken configurations by the thousand: whatever stands in a file, loading ends with a
// configuration or with problems that say where.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "monitor/runtime/random.h"
#include "tests/config/config_world.h"

namespace hale::config {
namespace {

std::string good_text() {
  std::ostringstream text;
  text << std::ifstream(std::filesystem::path(HALE_SOURCE_DIR) /
                        "tests/config/good/everything.toml")
              .rdbuf();
  return text.str();
}

// Deletes, repeats, swaps or overwrites a piece.
void mutate(std::string& text, monitor::Random& random) {
  static constexpr std::string_view kPieces[] = {"\"",
                                                 "'",
                                                 "\"\"\"",
                                                 "[",
                                                 "]",
                                                 "{",
                                                 "}",
                                                 "=",
                                                 ".",
                                                 ",",
                                                 "\n",
                                                 "#",
                                                 "\\",
                                                 "${",
                                                 "}",
                                                 "$${",
                                                 "0",
                                                 "-1",
                                                 "99999999999999999999",
                                                 "1e999",
                                                 "nan",
                                                 "true",
                                                 "{ file = \"x\" }",
                                                 "[[a]]\n",
                                                 "[checks.web]\n",
                                                 "each",
                                                 "use",
                                                 "\xFF",
                                                 std::string_view("\0", 1),
                                                 "\xC3\xA4",
                                                 "\r",
                                                 "a.b.c.d"};
  if (text.empty()) {
    return;
  }
  const std::size_t from = random.below(text.size());
  const std::size_t length = random.below(std::min<std::size_t>(40, text.size() - from) + 1);
  switch (random.below(4)) {
    case 0:
      text.erase(from, length);
      return;
    case 1:
      text.insert(random.below(text.size()), text.substr(from, length));
      return;
    case 2:
      text.replace(from, length, kPieces[random.below(std::size(kPieces))]);
      return;
    default:
      text.insert(from, kPieces[random.below(std::size(kPieces))]);
      return;
  }
}

TEST(MutationTest, NeverDoesWorseThanToSayWhatIsWrong) {
  const std::string original = good_text();
  ASSERT_FALSE(original.empty());
  ConfigWorld world;
  world.environment = {{"HOST", "h"}, {"PORT", "99"}};
  monitor::Random random(20240229);
  int valid = 0;
  int invalid = 0;
  for (int i = 0; i < 1500; ++i) {
    std::string text = original;
    const std::uint64_t mutations = 1 + random.below(3);
    for (std::uint64_t m = 0; m < mutations; ++m) {
      mutate(text, random);
    }
    world.write(text);
    const auto config = load(world.options);
    if (config) {
      ++valid;
      const std::string printed = print(*config);
      world.write(printed);
      const auto again = load(world.options);
      ASSERT_TRUE(again.has_value()) << text << "\n---\n" << printed;
      ASSERT_EQ(print(*again), printed) << text;
      continue;
    }
    ++invalid;
    ASSERT_FALSE(config.error().empty()) << text;
    for (const Problem& problem : config.error()) {
      ASSERT_TRUE(problem.line >= 1 && problem.column >= 1 && !problem.where.empty() &&
                  !problem.message.empty() && !problem.file.starts_with("type "))
          << problem.to_string() << "\n"
          << text;
      ASSERT_EQ(problem.message.find("a fault of hale itself"), std::string::npos)
          << problem.to_string() << "\n"
          << text;
    }
  }
  EXPECT_GT(valid, 30);
  EXPECT_GT(invalid, 100);
}

}  // namespace
}  // namespace hale::config
