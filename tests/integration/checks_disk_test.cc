// The disk check against a mount that is dead: a FUSE file system that never says how large it is.
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/mount.h>

#include "checks/disk_check.h"
#include "tests/support/probe_folder.h"
#include "tests/support/probe_fuse.h"
#include "tests/support/probe_world.h"

namespace hale::checks {
namespace {

using monitor::ItemResult;
using monitor::Reason;
using monitor::Result;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::ProbeFuse;
using test::ProbeRun;
using test::ProbeWorld;

const ItemResult* find(const ProbeRun& run, const std::string& name) {
  for (const ItemResult& item : run.result.items) {
    if (item.name == name) {
      return &item;
    }
  }
  return nullptr;
}

void expect_item(const ProbeRun& run, const std::string& name, Result result, Reason reason) {
  const ItemResult* item = find(run, name);
  ASSERT_NE(item, nullptr) << name;
  EXPECT_EQ(to_string(item->outcome.result), to_string(result)) << item->outcome.message;
  EXPECT_EQ(to_string(item->outcome.reason), to_string(reason)) << item->outcome.message;
  EXPECT_EQ(item->measurements.empty(), result != Result::kPass);
}

// A tmpfs that is well beside a FUSE mount, in a private mount namespace.
class DeadMountTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::enter_private_mounts()) {
      GTEST_SKIP() << "SKIPPED LOUDLY: no right to make a mount namespace (unshare(CLONE_NEWNS))";
    }
    dead_ = folder_.make("dead");
    well_ = folder_.make("well");
    ASSERT_EQ(::mount("none", well_.c_str(), "tmpfs", 0, "size=1m"), 0);
    fuse_ = ProbeFuse::mount(dead_);
    if (!fuse_) {
      GTEST_SKIP() << "SKIPPED LOUDLY: no FUSE here (/dev/fuse)";
    }
  }
  void TearDown() override {
    fuse_.reset();
    ::umount2(well_.c_str(), MNT_DETACH);
  }

  std::unique_ptr<DiskCheck> make_check() const {
    MountPatterns patterns;
    patterns.mounts = {dead_, well_};
    return std::make_unique<DiskCheck>(std::move(patterns), "/nonexistent/fstab");
  }

  test::ProbeFolder folder_;
  std::string dead_;
  std::string well_;
  std::unique_ptr<ProbeFuse> fuse_;
};

TEST_F(DeadMountTest, TimesOutThenIsStuckOnceAndHarmsNothing) {
  ProbeWorld world;
  const auto check = make_check();

  const ProbeRun first = world.run(*check, milliseconds(500));
  EXPECT_FALSE(first.cancelled) << "the healthy items are reported before the deadline";
  EXPECT_EQ(first.result.outcome.result, Result::kPass);
  expect_item(first, dead_, Result::kFail, Reason::kTimeout);
  expect_item(first, well_, Result::kPass, Reason::kNone);

  for (int i = 0; i < 5; ++i) {
    const ProbeRun run = world.run(*check, seconds(20));
    EXPECT_LT(run.took, seconds(10)) << "what is known to hang is not waited for";
    expect_item(run, dead_, Result::kFail, Reason::kStuck);
    expect_item(run, well_, Result::kPass, Reason::kNone);
  }
  EXPECT_EQ(fuse_->statfs_requests(), 1);
  EXPECT_EQ(world.files().stats().stuck, 1U);

  fuse_->wake_up();
  ASSERT_TRUE(world.wait_for([&] { return world.files().stats().stuck == 0; }, seconds(20)));
  const ProbeRun later = world.run(*check, seconds(20));
  expect_item(later, dead_, Result::kPass, Reason::kNone);
  expect_item(later, well_, Result::kPass, Reason::kNone);
  EXPECT_EQ(find(later, dead_)->outcome.message, "2.0 MiB free of 3.9 MiB (50.0 %)");
}

TEST_F(DeadMountTest, IsMissingOnceItWasUnmountedByForce) {
  ProbeWorld world;
  const auto check = make_check();
  expect_item(world.run(*check, milliseconds(500)), dead_, Result::kFail, Reason::kTimeout);

  fuse_->unmount();
  ASSERT_TRUE(world.wait_for([&] { return world.files().stats().stuck == 0; }, seconds(20)));
  expect_item(world.run(*check, seconds(20)), dead_, Result::kFail, Reason::kMissing);

  fuse_.reset();  // before the new one: it unmounts
  fuse_ = ProbeFuse::mount(dead_);
  ASSERT_NE(fuse_, nullptr);
  fuse_->wake_up();
  expect_item(world.run(*check, seconds(20)), dead_, Result::kPass, Reason::kNone);
}

TEST_F(DeadMountTest, IsUnreachableWhenWhatServesItDies) {
  ProbeWorld world;
  const auto check = make_check();
  expect_item(world.run(*check, milliseconds(500)), dead_, Result::kFail, Reason::kTimeout);
  fuse_->die();
  ASSERT_TRUE(world.wait_for([&] { return world.files().stats().stuck == 0; }, seconds(20)));
  const ProbeRun run = world.run(*check, seconds(20));
  expect_item(run, dead_, Result::kFail, Reason::kUnreachable);
  EXPECT_EQ(find(run, dead_)->outcome.code, "ENOTCONN");
  expect_item(run, well_, Result::kPass, Reason::kNone);
}

TEST_F(DeadMountTest, IsNotWaitedForWhenTheRunIsCancelled) {
  ProbeWorld world;
  const auto check = make_check();
  const ProbeRun run = world.run_and_cancel(*check, seconds(60), milliseconds(100));
  EXPECT_TRUE(run.threw);
  EXPECT_LT(run.took, seconds(10));
}

// Two checks that look at one dead mount share the one call that hangs.
TEST_F(DeadMountTest, IsAskedOnceForAllChecks) {
  ProbeWorld world;
  const auto one = make_check();
  const auto two = make_check();
  expect_item(world.run(*one, milliseconds(500)), dead_, Result::kFail, Reason::kTimeout);
  expect_item(world.run(*two, milliseconds(500)), dead_, Result::kFail, Reason::kStuck);
  EXPECT_EQ(fuse_->statfs_requests(), 1);
}

// More of them than the pool has threads.
TEST_F(DeadMountTest, SeveralDoNotKeepALocalDiskFromItsTurn) {
  ProbeWorld world;
  MountPatterns patterns{.mounts = {dead_, well_}};
  std::vector<std::unique_ptr<ProbeFuse>> more;
  for (int i = 0; i < 8; ++i) {
    patterns.mounts.push_back(folder_.make("also-dead-" + std::to_string(i)));
    more.push_back(ProbeFuse::mount(patterns.mounts.back()));
    ASSERT_NE(more.back(), nullptr);
  }
  DiskCheck check(patterns, "/nonexistent/fstab");
  const ProbeRun run = world.run(check, milliseconds(500));
  ASSERT_EQ(run.result.items.size(), 10U);
  expect_item(run, well_, Result::kPass, Reason::kNone);
  for (const ItemResult& item : run.result.items) {
    EXPECT_EQ(item.outcome.result == Result::kPass, item.name == well_) << item.name;
  }
}

TEST_F(DeadMountTest, AFileSystemThatTurnsReadOnlyIsSeen) {
  ProbeWorld world;
  fuse_->wake_up();
  const auto check = make_check();
  const auto readonly = [&](const ProbeRun& run) {
    const ItemResult* item = find(run, well_);
    return item != nullptr && item->measurements.back().name == "readonly"
               ? item->measurements.back().value
               : -1;
  };
  EXPECT_EQ(readonly(world.run(*check, seconds(20))), 0);
  ASSERT_EQ(::mount("none", well_.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, ""), 0);
  EXPECT_EQ(readonly(world.run(*check, seconds(20))), 1);
  // A read-only view of a writable file system is no fault of it: a sandbox is made of those.
  ASSERT_EQ(::mount("none", well_.c_str(), "tmpfs", MS_REMOUNT, ""), 0);
  ASSERT_EQ(::mount("none", well_.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr), 0);
  EXPECT_EQ(readonly(world.run(*check, seconds(20))), 0);
}

// The default on this very machine: something is found, and it is plausible.
TEST(DiskCheckTest, FindsAFileSystemByDefault) {
  ProbeWorld world;
  DiskCheck check({});
  const ProbeRun run = world.run(check, seconds(20));
  EXPECT_EQ(run.result.outcome.result, Result::kPass) << run.result.outcome.message;
  ASSERT_NE(find(run, "/"), nullptr);
  for (const ItemResult& item : run.result.items) {
    SCOPED_TRACE(item.name);
    for (const monitor::Measurement& measurement : item.measurements) {
      EXPECT_GE(measurement.value, 0);
      EXPECT_LE(measurement.value, measurement.total.value_or(1));
    }
  }
}

}  // namespace
}  // namespace hale::checks
