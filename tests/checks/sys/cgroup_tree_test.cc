#include "checks/sys/cgroup_tree.h"

#include <cstdint>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/probe_folder.h"

namespace hale::checks {
namespace {

std::uint64_t number_of(const std::filesystem::path& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

class CgroupTreeTest : public ::testing::Test {
 protected:
  void make_tree(const std::string& root) const {
    folder_.write(root + "/cgroup.procs", "");
    folder_.write(root + "/cgroup.controllers", "");
  }
  test::ProbeFolder folder_;
};

TEST_F(CgroupTreeTest, WalksOnceUntilSomethingIsNew) {
  make_tree("fs/cgroup");
  const std::string nginx = folder_.make("fs/cgroup/system.slice/nginx.service");
  CgroupTree tree(folder_.path());
  ASSERT_TRUE(tree.available());
  tree.begin_look();
  EXPECT_EQ(tree.path_of(number_of(nginx)), "/system.slice/nginx.service");
  EXPECT_EQ(tree.path_of(number_of(folder_.path() / "fs/cgroup")), "/");
  tree.begin_look();
  EXPECT_EQ(tree.path_of(number_of(nginx)), "/system.slice/nginx.service");
  EXPECT_EQ(tree.walks(), 1U);

  const std::string redis = folder_.make("fs/cgroup/system.slice/redis.service");
  tree.begin_look();
  EXPECT_EQ(tree.path_of(number_of(redis)), "/system.slice/redis.service");
  EXPECT_EQ(tree.walks(), 2U);
}

TEST_F(CgroupTreeTest, AGroupThatIsGoneIsLookedForOnce) {
  make_tree("fs/cgroup/unified");
  CgroupTree tree(folder_.path());
  ASSERT_TRUE(tree.available()) << "on a host with both kinds of hierarchies";
  for (int look = 0; look < 3; ++look) {
    tree.begin_look();
    EXPECT_EQ(tree.path_of(1), "");
    EXPECT_EQ(tree.path_of(2), "");
  }
  EXPECT_EQ(tree.walks(), 1U);
}

TEST_F(CgroupTreeTest, KnowsNothingWhereThereIsNoTree) {
  CgroupTree tree(folder_.path());
  EXPECT_FALSE(tree.available());
  tree.begin_look();
  EXPECT_EQ(tree.path_of(1), "");
}

}  // namespace
}  // namespace hale::checks
