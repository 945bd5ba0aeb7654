#include "checks/disk_check.h"

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/probe_folder.h"
#include "tests/support/probe_world.h"

namespace hale::checks {
namespace {

using monitor::ItemResult;
using monitor::Reason;
using monitor::Result;
using test::ProbeFolder;
using test::ProbeRun;
using test::ProbeWorld;

// A table of mounts of the test's making, whose points are directories that exist.
class DiskCheckTest : public testing::Test {
 protected:
  DiskCheckTest()
      : data_(folder_.make("data")), logs_(folder_.make("logs")), world_(folder_.path() / "proc") {}

  void set_table(const std::string& text) { folder_.write("proc/self/mountinfo", text); }
  static std::string line(const std::string& device, const std::string& point,
                          const std::string& options) {
    return "1 0 " + device + " / " + point + " rw - ext4 /dev/x " + options + "\n";
  }
  std::unique_ptr<DiskCheck> make_check(MountPatterns patterns = {},
                                        const std::string& fstab = "") {
    return std::make_unique<DiskCheck>(std::move(patterns), folder_.write("fstab", fstab));
  }
  ProbeRun run(DiskCheck& check) { return world_.run(check, std::chrono::seconds(20)); }

  static std::vector<std::string> names_of(const ProbeRun& run) {
    std::vector<std::string> names;
    names.reserve(run.result.items.size());
    for (const ItemResult& item : run.result.items) {
      names.push_back(item.name);
    }
    return names;
  }
  static double readonly_of(const ItemResult& item) {
    for (const monitor::Measurement& measurement : item.measurements) {
      if (measurement.name == "readonly") {
        return measurement.value;
      }
    }
    return -1;
  }

  ProbeFolder folder_;
  std::string data_;
  std::string logs_;
  ProbeWorld world_;
};

using Names = std::vector<std::string>;

TEST_F(DiskCheckTest, ReportsEachMountAsAnItem) {
  set_table(line("8:1", logs_, "rw") + line("8:2", data_, "rw"));
  const auto check = make_check();
  const ProbeRun found = run(*check);
  EXPECT_EQ(found.result.outcome.result, Result::kPass);
  EXPECT_TRUE(found.result.outcome.message.starts_with("2 file systems, least free on "))
      << found.result.outcome.message;
  ASSERT_EQ(names_of(found), (Names{data_, logs_}));
  for (const ItemResult& item : found.result.items) {
    EXPECT_EQ(item.outcome.result, Result::kPass);
    EXPECT_GE(item.measurements.size(), 3U);
  }
  ASSERT_EQ(found.phases.size(), 1U);
  EXPECT_EQ(found.phases.front().phase, monitor::Phase::kRun);
}

TEST_F(DiskCheckTest, SpeaksForItselfWithOneMount) {
  set_table(line("8:1", data_, "rw"));
  const auto check = make_check();
  const ProbeRun found = run(*check);
  EXPECT_TRUE(found.result.outcome.message.starts_with(data_ + ": "));
  EXPECT_TRUE(found.result.outcome.message.contains(" free of ")) << found.result.outcome.message;
}

TEST_F(DiskCheckTest, KeepsAFileSystemInSightThatTurnsReadOnly) {
  set_table(line("8:1", logs_, "rw") + line("8:2", data_, "rw"));
  const auto check = make_check();
  EXPECT_EQ(names_of(run(*check)), (Names{data_, logs_}));
  set_table(line("8:1", logs_, "rw") + line("8:2", data_, "ro"));
  for (int i = 0; i < 2; ++i) {
    const ProbeRun found = run(*check);
    ASSERT_EQ(names_of(found), (Names{data_, logs_}));
    EXPECT_EQ(readonly_of(found.result.items[0]), 1);
    EXPECT_EQ(readonly_of(found.result.items[1]), 0);
  }
  // Unmounted, it is forgotten: mounted read-only then, it is meant so.
  set_table(line("8:1", logs_, "rw"));
  EXPECT_EQ(names_of(run(*check)), (Names{logs_}));
  set_table(line("8:1", logs_, "rw") + line("8:2", data_, "ro"));
  EXPECT_EQ(names_of(run(*check)), (Names{logs_}));
}

TEST_F(DiskCheckTest, KnowsFromFstabWhatShouldBeWritable) {
  set_table(line("8:1", logs_, "ro") + line("8:2", data_, "ro"));
  const auto check = make_check({}, "/dev/x " + data_ + " ext4 errors=remount-ro 0 2\n" +
                                        "/dev/y " + logs_ + " ext4 ro 0 2\n");
  const ProbeRun found = run(*check);
  ASSERT_EQ(names_of(found), (Names{data_}));
  EXPECT_EQ(readonly_of(found.result.items[0]), 1);
}

TEST_F(DiskCheckTest, FailsAListedMountThatIsNotThere) {
  set_table(line("8:1", logs_, "rw"));
  const auto check = make_check({.mounts = {logs_, data_}});
  const ProbeRun found = run(*check);
  EXPECT_EQ(found.result.outcome.result, Result::kPass) << "the look itself succeeded";
  ASSERT_EQ(names_of(found), (Names{data_, logs_}));
  EXPECT_EQ(found.result.items[0].outcome.result, Result::kFail);
  EXPECT_EQ(found.result.items[0].outcome.reason, Reason::kMissing);
  EXPECT_EQ(found.result.items[1].outcome.result, Result::kPass);
}

TEST_F(DiskCheckTest, DropsAnUnlistedMountWhoseDirectoryIsGone) {
  set_table(line("8:1", logs_, "rw") + line("8:2", folder_.path() / "gone", "rw"));
  const auto check = make_check();
  EXPECT_EQ(names_of(run(*check)), (Names{logs_}));
}

TEST_F(DiskCheckTest, WithNothingToLookAtItDoesNotPass) {
  set_table("1 0 0:2 / /proc rw - proc proc rw\n");
  const auto by_default = make_check();
  const ProbeRun nothing = run(*by_default);
  EXPECT_EQ(nothing.result.outcome.result, Result::kUnknown);
  EXPECT_EQ(nothing.result.outcome.reason, Reason::kUnsupported);
  const auto listed = make_check({.mounts = {"/srv/*"}});
  const ProbeRun unmatched = run(*listed);
  EXPECT_EQ(unmatched.result.outcome.result, Result::kFail);
  EXPECT_EQ(unmatched.result.outcome.reason, Reason::kMissing);
}

TEST_F(DiskCheckTest, IsUnknownWithoutATableOfMounts) {
  const auto check = make_check();
  const ProbeRun missing = run(*check);
  EXPECT_EQ(missing.result.outcome.result, Result::kUnknown);
  EXPECT_EQ(missing.result.outcome.reason, Reason::kUnsupported);
  set_table("no table\n");
  const ProbeRun garbage = run(*check);
  EXPECT_EQ(garbage.result.outcome.result, Result::kUnknown);
  EXPECT_EQ(garbage.result.outcome.reason, Reason::kInternal);
  EXPECT_TRUE(garbage.result.outcome.message.contains("\"no table\""));
}

monitor::Parameters parameters(Names mounts, Names exclude) {
  monitor::Parameters result;
  result.set("mounts", std::move(mounts));
  result.set("exclude", std::move(exclude));
  return result;
}

TEST(DiskFactoryTest, RefusesWhatIsNoMountPoint) {
  const auto mounts = disk_descriptor().make(parameters({"/", "var"}, {}));
  ASSERT_FALSE(mounts.has_value());
  EXPECT_EQ(mounts.error().key, "mounts");
  EXPECT_EQ(mounts.error().message, "\"var\" is not an absolute path (write \"/var\")");
  const auto exclude = disk_descriptor().make(parameters({}, {""}));
  ASSERT_FALSE(exclude.has_value());
  EXPECT_EQ(exclude.error().key, "exclude");
}

TEST(DiskFactoryTest, NamesItsTarget) {
  const auto check = disk_descriptor().make(parameters({"/", "/var/", "/data*"}, {}));
  ASSERT_TRUE(check.has_value());
  EXPECT_EQ((*check)->target(), "/ /var /data*");
  EXPECT_EQ((*disk_descriptor().make(parameters({}, {})))->target(), "");
}

}  // namespace
}  // namespace hale::checks
