#include "checks/proc/process_list.h"

#include <algorithm>
#include <chrono>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/support/probe_folder.h"

namespace hale::checks {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ProcFolder : public test::ProbeFolder {
 public:
  ProcFolder() {
    write("uptime", "1000.50 1.0\n");
    write("812/stat",
          "812 (nginx) S 1 812 812 0 -1 4194560 0 0 0 0 150 250 0 0 20 0 7 0 90000 1 2 0 0 0\n");
    write("812/status", "Uid:\t0\t33\t0\t0\nvoluntary_ctxt_switches:\t5\n");
    write("812/cmdline", std::string("nginx\0-g\0", 9));
    write("812/cgroup", "0::/system.slice/nginx.service\n");
    write("812/limits", "Max open files            1024                 524288\n");
    for (const char* fd : {"0", "1", "2"}) {
      write(std::string("812/fd/") + fd, "");
    }
    write("2/stat", "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 1 0 0 0 0 0\n");
    make("net");
    make("not-a-pid");
  }
};

TEST(ProcessListTest, ReadsEveryField) {
  const ProcFolder proc;
  auto ids = process_ids(proc.path());
  ASSERT_TRUE(ids);
  std::ranges::sort(*ids);
  EXPECT_EQ(*ids, (std::vector<pid_t>{2, 812}));
  const auto uptime = read_uptime(proc.path());
  ASSERT_TRUE(uptime);
  EXPECT_EQ(*uptime, milliseconds(1000500));

  const auto process = read_process(
      proc.path(), 812,
      kProcessCommand | kProcessUser | kProcessCgroup | kProcessFiles | kProcessSwitches, *uptime);
  ASSERT_TRUE(process);
  EXPECT_EQ(process->name, "nginx");
  EXPECT_EQ(process->command, (std::vector<std::string>{"nginx", "-g"}));
  EXPECT_EQ(process->uid, 33U);
  EXPECT_EQ(process->unit, "nginx.service");
  EXPECT_EQ(process->most_open_files, 1024U);
  EXPECT_TRUE(process->open_files.has_value());
  EXPECT_EQ(process->switches, 5U);
  EXPECT_EQ(process->threads, 7U);
  EXPECT_EQ(process->resident_bytes, 2 * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
  if (::sysconf(_SC_CLK_TCK) == 100) {
    EXPECT_EQ(process->age, milliseconds(100500));
    EXPECT_EQ(process->cpu_time, seconds(4));
  }
  EXPECT_FALSE(process->kernel_thread);
  EXPECT_TRUE(read_process(proc.path(), 2, 0, *uptime)->kernel_thread);
}

TEST(ProcessListTest, AProcessThatIsGoneIsNoError) {
  const ProcFolder proc;
  EXPECT_FALSE(read_process(proc.path(), 4711, 0, seconds(1)));
  auto process = read_process(proc.path(), 812, 0, seconds(1000));
  ASSERT_TRUE(process);
  proc.write("812/stat",
             "812 (other) S 1 812 812 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 95000 1 2 0 0 0\n");
  EXPECT_FALSE(read_more(proc.path(), kProcessUser, *process)) << "its number is another's now";
}

TEST(ProcessListTest, SeesThatForeignProcessesAreHidden) {
  const test::ProbeFolder proc;
  proc.write("self/stat", "");
  EXPECT_TRUE(processes_are_hidden(proc.path()));
  proc.write("1/stat", "");
  EXPECT_FALSE(processes_are_hidden(proc.path()));
  EXPECT_FALSE(processes_are_hidden("/proc"));
}

TEST(ProcessListTest, KnowsThisProcess) {
  const auto uptime = read_uptime("/proc");
  ASSERT_TRUE(uptime);
  const auto self =
      read_process("/proc", ::getpid(),
                   kProcessExecutable | kProcessCommand | kProcessUser | kProcessFiles, *uptime);
  ASSERT_TRUE(self);
  EXPECT_TRUE(self->executable.ends_with("hale_checks_tests")) << self->executable;
  EXPECT_EQ(self->uid, ::geteuid());
  EXPECT_GE(self->open_files.value_or(0), 3U);
  EXPECT_GT(self->resident_bytes, 0U);
  EXPECT_LT(self->age, std::chrono::minutes(10));
}

}  // namespace
}  // namespace hale::checks
