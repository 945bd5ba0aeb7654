#include "checks/disk/mount_selection.h"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace hale::checks {
namespace {

using Names = std::vector<std::string>;

std::vector<Mount> table(const std::string& text) {
  auto mounts = parse_mountinfo(text);
  EXPECT_TRUE(mounts.has_value()) << mounts.error();
  return mounts.value_or(std::vector<Mount>());
}

Names names_of(const std::vector<SelectedMount>& mounts) {
  Names names;
  for (const SelectedMount& mount : mounts) {
    names.push_back(mount.point);
  }
  return names;
}

// A server with a bit of everything.
constexpr const char* kServer =
    "20 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,errors=remount-ro\n"
    "21 20 0:21 / /proc rw - proc proc rw\n"
    "22 20 0:22 / /sys rw - sysfs sysfs rw\n"
    "23 20 0:6 / /dev rw - devtmpfs udev rw\n"
    "24 23 0:23 / /dev/shm rw - tmpfs tmpfs rw\n"
    "25 20 0:24 / /run rw - tmpfs tmpfs rw\n"
    "26 25 0:25 / /run/user/0 rw - tmpfs tmpfs rw\n"
    "27 20 0:26 / /tmp rw - tmpfs tmpfs rw\n"
    "28 20 254:15 / /boot/efi rw - vfat /dev/vda15 rw\n"
    "29 20 254:2 / /var rw - xfs /dev/vda2 rw\n"
    "30 29 254:2 /lib/x /srv/x rw - xfs /dev/vda2 rw\n"
    "31 20 7:0 / /snap/core/1 ro - squashfs /dev/loop0 ro\n"
    "32 20 11:0 / /media/cd ro - iso9660 /dev/sr0 ro\n"
    "33 20 0:44 / /mnt/nfs rw - nfs4 nas:/x rw\n"
    "34 20 0:45 / /mnt/ssh rw - fuse.sshfs me@host: rw\n"
    "35 20 0:46 / /mnt/auto rw - autofs systemd-1 rw\n"
    "36 29 0:47 / /var/lib/docker/overlay2/abc/merged rw - overlay overlay rw\n"
    "37 20 0:48 /@home /home rw - btrfs /dev/vdb rw\n"
    "38 20 0:48 /@data /data rw - btrfs /dev/vdb rw\n"
    "39 20 254:3 / /archive ro - ext4 /dev/vda3 ro\n"
    "40 25 254:9 / /run/media/me/stick rw - vfat /dev/sdb1 rw\n";

TEST(MountSelectionTest, TakesEveryLocalWritableFileSystemOnce) {
  EXPECT_EQ(names_of(select_mounts(table(kServer), {}, {})),
            (Names{"/", "/boot/efi", "/data", "/tmp", "/var"}));
}

TEST(MountSelectionTest, KeepsWhatShouldBeWritableInSight) {
  const auto selected = select_mounts(table(kServer), {}, {"/archive", "/media/cd", "/nowhere"});
  EXPECT_EQ(names_of(selected), (Names{"/", "/archive", "/boot/efi", "/data", "/tmp", "/var"}));
  EXPECT_TRUE(selected[1].read_only);
  EXPECT_FALSE(selected[0].read_only);
}

TEST(MountSelectionTest, LeavesOutWhatIsExcluded) {
  EXPECT_EQ(names_of(select_mounts(table(kServer), {.exclude = {"/boot/*", "/tmp"}}, {})),
            (Names{"/", "/data", "/var"}));
  // Another place of the same disk takes the place of the one that is left out.
  EXPECT_EQ(names_of(select_mounts(table(kServer), {.exclude = {"/data", "/var"}}, {})),
            (Names{"/", "/boot/efi", "/home", "/srv/x", "/tmp"}));
}

TEST(MountSelectionTest, KnowsContainers) {
  const std::vector<Mount> container = table(
      "1 0 0:50 / / rw - overlay overlay rw,lowerdir=/x\n"
      "2 1 0:51 / /proc rw - proc proc rw\n"
      "3 1 0:52 / /dev rw - tmpfs tmpfs rw\n"
      "4 1 254:1 /docker/hosts /etc/hosts rw - ext4 /dev/vda1 rw\n"
      "5 1 254:1 /docker/volumes/a /data rw - ext4 /dev/vda1 rw\n"
      "6 1 0:53 / /var/secrets ro - tmpfs tmpfs rw\n");
  EXPECT_EQ(names_of(select_mounts(container, {}, {})), (Names{"/", "/data"}));
}

TEST(MountSelectionTest, TakesTheRootWhateverItIs) {
  for (const char* line : {"1 0 0:2 / / rw - tmpfs none rw", "1 0 0:2 / / rw - nfs nas:/ rw",
                           "1 0 254:0 / / ro - ext4 /dev/vda rw"}) {
    SCOPED_TRACE(line);
    EXPECT_EQ(names_of(select_mounts(table(line), {}, {})), (Names{"/"}));
  }
  EXPECT_TRUE(select_mounts(table("1 0 7:0 / / ro - squashfs /dev/loop0 ro"), {}, {"/"}).empty());
}

TEST(MountSelectionTest, SeesTheMountOnTop) {
  const auto selected = select_mounts(table("1 0 8:1 / / rw - ext4 a rw\n"
                                            "2 1 8:2 / /data rw - ext4 b rw\n"
                                            "3 1 0:9 / /data rw - nfs nas:/ rw\n"),
                                      {}, {});
  EXPECT_EQ(names_of(selected), (Names{"/"}));
}

TEST(MountSelectionTest, TakesWhatIsListed) {
  const MountPatterns patterns{.mounts = {"/", "/mnt/nfs", "/gone", "/proc", "/media/cd"}};
  const auto selected = select_mounts(table(kServer), patterns, {});
  ASSERT_EQ(names_of(selected), (Names{"/", "/gone", "/media/cd", "/mnt/nfs", "/proc"}));
  EXPECT_TRUE(selected[0].mounted);
  EXPECT_TRUE(selected[0].local);
  EXPECT_TRUE(selected[0].listed);
  EXPECT_FALSE(selected[1].mounted);
  EXPECT_TRUE(selected[1].listed);
  EXPECT_TRUE(selected[2].image);
  EXPECT_FALSE(selected[3].local);
}

TEST(MountSelectionTest, ExpandsGlobsAcrossFolders) {
  struct Case {
    Names mounts;
    Names exclude;
    Names expected;
  };
  const Case cases[] = {
      {{"/var*"}, {}, {"/var", "/var/lib/docker/overlay2/abc/merged"}},
      {{"/var/*"}, {}, {"/var/lib/docker/overlay2/abc/merged"}},
      {{"/mnt/*"}, {}, {"/mnt/nfs", "/mnt/ssh"}},  // not autofs: to look would be to mount
      {{"/mnt/?fs", "/mnt/nfs"}, {}, {"/mnt/nfs"}},
      {{"/media/*", "/snap/*", "/sys*"}, {}, {}},
      {{"/[a-b]*"}, {}, {"/archive", "/boot/efi"}},
      {{"*"},
       {"/run*", "/mnt/*", "/var/*", "/dev*"},
       {"/", "/archive", "/boot/efi", "/data", "/home", "/srv/x", "/tmp", "/var"}},
      {{"/var", "/gone"}, {"/var", "/gone"}, {}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.mounts.front());
    const MountPatterns patterns{.mounts = c.mounts, .exclude = c.exclude};
    EXPECT_EQ(names_of(select_mounts(table(kServer), patterns, {})), c.expected);
  }
}

TEST(MountSelectionTest, AListedNameStaysListedBesideAGlobThatMatchesIt) {
  for (const Names& mounts : {Names{"/mnt/nfs", "/mnt/*"}, Names{"/mnt/*", "/mnt/nfs"}}) {
    const auto selected = select_mounts(table(kServer), {.mounts = mounts}, {});
    ASSERT_EQ(names_of(selected), (Names{"/mnt/nfs", "/mnt/ssh"}));
    EXPECT_TRUE(selected[0].listed);
    EXPECT_FALSE(selected[1].listed);
  }
}

}  // namespace
}  // namespace hale::checks
