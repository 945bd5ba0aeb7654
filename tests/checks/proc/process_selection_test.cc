#include "checks/proc/process_selection.h"

#include <chrono>
#include <functional>
#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/probe_folder.h"

namespace hale::checks {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr pid_t kAgent = 99;

Process nginx() {
  Process process;
  process.pid = 812;
  process.parent = 1;
  process.name = "nginx";
  process.command = {"nginx: worker process"};
  process.uid = 33;
  process.unit = "nginx.service";
  process.cgroup = "/system.slice/nginx.service";
  return process;
}

TEST(ProcessSelectorTest, AllThatIsGivenHasToHold) {
  const auto pattern = [](const char* text) { return *Pattern::compile(text); };
  const struct {
    const char* what;
    std::function<void(ProcessSelector&)> set;
    bool selected;
  } cases[] = {
      {"name", [](ProcessSelector& s) { s.name = "nginx"; }, true},
      {"other name", [](ProcessSelector& s) { s.name = "nginx2"; }, false},
      {"part of a name", [](ProcessSelector& s) { s.name = "ngin"; }, false},
      {"command", [&](ProcessSelector& s) { s.command = pattern("worker"); }, true},
      {"other command", [&](ProcessSelector& s) { s.command = pattern("master"); }, false},
      {"user",
       [](ProcessSelector& s) {
         s.user = "www-data";
         s.uid = 33;
       },
       true},
      {"other user",
       [](ProcessSelector& s) {
         s.user = "root";
         s.uid = 0;
       },
       false},
      {"unit", [](ProcessSelector& s) { s.unit = "nginx.service"; }, true},
      {"other unit", [](ProcessSelector& s) { s.unit = "ginx.service"; }, false},
      {"group", [](ProcessSelector& s) { s.cgroup = "/system.slice/nginx.service"; }, true},
      {"group above", [](ProcessSelector& s) { s.cgroup = "/system.slice"; }, true},
      {"half a group", [](ProcessSelector& s) { s.cgroup = "/system.sl"; }, false},
      {"all groups", [](ProcessSelector& s) { s.cgroup = "/"; }, true},
      {"one of two",
       [](ProcessSelector& s) {
         s.name = "nginx";
         s.unit = "apache2.service";
       },
       false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.what);
    ProcessSelector selector;
    c.set(selector);
    EXPECT_EQ(is_selected(selector, nginx(), kAgent), c.selected);
  }
}

TEST(ProcessSelectorTest, ALongNameIsToldByTheCommandAsWell) {
  ProcessSelector selector;
  selector.name = "prometheus-node-exporter";
  Process process = nginx();
  process.name = "prometheus-node";
  process.command = {"/usr/bin/prometheus-node-exporter"};
  EXPECT_TRUE(is_selected(selector, process, kAgent));
  process.command = {"/usr/bin/prometheus-node-other"};
  EXPECT_FALSE(is_selected(selector, process, kAgent));
}

TEST(ProcessSelectorTest, TheAgentAndTheKernelAreNotMeantInPassing) {
  ProcessSelector by_command;
  by_command.command = *Pattern::compile("nginx");
  Process process = nginx();
  process.parent = kAgent;
  EXPECT_FALSE(is_selected(by_command, process, kAgent)) << "a plugin that the agent runs";
  process.pid = kAgent;
  EXPECT_FALSE(is_selected(by_command, process, kAgent));
  ProcessSelector by_name;
  by_name.name = "nginx";
  EXPECT_TRUE(is_selected(by_name, process, kAgent));
  process.kernel_thread = true;
  EXPECT_FALSE(is_selected(by_name, process, kAgent));
  by_name.kernel_threads = true;
  EXPECT_TRUE(is_selected(by_name, process, kAgent));
}

TEST(PidFileTest, SaysWhyItLeadsNowhere) {
  const test::ProbeFolder folder;
  const struct {
    std::string path;
    std::optional<pid_t> pid;
    std::string why;
  } cases[] = {
      {folder.write("good", "812\n"), 812, ""},
      {folder.path() / "missing", std::nullopt, " does not exist"},
      {folder.write("empty", ""), std::nullopt, " is empty"},
      {folder.write("words", "no pid\n"), std::nullopt, " does not begin with a pid"},
      {folder.make("folder"), std::nullopt, " is not a file"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.path);
    const PidFile file = read_pid_file(c.path);
    EXPECT_EQ(file.pid, c.pid);
    EXPECT_TRUE(file.why.ends_with(c.why)) << file.why;
    EXPECT_FALSE(file.unread);
  }
  const std::string pipe = folder.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_TRUE(read_pid_file(pipe).why.ends_with(" is not a file")) << "and nobody waits for it";
}

TEST(PidFileTest, AProcessThatBeganLaterGotTheNumberOfAnother) {
  const monitor::WallTime now = monitor::WallTime(hours(10000));
  PidFile file;
  file.pid = 812;
  file.written = now - hours(3);
  Process process = nginx();
  process.age = hours(3) + seconds(1);
  EXPECT_EQ(stale_pid(file, process, now, false), "");
  process.age = hours(3) - seconds(1);
  EXPECT_EQ(stale_pid(file, process, now, false), "") << "clocks are no better";
  process.age = hours(1);
  EXPECT_EQ(stale_pid(file, process, now, false), "started 2h after the file was written");
  EXPECT_EQ(stale_pid(file, process, now, true), "") << "the clock may have been set since";
}

}  // namespace
}  // namespace hale::checks
