#include "checks/kernel_check.h"

#include <chrono>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/probe_folder.h"
#include "tests/support/probe_world.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::Reason;
using monitor::Result;
using test::ProbeFolder;
using test::ProbeWorld;

double value_of(const CheckResult& result, std::string_view name) {
  for (const monitor::Measurement& measurement : result.measurements) {
    if (measurement.name == name) {
      return measurement.value;
    }
  }
  return -1;
}

class KernelCheckTest : public ::testing::Test {
 protected:
  KernelCheckTest() : world_(proc_.path()) {
    proc_.write("uptime", "86400.00 1.00\n");
    proc_.write("vmstat", "oom_kill 5\n");
    proc_.write("loadavg", "0.1 0.1 0.1 1/500 99\n");
    proc_.write("sys/kernel/pid_max", "1000\n");
    options_.log_path = proc_.write("kmsg", "");
    options_.run_root = proc_.make("run");
    options_.modules_root = proc_.make("modules");
  }

  CheckResult run(KernelCheck& check) { return world_.run(check, std::chrono::seconds(20)).result; }

  // A record of the kernel, `seconds` after its start.
  void log(int seconds, const std::string& text) {
    std::ofstream(options_.log_path, std::ios::app)
        << "4,1," << seconds << "000000,-;" << text << "\n SUBSYSTEM=x\n";
  }

  ProbeFolder proc_;
  ProbeWorld world_;
  KernelOptions options_;
};

TEST_F(KernelCheckTest, PassesWhereNothingHappened) {
  KernelCheck check(options_);
  const CheckResult result = run(check);
  EXPECT_EQ(result.outcome.result, Result::kPass);
  EXPECT_EQ(result.outcome.message, "no trouble in the last 15m; up 1d");
  EXPECT_EQ(value_of(result, "oom_kills"), 0) << "what was before the agent does not count";
  EXPECT_EQ(value_of(result, "threads"), 500);
  EXPECT_EQ(value_of(result, "uptime"), 86400);
  EXPECT_EQ(value_of(result, "reboot_required"), 0);
  EXPECT_EQ(value_of(result, "entropy"), -1) << "not there";
}

TEST_F(KernelCheckTest, CountsKillsOnceAndNamesThem) {
  KernelCheck check(options_);
  run(check);
  proc_.write("vmstat", "oom_kill 7\n");
  log(86400, "Out of memory: Killed process 4242 (postgres) total-vm:1kB");
  log(86400, "Out of memory: Killed process 4243 (java) total-vm:1kB");
  CheckResult result = run(check);
  EXPECT_EQ(value_of(result, "oom_kills"), 2);
  EXPECT_EQ(result.outcome.message,
            "2 processes killed for want of memory (java, postgres) in the last 15m; up 1d");
  result = run(check);
  EXPECT_EQ(value_of(result, "oom_kills"), 2) << "seen for the whole window";
}

TEST_F(KernelCheckTest, SeesWhatHappenedShortlyBeforeItsFirstRun) {
  log(10, "Out of memory: Killed process 1 (old) total-vm:1kB");
  log(86300, "Out of memory: Killed process 2 (fresh) total-vm:1kB");
  log(86300, "INFO: task dd:99 blocked for more than 120 seconds.");
  KernelCheck check(options_);
  const CheckResult result = run(check);
  EXPECT_EQ(value_of(result, "oom_kills"), 1);
  EXPECT_EQ(value_of(result, "hung_tasks"), 1);
  EXPECT_EQ(result.outcome.message,
            "1 process killed for want of memory (fresh), 1 hung task (dd) in the last 15m; up 1d");
}

TEST_F(KernelCheckTest, DoesWithoutTheLogUnlessItIsRequired) {
  std::filesystem::remove(options_.log_path);
  KernelCheck check(options_);
  run(check);
  proc_.write("vmstat", "oom_kill 6\n");
  CheckResult result = run(check);
  EXPECT_EQ(result.outcome.result, Result::kPass);
  EXPECT_TRUE(result.outcome.message.contains("cannot read ")) << result.outcome.message;
  EXPECT_EQ(value_of(result, "oom_kills"), 1) << "the kernel's counter is enough";
  EXPECT_EQ(value_of(result, "lockups"), -1) << "absent, not 0";

  options_.log = "required";
  KernelCheck strict(options_);
  result = run(strict);
  EXPECT_EQ(result.outcome.result, Result::kUnknown);
  EXPECT_EQ(result.outcome.reason, Reason::kUnsupported);
}

TEST_F(KernelCheckTest, ReadsALogOfAnyLength) {
  for (int i = 0; i < 20000; ++i) {
    log(86000, "usb 1-1: new device number " + std::to_string(i));
  }
  log(86000, "I/O error, dev sda, sector 1");
  KernelCheck check(options_);
  EXPECT_EQ(value_of(run(check), "io_errors"), 1);
}

TEST_F(KernelCheckTest, SaysThatARebootIsDueAndHowTheKernelIsTainted) {
  proc_.write("run/reboot-required", "");
  proc_.write("run/reboot-required.pkgs", "linux-image-6.1.0-25-amd64\n");
  proc_.write("sys/kernel/tainted", "4097\n");
  KernelCheck check(options_);
  const CheckResult result = run(check);
  EXPECT_EQ(value_of(result, "reboot_required"), 1);
  EXPECT_EQ(result.outcome.message,
            "no trouble in the last 15m; up 1d; tainted P O; needs a reboot: for "
            "linux-image-6.1.0-25-amd64");
}

TEST_F(KernelCheckTest, IsUnknownWithoutProc) {
  std::filesystem::remove(proc_.path() / "uptime");
  KernelCheck check(options_);
  EXPECT_EQ(run(check).outcome.reason, Reason::kUnsupported);
}

// The test's file is no device, which hands out one record a read; this is.
TEST(KernelLogReaderTest, ReadsTheRealLogWhereItMay) {
  KernelLogReader reader("/dev/kmsg");
  std::vector<KernelRecord> records;
  const auto more = reader.read(100, records);
  if (!more) {
    GTEST_SKIP() << "SKIPPED LOUDLY: " << could_not_read(more.error()).message;
  }
  EXPECT_FALSE(records.empty());
}

}  // namespace
}  // namespace hale::checks
