#include "checks/file/glob.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/probe_folder.h"

namespace hale::checks {
namespace {

using test::ProbeFolder;

const std::atomic<bool> kGoOn = false;

// The matches, without the folder's own path.
std::vector<std::string> matches(const ProbeFolder& folder, const std::string& pattern) {
  std::vector<std::string> names;
  const std::string root = folder.path();
  for (const std::string& path : match_paths(root + pattern, 1000, kGoOn).paths) {
    names.push_back(path.substr(root.size()));
  }
  return names;
}

TEST(GlobTest, MatchesPartByPart) {
  const ProbeFolder folder;
  for (const char* name : {"a.log", "b.log", "c.txt", ".hidden.log", "sub/a.log", "sub2/a.log",
                           "sub/deep/a.log", "odd[1].log"}) {
    folder.write(name, "");
  }
  using Names = std::vector<std::string>;
  EXPECT_EQ(matches(folder, "/*.log"), (Names{"/a.log", "/b.log", "/odd[1].log"}));
  EXPECT_EQ(matches(folder, "/.*.log"), (Names{"/.hidden.log"}));
  EXPECT_EQ(matches(folder, "/?.log"), (Names{"/a.log", "/b.log"}));
  EXPECT_EQ(matches(folder, "/[ac].*"), (Names{"/a.log", "/c.txt"}));
  EXPECT_EQ(matches(folder, "/sub*/a.log"), (Names{"/sub/a.log", "/sub2/a.log"}));
  EXPECT_EQ(matches(folder, "//sub*//a.log/"), (Names{"/sub/a.log", "/sub2/a.log"}));
  EXPECT_EQ(matches(folder, "/sub/*"), (Names{"/sub/a.log", "/sub/deep"}));
  EXPECT_EQ(matches(folder, "/*/*/a.log"), (Names{"/sub/deep/a.log"}));
  EXPECT_EQ(matches(folder, "/none/*"), Names{});
  EXPECT_EQ(matches(folder, "/a.log/*"), Names{}) << "no folder";
  EXPECT_EQ(matches(folder, "/*.none"), Names{});
  EXPECT_EQ(matches(folder, "/odd\\[1\\].*"), (Names{"/odd[1].log"}));
}

TEST(GlobTest, IsBounded) {
  const ProbeFolder folder;
  for (int i = 0; i < 20; ++i) {
    folder.write(std::to_string(i), "");
  }
  const std::string pattern = folder.path() / "*";
  EXPECT_TRUE(match_paths(pattern, 100, kGoOn).complete);
  const GlobMatches some = match_paths(pattern, 10, kGoOn);
  EXPECT_FALSE(some.complete);
  EXPECT_LE(some.paths.size(), 10U);
  const std::atomic<bool> stop = true;
  EXPECT_FALSE(match_paths(pattern, 100, stop).complete);
}

TEST(GlobTest, KnowsAPattern) {
  EXPECT_TRUE(is_pattern("/a/*.log"));
  EXPECT_TRUE(is_pattern("/a?"));
  EXPECT_TRUE(is_pattern("/[a]"));
  EXPECT_FALSE(is_pattern("/a/b.log"));
}

}  // namespace
}  // namespace hale::checks
