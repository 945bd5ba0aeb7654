#include <gtest/gtest.h>

#include "config/sources.h"
#include "tests/config/config_world.h"

namespace hale::config {
namespace {

using Lines = std::vector<std::string>;

std::string plain(std::string_view name) {
  return "[checks." + std::string(name) + "]\ntype = \"plain\"\n";
}

TEST(IncludeTest, ReadsFilesByNameBeforeTheFileThatIncludesThem) {
  ConfigWorld world;
  world.files.write("conf.d/20.toml", "[agent]\nname = \"twenty\"\nlabels = { a = \"20\" }\n");
  world.files.write("conf.d/10.toml",
                    "[agent]\nname = \"ten\"\nlabels = { a = \"10\", b = \"10\" }\n");
  world.files.write("conf.d/30.txt", "this is no TOML");
  world.files.write("conf.d/.hidden.toml", "this is no TOML");
  EXPECT_EQ(world.must_load("include = [\"conf.d/*.toml\"]\n").agent.name, "twenty");
  const Config config =
      world.must_load("include = [\"conf.d/*.toml\"]\n[agent]\nname = \"main\"\n");
  EXPECT_EQ(config.agent.name, "main");
  EXPECT_EQ(config.agent.labels, (monitor::Labels{{"a", "20"}, {"b", "10"}}));
}

TEST(IncludeTest, IsRelativeToTheFileThatSaysIt) {
  ConfigWorld world;
  world.files.write("a/one.toml", "include = [\"b/two.toml\"]\n" + plain("one"));
  world.files.write("a/b/two.toml", plain("two"));
  EXPECT_EQ(names_of(world.must_load("include = [\"a/one.toml\"]\n")), (Lines{"one", "two"}));
  const std::string absolute = (world.files.path() / "a" / "*.toml").string();
  EXPECT_EQ(names_of(world.must_load("include = [\"" + absolute + "\"]\n")), (Lines{"one", "two"}));
}

TEST(IncludeTest, TakesAFolderNameWithSignsOfAPatternAsAName) {
  ConfigWorld world;
  world.files.write("od[d]*/conf.d/a.toml", plain("a"));
  world.options.file = world.files.write("od[d]*/main.toml", "include = [\"conf.d/*.toml\"]\n");
  EXPECT_EQ(names_of(world.must_load()), Lines{"a"});
}

TEST(IncludeTest, ReadsAFileOnceThatTwoFilesInclude) {
  ConfigWorld world;
  world.files.write("common.toml", plain("common"));
  world.files.write("a.toml", "include = [\"common.toml\"]\n");
  world.files.write("b.toml", "include = [\"./common.toml\", \"*mmon.toml\"]\n");
  EXPECT_EQ(names_of(world.must_load("include = [\"a.toml\", \"b.toml\"]\n")), Lines{"common"});
}

TEST(IncludeTest, FindsNoFilesInAFolderThatDoesNotExist) {
  ConfigWorld world;
  EXPECT_TRUE(world.must_load("include = [\"conf.d/*.toml\", \"x/*/y/*.toml\"]\n").checks.empty());
}

TEST(IncludeTest, UsesTemplatesAndGroupsOfOtherFiles) {
  ConfigWorld world;
  world.files.write("a.toml", "[templates.t]\ntype = \"plain\"\n[groups.g]\n");
  EXPECT_EQ(names_of(world.must_load(
                "include = [\"${FOLDER:-.}/a.toml\"]\n[checks.x]\nuse = \"t\"\ngroup = \"g\"\n")),
            Lines{"x"});
}

TEST(IncludeTest, SaysThatAFileIsMissing) {
  ConfigWorld world;
  world.options.file = world.files.path() / "hale.toml";
  EXPECT_EQ(world.problems(), Lines{"1:1: file: cannot be read: No such file or directory"});
  world.options.file = world.files.make("folder");
  EXPECT_EQ(world.problems(), Lines{"folder:1:1: file: cannot be read: Is a directory"});
}

TEST(IncludeTest, BoundsTheDepth) {
  ConfigWorld world;
  for (int i = 1; i < 20; ++i) {
    world.files.write(std::to_string(i) + ".toml",
                      "include = [\"" + std::to_string(i + 1) + ".toml\"]\n");
  }
  world.files.write("20.toml", "");
  EXPECT_EQ(world.problems("include = [\"1.toml\"]\n"),
            Lines{"15.toml:1:12: include[0]: includes are nested more than 16 deep"});
}

TEST(IncludeTest, BoundsTheSizeOfAllFilesTogether) {
  ConfigWorld world;
  const std::string big = world.files.write("big.toml", "");
  std::filesystem::resize_file(big, std::uintmax_t{64} << 20U);  // a hole: takes no room
  EXPECT_EQ(world.problems("include = [\"big.toml\"]\n"),
            Lines{"1:12: include[0]: \"big.toml\" is too large: the configuration may have 64 MiB "
                  "in all"});
  std::filesystem::resize_file(big, (std::uintmax_t{64} << 20U) + 1);
  world.options.file = big;
  EXPECT_EQ(world.problems(),
            Lines{"big.toml:1:1: file: is too large: the configuration may have 64 MiB in all"});
}

}  // namespace
}  // namespace hale::config
