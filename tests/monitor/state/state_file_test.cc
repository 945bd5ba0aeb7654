#include "monitor/state/state_file.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "monitor/state/state_text.h"
#include "tests/support/probe_folder.h"

namespace hale::monitor {
namespace {

namespace fs = std::filesystem;

const StateStore::Sections kSections = {{"pauses", {{"web", {"1", "a release"}}}}};

class StateFileTest : public testing::Test {
 protected:
  static std::string text_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  StateFile open() {
    auto file = StateFile::open(folder_);
    EXPECT_TRUE(file) << file.error().message;
    return *std::move(file);
  }

  std::string parent() const { return parent_.path().string(); }

  test::ProbeFolder parent_;
  std::string folder_ = parent() + "/above/state";
};

TEST_F(StateFileTest, MakesItsFolderForItselfAlone) {
  StateFile file = open();
  struct stat status{};
  ASSERT_EQ(::stat(folder_.c_str(), &status), 0);
  EXPECT_TRUE(S_ISDIR(status.st_mode));
  EXPECT_EQ(status.st_mode & 0007U, 0U);
  const auto content = file.read();
  ASSERT_TRUE(content);
  EXPECT_TRUE(content->sections.empty());
  EXPECT_EQ(content->problem, "");
}

TEST_F(StateFileTest, GivesBackWhatWasWritten) {
  {
    StateFile file = open();
    ASSERT_TRUE(file.write(state_text({{"old", {{"k", {}}}}})));
    ASSERT_TRUE(file.write(state_text(kSections)));
  }
  StateFile file = open();
  const auto content = file.read();
  ASSERT_TRUE(content);
  EXPECT_EQ(content->sections, kSections);
  EXPECT_FALSE(fs::exists(folder_ + "/state.tmp"));
}

TEST_F(StateFileTest, BelongsToOneAgentAtATime) {
  {
    const StateFile first = open();
    const auto second = StateFile::open(folder_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().message, folder_ + " belongs to another agent that is running");
  }
  EXPECT_TRUE(StateFile::open(folder_));
}

TEST_F(StateFileTest, SetsAsideWhatItCannotTrust) {
  StateFile file = open();
  for (const char* damaged : {"nonsense", "other nonsense", ""}) {
    std::ofstream(folder_ + "/state") << damaged;
    const auto content = file.read();
    ASSERT_TRUE(content);
    EXPECT_TRUE(content->sections.empty());
    EXPECT_TRUE(content->problem.starts_with(folder_ + "/state is not what was written (it is "))
        << content->problem;
    EXPECT_TRUE(content->problem.ends_with("); it is now state.bad")) << content->problem;
    EXPECT_EQ(text_of(folder_ + "/state.bad"), damaged);
    EXPECT_FALSE(fs::exists(folder_ + "/state"));
  }
}

TEST_F(StateFileTest, SetsAsideWhatIsTooLarge) {
  StateFile file = open();
  std::ofstream(folder_ + "/state") << "hale-state 1\n";
  fs::resize_file(folder_ + "/state", kMaxStateText + 1);
  const auto content = file.read();
  ASSERT_TRUE(content);
  EXPECT_NE(content->problem.find("(it is too large)"), std::string::npos);
}

TEST_F(StateFileTest, LeavesAloneWhatALaterVersionHasWritten) {
  StateFile file = open();
  std::ofstream(folder_ + "/state") << "hale-state 2\nwho knows";
  const auto content = file.read();
  ASSERT_FALSE(content);
  EXPECT_EQ(content.error().message,
            folder_ +
                "/state: it has format 2 of a later version of hale; it is left as it is, "
                "and nothing is kept meanwhile");
  EXPECT_EQ(text_of(folder_ + "/state"), "hale-state 2\nwho knows");
}

TEST_F(StateFileTest, DoesNotReadWhatIsNoFile) {
  StateFile file = open();
  fs::create_directory(folder_ + "/state");
  const auto content = file.read();
  ASSERT_FALSE(content);
  EXPECT_EQ(content.error().message, "cannot read " + folder_ + "/state: Is a directory");
}

TEST_F(StateFileTest, FollowsNoLink) {
  StateFile file = open();
  std::ofstream(parent() + "/precious") << "precious";
  fs::create_symlink(parent() + "/precious", folder_ + "/state.tmp");
  const auto written = file.write(state_text(kSections));
  ASSERT_FALSE(written);
  EXPECT_EQ(text_of(parent() + "/precious"), "precious");
  EXPECT_TRUE(file.write(state_text(kSections))) << "the link is gone";
}

TEST_F(StateFileTest, SaysWhyItCannotBeThere) {
  std::ofstream(parent() + "/file") << "";
  const auto in_a_file = StateFile::open(parent() + "/file/state");
  ASSERT_FALSE(in_a_file);
  EXPECT_EQ(in_a_file.error().message, "cannot make " + parent() + "/file/state: Not a directory");
  const auto is_a_file = StateFile::open(parent() + "/file");
  ASSERT_FALSE(is_a_file);
  EXPECT_EQ(is_a_file.error().message, "cannot open " + parent() + "/file: Not a directory");
}

TEST_F(StateFileTest, KeepsTheOldTextWhereTheNewOneCannotTakeItsPlace) {
  StateFile file = open();
  ASSERT_TRUE(file.write(state_text(kSections)));
  fs::create_directory(folder_ + "/state.tmp");
  const auto written = file.write(state_text({}));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().message, "cannot make " + folder_ + "/state.tmp: Is a directory");
  EXPECT_EQ(text_of(folder_ + "/state"), state_text(kSections));
  fs::remove(folder_ + "/state.tmp");
  EXPECT_TRUE(file.write(state_text({})));
}

TEST_F(StateFileTest, MakesItsFolderAgainWhereSomebodyHasRemovedIt) {
  StateFile file = open();
  fs::remove_all(parent() + "/above");
  ASSERT_TRUE(file.write(state_text(kSections)));
  EXPECT_EQ(text_of(folder_ + "/state"), state_text(kSections));
  EXPECT_FALSE(StateFile::open(folder_)) << "and it has the lock";
}

}  // namespace
}  // namespace hale::monitor
