#include "checks/kernel/kernel_log.h"

#include <string>

#include <gtest/gtest.h>

namespace hale::checks {
namespace {

using Trouble = KernelTrouble;

TEST(KernelRecordTest, TakesARecordApart) {
  const auto record =
      parse_kernel_record("6,339,5140900,-,caller=T1;NET: Registered protocol\n SUBSYSTEM=net\n");
  ASSERT_TRUE(record.has_value());
  EXPECT_TRUE(record->from_kernel);
  EXPECT_EQ(record->since_boot, std::chrono::microseconds(5140900));
  EXPECT_EQ(record->text, "NET: Registered protocol");
  EXPECT_FALSE(parse_kernel_record("12,1,2,-;hello")->from_kernel) << "facility user";
  EXPECT_EQ(parse_kernel_record("6,1,2,-;a;b")->text, "a;b");
  EXPECT_EQ(parse_kernel_record("6,1,2,-;")->text, "");
}

TEST(KernelRecordTest, RefusesWhatIsNone) {
  for (const char* text :
       {"", ";", "6;x", "6,1;x", "a,1,2,-;x", "6,1,-2,-;x", "-6,1,2,-;x", "6,1,2", " SUBSYSTEM=net",
        "6,1,99999999999999999999,-;x", "6,1,9999999999999999999,-;x", "99999999999,1,2,-;x"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(parse_kernel_record(text).has_value());
  }
}

TEST(KernelLogTest, KnowsTrouble) {
  const struct {
    const char* text;
    Trouble trouble;
    const char* about;
  } kCases[] = {
      {"Out of memory: Killed process 4242 (postgres) total-vm:1kB, anon-rss:2kB",
       Trouble::kOomKill, "postgres"},
      {"Memory cgroup out of memory: Killed process 7 (my (odd) app) total-vm:1kB, x",
       Trouble::kOomKill, "my (odd) app"},
      {"Out of memory: Kill process 12 (java) score 900 or sacrifice child", Trouble::kOomKill,
       "java"},
      {"INFO: task kworker/0:1:123 blocked for more than 120 seconds.", Trouble::kHungTask,
       "kworker/0:1"},
      {"INFO: task dd:99 blocked in I/O wait for more than 122 seconds.", Trouble::kHungTask, "dd"},
      {"watchdog: BUG: soft lockup - CPU#3 stuck for 22s! [stress:411]", Trouble::kLockup, "CPU#3"},
      {"NMI watchdog: Watchdog detected hard LOCKUP on cpu 5", Trouble::kLockup, "cpu 5"},
      {"rcu: INFO: rcu_sched self-detected stall on CPU", Trouble::kLockup, ""},
      {"rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:", Trouble::kLockup, ""},
      {"BUG: unable to handle page fault for address: 0", Trouble::kFault,
       "unable to handle page fault for address: 0"},
      {"BUG: kernel NULL pointer dereference, address: 8", Trouble::kFault,
       "kernel NULL pointer dereference, address: 8"},
      {"kernel BUG at fs/inode.c:1!", Trouble::kFault, "fs/inode.c:1!"},
      {"mce: [Hardware Error]: CPU 2: Machine Check: 0 Bank 5: be00", Trouble::kHardware, "CPU 2"},
      {"EDAC MC0: 1 CE memory read error on DIMM", Trouble::kHardware, "MC0"},
      {"I/O error, dev sda, sector 2048 op 0x0:(READ)", Trouble::kInputOutput, "sda"},
      {"blk_update_request: I/O error, dev nvme0n1, sector 9", Trouble::kInputOutput, "nvme0n1"},
      {"EXT4-fs error (device sda1): ext4_find_entry:1456", Trouble::kInputOutput, "sda1"},
      {"EXT4-fs (vdb): Remounting filesystem read-only", Trouble::kInputOutput, "vdb"},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.text);
    const auto finding = classify({.from_kernel = true, .since_boot = {}, .text = test.text});
    ASSERT_TRUE(finding.has_value());
    EXPECT_EQ(finding->trouble, test.trouble);
    EXPECT_EQ(finding->about, test.about);
    EXPECT_FALSE(classify({.from_kernel = false, .since_boot = {}, .text = test.text}).has_value())
        << "anybody can write that";
  }
}

TEST(KernelLogTest, LeavesTheRestAlone) {
  for (const char* text :
       {"", "Linux version 6.1.0", "INFO: task", "INFO: task dd:99 is fine",
        "oom-kill:constraint=CONSTRAINT_NONE,task=postgres,pid=4242",
        "postgres invoked oom-killer: gfp_mask=0x140cca", "I/O error, dev fd0, sector 0",
        "I/O error, dev sr0, sector 0", "traps: a[1] general protection fault ip:1 sp:2",
        "a[7]: segfault at 0 ip 1 sp 2 error 4 in a", "process says BUG: unable to handle"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(classify({.from_kernel = true, .since_boot = {}, .text = text}).has_value());
  }
}

TEST(KernelLogTest, ShowsAHostileNameAsText) {
  const auto finding = classify({.from_kernel = true,
                                 .since_boot = {},
                                 .text = "Out of memory: Killed process 1 (a\x1B[31m" +
                                         std::string(500, 'x') + ") total-vm:1kB"});
  ASSERT_TRUE(finding.has_value());
  EXPECT_TRUE(finding->about.starts_with("a\\x1b[31mxxx")) << finding->about;
  EXPECT_LE(finding->about.size(), 64U);
}

}  // namespace
}  // namespace hale::checks
