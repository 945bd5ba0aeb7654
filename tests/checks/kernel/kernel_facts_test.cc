#include "checks/kernel/kernel_facts.h"

#include <chrono>

#include <gtest/gtest.h>

#include "checks/kernel/reboot.h"
#include "tests/support/probe_folder.h"

namespace hale::checks {
namespace {

using test::ProbeFolder;

TEST(KernelFactsTest, ParseTheFilesOfProc) {
  EXPECT_EQ(parse_uptime("350735.47 234388.90\n"), std::chrono::milliseconds(350735470));
  EXPECT_EQ(parse_vmstat("pgfault 5\noom_kill 3\nx 9\n", "oom_kill"), 3U);
  EXPECT_EQ(parse_thread_count("7.51 4.12 2.57 11/144 9421\n"), 144U);
  const auto files = parse_file_numbers("1599\t99\t2466177\n");
  ASSERT_TRUE(files.has_value());
  EXPECT_EQ(files->open, 1500U);
  EXPECT_EQ(files->most, 2466177U);
}

TEST(KernelFactsTest, RefuseWhatTheKernelDoesNotWrite) {
  for (const char* text : {"", "\n", "x", "-1 2", "nan 1", "inf 1", "1e300 1"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(parse_uptime(text).has_value());
  }
  EXPECT_FALSE(parse_vmstat("", "oom_kill").has_value());
  EXPECT_FALSE(parse_vmstat("oom_kill\n", "oom_kill").has_value());
  EXPECT_FALSE(parse_vmstat("oom_kill -1\n", "oom_kill").has_value());
  EXPECT_FALSE(parse_vmstat("oom_killer 1\n", "oom_kill").has_value());
  for (const char* text : {"", "1 2 3", "1 2 3 4 5", "1 2 3 4/", "1 2 3 /x"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(parse_thread_count(text).has_value());
  }
  for (const char* text : {"", "1", "1 2", "1 2 3", "a 0 1", "1 0 99999999999999999999"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(parse_file_numbers(text).has_value()) << "more free than there are, or no number";
  }
}

TEST(KernelFactsTest, SpellTheTaint) {
  EXPECT_EQ(taint_letters(0), "");
  EXPECT_EQ(taint_letters(1), "P");
  EXPECT_EQ(taint_letters(0x3001), "P O E");
  EXPECT_EQ(taint_letters(std::uint64_t{1} << 63U), "63");
}

TEST(KernelFactsTest, NeedOnlyTheUptime) {
  const ProbeFolder proc;
  EXPECT_FALSE(read_kernel_facts(proc.path()).has_value());
  proc.write("uptime", "10.5 3\n");
  auto facts = read_kernel_facts(proc.path());
  ASSERT_TRUE(facts.has_value());
  EXPECT_FALSE(facts->oom_kills || facts->threads || facts->most_threads || facts->entropy);
  proc.write("sys/kernel/pid_max", "32768\n");
  proc.write("sys/kernel/threads-max", "192730\n");
  proc.write("sys/kernel/osrelease", "6.1.0-1-amd64\n");
  proc.write("sys/kernel/tainted", "4096\n");
  facts = read_kernel_facts(proc.path());
  ASSERT_TRUE(facts.has_value());
  EXPECT_EQ(facts->most_threads, 32768U);
  EXPECT_EQ(facts->release, "6.1.0-1-amd64");
  EXPECT_EQ(facts->taint, 4096U);
}

TEST(RebootTest, IsNeededWherePackagesAskForIt) {
  const ProbeFolder root;
  EXPECT_FALSE(look_for_reboot(root.path(), root.path() / "modules", "6.1").needed);
  root.write("reboot-required", "*** System restart required ***\n");
  RebootNeed need = look_for_reboot(root.path(), root.path() / "modules", "6.1");
  EXPECT_TRUE(need.needed);
  EXPECT_EQ(need.why, "");
  root.write("reboot-required.pkgs", "linux-base\nlibc6\nlinux-base\ndbus\nsystemd\nx\x1B\n");
  need = look_for_reboot(root.path(), root.path() / "modules", "6.1");
  EXPECT_EQ(need.why, "for linux-base, libc6, dbus and 2 more");
}

TEST(RebootTest, IsNeededWhereTheRunningKernelHasNoModulesLeft) {
  const ProbeFolder root;
  const auto modules = root.path() / "modules";
  const auto needed = [&] { return look_for_reboot(root.path(), modules, "6.1.0-1").needed; };
  EXPECT_FALSE(needed()) << "a container has none at all";
  root.make("modules/6.1.0-2");
  EXPECT_FALSE(needed()) << "an empty folder is no kernel";
  root.write("modules/6.1.0-2/modules.dep", "");
  EXPECT_TRUE(needed());
  root.make("modules/6.1.0-1");
  EXPECT_FALSE(needed());
}

}  // namespace
}  // namespace hale::checks
