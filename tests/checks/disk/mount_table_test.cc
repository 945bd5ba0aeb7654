#include "checks/disk/mount_table.h"

#include <string>

#include <gtest/gtest.h>

namespace hale::checks {
namespace {

TEST(MountTableTest, ReadsALineOfEachForm) {
  struct Case {
    const char* line;
    const char* point;
    const char* device;
    const char* root;
    const char* type;
    bool read_only;
  };
  const Case cases[] = {
      {"27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard", "/", "254:0", "/", "ext4", false},
      {"36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue", "/mnt2",
       "98:0", "/mnt1", "ext3", false},
      {"36 35 98:0 / /a rw shared:1 master:2 propagate_from:3 unbindable - xfs /dev/sda ro", "/a",
       "98:0", "/", "xfs", true},
      {"36 35 98:0 / /a\\040b\\011c rw - ext4 /dev/sda rw", "/a b\tc", "98:0", "/", "ext4", false},
      {"36 35 0:40 / /a rw - fuse.sshfs me@host:/x\\040y rw,ro_like", "/a", "0:40", "/",
       "fuse.sshfs", false},
      // A read-only mount of a writable file system.
      {"36 35 98:0 / /a ro,relatime - ext4 /dev/sda rw", "/a", "98:0", "/", "ext4", false},
      // No source: two blanks, or one, before the options.
      {"36 35 0:9 / /a rw - tmpfs  rw,size=4k", "/a", "0:9", "/", "tmpfs", false},
      // Fields that a later kernel may add at the end.
      {"36 35 0:9 / /a rw - tmpfs none ro,size=4k more", "/a", "0:9", "/", "tmpfs", true},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.line);
    const auto mounts = parse_mountinfo(c.line);
    ASSERT_TRUE(mounts.has_value());
    ASSERT_EQ(mounts->size(), 1U);
    EXPECT_EQ(mounts->front().point, c.point);
    EXPECT_EQ(mounts->front().device, c.device);
    EXPECT_EQ(mounts->front().root, c.root);
    EXPECT_EQ(mounts->front().type, c.type);
    EXPECT_EQ(mounts->front().read_only, c.read_only);
  }
}

TEST(MountTableTest, KeepsTheOrderOfTheLines) {
  const auto mounts = parse_mountinfo(
      "1 0 8:1 / / rw - ext4 a rw\n"
      "2 1 8:2 / /b rw - ext4 b rw\n"
      "3 1 8:3 / /a rw - ext4 c rw\n");
  ASSERT_TRUE(mounts.has_value());
  ASSERT_EQ(mounts->size(), 3U);
  EXPECT_EQ((*mounts)[1].point, "/b");
  EXPECT_EQ((*mounts)[2].point, "/a");
  EXPECT_TRUE(parse_mountinfo("")->empty());
}

TEST(MountTableTest, NamesTheLineThatItCannotRead) {
  for (const char* line : {
           "x",
           "27",
           "27 1 254:0 / /",
           "27 1 254:0 / / rw,relatime ext4 /dev/vda rw",
           "27 1 254:0 / / rw,relatime -",
           "27 1 254:0 / / rw,relatime - ext4",
           "27 1 254 / / rw - ext4 /dev/vda rw",
           "27 1 254:0 / relative rw - ext4 /dev/vda rw",
           "a 1 254:0 / / rw - ext4 /dev/vda rw",
           "27 b 254:0 / / rw - ext4 /dev/vda rw",
       }) {
    SCOPED_TRACE(line);
    const auto mounts = parse_mountinfo("1 0 8:1 / / rw - ext4 a rw\n" + std::string(line) + "\n");
    ASSERT_FALSE(mounts.has_value());
    EXPECT_EQ(mounts.error(), line);
  }
}

TEST(MountTableTest, UndoesOctalEscapesOnly) {
  struct Case {
    const char* text;
    const char* plain;
  };
  const Case cases[] = {
      {"", ""},          {"/a\\040b", "/a b"}, {"\\134", "\\"},  {"\\134040", "\\040"},
      {"\\377", "\xff"}, {"\\400", "\\400"},   {"\\04", "\\04"}, {"\\048", "\\048"},
      {"\\", "\\"},      {"\\n", "\\n"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(unescape_octal(c.text), c.plain);
  }
}

TEST(MountTableTest, MakesNamesPrintable) {
  struct Case {
    const char* point;
    const char* name;
  };
  const Case cases[] = {
      {"/var/log", "/var/log"},
      {"/a b", "/a b"},
      {"/a\nb", "/a\\012b"},
      {"/a\\b", "/a\\134b"},
      {"/\x7f", "/\\177"},
      {"/\xc3\xa4", "/\xc3\xa4"},
      {"/\xe2\x82\xac", "/\xe2\x82\xac"},
      {"/\xf0\x9f\x92\xbe", "/\xf0\x9f\x92\xbe"},
      {"/\xe4", "/\\344"},                             // Latin-1
      {"/\xc3", "/\\303"},                             // cut
      {"/\xe2\x82", "/\\342\\202"},                    // cut
      {"/\xc0\xaf", "/\\300\\257"},                    // overlong
      {"/\xe0\x80\xaf", "/\\340\\200\\257"},           // overlong
      {"/\xed\xa0\x80", "/\\355\\240\\200"},           // a surrogate
      {"/\xf4\x90\x80\x80", "/\\364\\220\\200\\200"},  // beyond Unicode
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(printable(c.point), c.name);
  }
}

TEST(FstabTest, KnowsWhatShouldBeWritable) {
  const auto points = writable_in_fstab(
      "# /etc/fstab\n"
      "\n"
      "UUID=1 / ext4 errors=remount-ro 0 1\n"
      "  UUID=2\t/var\\040data  xfs  defaults  0 2\n"
      "UUID=3 /usr ext4 defaults,ro 0 2\n"
      "UUID=4 none swap sw 0 0\n"
      "#UUID=5 /old ext4 defaults 0 2\n"
      "UUID=6 /short\n"
      "broken\n");
  EXPECT_EQ(points, (std::set<std::string>{"/", "/short", "/var data"}));
}

}  // namespace
}  // namespace hale::checks
