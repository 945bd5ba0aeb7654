#include "checks/disk/file_system.h"

#include <cerrno>
#include <chrono>
#include <expected>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace hale::checks {
namespace {

using monitor::ItemResult;
using monitor::Measurement;
using monitor::PoolFailure;
using monitor::Reason;
using monitor::Result;

constexpr std::uint64_t kGiB = 1ULL << 30U;
constexpr monitor::Duration kPatience = std::chrono::milliseconds(4900);

using Reply = std::expected<StatReply, PoolFailure>;

Reply answered(const FileSystemStats& stats) {
  return StatReply(stats);
}
Reply refused(int error) {
  return StatReply(std::unexpect, error);
}
Reply failed(PoolFailure failure) {
  return Reply(std::unexpect, failure);
}

SelectedMount mount_at(const std::string& point) {
  SelectedMount mount;
  mount.point = point;
  return mount;
}

// What the mount is reported as; it must be reported.
ItemResult reported(const SelectedMount& mount, const Reply& reply) {
  const auto item = item_of(mount, reply, kPatience);
  EXPECT_TRUE(item.has_value());
  return item.value_or(ItemResult());
}

const Measurement* find(const ItemResult& item, const std::string& name) {
  for (const Measurement& measurement : item.measurements) {
    if (measurement.name == name) {
      return &measurement;
    }
  }
  return nullptr;
}

TEST(FileSystemTest, CountsAsDfCounts) {
  // 53 GiB, of which 3 GiB are reserved for root.
  const FileSystemStats stats{.free_bytes = 12 * kGiB + kGiB / 2,
                              .used_bytes = 37 * kGiB + kGiB / 2,
                              .inodes_free = 30,
                              .inodes = 100};
  const ItemResult item = reported(mount_at("/"), answered(stats));
  EXPECT_EQ(item.name, "/");
  EXPECT_EQ(item.outcome.result, Result::kPass);
  EXPECT_EQ(item.outcome.message, "12.5 GiB free of 50.0 GiB (25.0 %)");
  const Measurement* free = find(item, "free");
  ASSERT_NE(free, nullptr);
  EXPECT_EQ(free->value, 12.5 * static_cast<double>(kGiB));
  EXPECT_EQ(free->total, 50.0 * static_cast<double>(kGiB));
  EXPECT_EQ(find(item, "used")->value, 37.5 * static_cast<double>(kGiB));
  EXPECT_EQ(find(item, "used")->total, 50.0 * static_cast<double>(kGiB));
  EXPECT_EQ(find(item, "inodes_free")->value, 30);
  EXPECT_EQ(find(item, "inodes_free")->total, 100);
  EXPECT_EQ(find(item, "readonly")->value, 0);
}

TEST(FileSystemTest, HasNoInodesWhereTheFileSystemCountsNone) {
  const FileSystemStats stats{.free_bytes = kGiB, .used_bytes = kGiB};
  const ItemResult item = reported(mount_at("/home"), answered(stats));
  EXPECT_EQ(find(item, "inodes_free"), nullptr);
  EXPECT_NE(find(item, "free"), nullptr);
}

TEST(FileSystemTest, SaysReadOnly) {
  SelectedMount mount = mount_at("/var");
  mount.read_only = true;
  const FileSystemStats stats{.free_bytes = kGiB, .used_bytes = kGiB};
  const ItemResult item = reported(mount, answered(stats));
  EXPECT_EQ(find(item, "readonly")->value, 1);
  EXPECT_EQ(item.outcome.message, "1.0 GiB free of 2.0 GiB (50.0 %), read-only");
}

// It is full by nature and read-only by nature: neither is to break a limit.
TEST(FileSystemTest, AnImageIsNeitherFullNorReadOnly) {
  SelectedMount mount = mount_at("/media/cd");
  mount.image = true;
  mount.read_only = true;
  const FileSystemStats stats{.used_bytes = kGiB, .inodes = 10};
  const ItemResult item = reported(mount, answered(stats));
  EXPECT_EQ(item.outcome.message, "a read-only image of 1.0 GiB");
  EXPECT_EQ(item.measurements.size(), 1U);
  EXPECT_NE(find(item, "used"), nullptr);
}

TEST(FileSystemTest, WithoutASizeThereIsNoShareOfIt) {
  const ItemResult item = reported(mount_at("/proc"), answered({}));
  EXPECT_EQ(item.outcome.message, "has no size of its own");
  EXPECT_EQ(find(item, "free"), nullptr);
}

TEST(FileSystemTest, TellsErrorsApart) {
  struct Case {
    int error;
    Result result;
    Reason reason;
    const char* code;
  };
  const Case cases[] = {
      {EACCES, Result::kUnknown, Reason::kPermission, "EACCES"},
      {EPERM, Result::kUnknown, Reason::kPermission, "EPERM"},
      {ENOSYS, Result::kUnknown, Reason::kUnsupported, "ENOSYS"},
      {ENOMEM, Result::kUnknown, Reason::kAgent, "ENOMEM"},
      {ENOENT, Result::kFail, Reason::kMissing, "ENOENT"},
      {ETIMEDOUT, Result::kFail, Reason::kTimeout, "ETIMEDOUT"},
      {ENOTCONN, Result::kFail, Reason::kUnreachable, "ENOTCONN"},
      {EHOSTDOWN, Result::kFail, Reason::kUnreachable, "EHOSTDOWN"},
      {EIO, Result::kFail, Reason::kStatus, "EIO"},
      {ESTALE, Result::kFail, Reason::kStatus, "ESTALE"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.code);
    SelectedMount mount = mount_at("/mnt");
    mount.listed = true;
    const ItemResult item = reported(mount, refused(c.error));
    EXPECT_EQ(item.outcome.result, c.result);
    EXPECT_EQ(item.outcome.reason, c.reason);
    EXPECT_EQ(item.outcome.phase, monitor::Phase::kRun);
    EXPECT_EQ(item.outcome.code, c.code);
    EXPECT_TRUE(item.measurements.empty());
  }
}

TEST(FileSystemTest, AnUnlistedMountThatVanishedIsNoItem) {
  EXPECT_FALSE(item_of(mount_at("/gone"), refused(ENOENT), kPatience).has_value());
}

TEST(FileSystemTest, TellsTheWaysOfNotAnsweringApart) {
  struct Case {
    PoolFailure failure;
    Result result;
    Reason reason;
    const char* message;
  };
  const Case cases[] = {
      {PoolFailure::kTimeout, Result::kFail, Reason::kTimeout,
       "the file system gave no answer within 4.9 s"},
      {PoolFailure::kStuck, Result::kFail, Reason::kStuck,
       "the file system still gives no answer to an earlier look"},
      {PoolFailure::kFull, Result::kUnknown, Reason::kAgent,
       "the agent had no thread free to look at the file system"},
      {PoolFailure::kFailed, Result::kUnknown, Reason::kInternal, "the agent failed to look"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.message);
    const ItemResult item = reported(mount_at("/mnt"), failed(c.failure));
    EXPECT_EQ(item.outcome.result, c.result);
    EXPECT_EQ(item.outcome.reason, c.reason);
    EXPECT_EQ(item.outcome.message, c.message);
  }
}

TEST(FileSystemTest, AMountThatIsListedAndNotThereIsMissing) {
  const ItemResult item = not_mounted("/srv\n");
  EXPECT_EQ(item.name, "/srv\\012");
  EXPECT_EQ(item.outcome.result, Result::kFail);
  EXPECT_EQ(item.outcome.reason, Reason::kMissing);
}

TEST(FileSystemTest, AsksTheKernel) {
  const StatReply root = query_file_system("/");
  ASSERT_TRUE(root.has_value());
  EXPECT_GT(root->used_bytes + root->free_bytes, 0U);
  const StatReply missing = query_file_system("/no/such/place");
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error(), ENOENT);
}

}  // namespace
}  // namespace hale::checks
