// The exec check against real programs: those that behave, and every way in which one does not.
#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <elf.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checks/exec_check.h"
#include "checks/process/reaper.h"
#include "tests/support/probe_folder.h"
#include "tests/support/probe_parameters.h"
#include "tests/support/probe_world.h"

namespace hale::checks {
namespace {

using monitor::Parameters;
using monitor::Phase;
using monitor::Reason;
using monitor::Result;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::ProbeFolder;
using test::ProbeRun;
using test::ProbeWorld;

// Processes that have the variable MARK=`mark` in their environment, alive and not zombies.
std::size_t count_marked(const std::string& mark) {
  std::size_t count = 0;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    std::ifstream file(entry.path() / "environ", std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    count += text.str().contains("MARK=" + mark + '\0') ? 1 : 0;
  }
  return count;
}

std::size_t count_entries(const char* folder) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) {
    ++count;
  }
  return count;
}

// Neither one that runs nor a zombie; leaves them to whose they are.
bool has_no_child() {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD;
}

class ExecCheckTest : public ::testing::Test {
 protected:
  ExecCheckTest()
      : mark_(std::to_string(::getpid()) + "-" +
              ::testing::UnitTest::GetInstance()->current_test_info()->name()) {}

  // None of the test's commands is left, as a process or as a zombie.
  void TearDown() override {
    EXPECT_TRUE(world_.wait_for([this] { return count_marked(mark_) == 0; }, seconds(10)))
        << "what was killed goes in its own time, but it goes";
    EXPECT_TRUE(world_.wait_for(has_no_child, seconds(10)))
        << "a zombie, or a child that still runs";
  }

  std::unique_ptr<monitor::Check> make(const std::vector<std::string>& command,
                                       const std::function<void(Parameters&)>& set = {}) {
    Parameters parameters = test::default_parameters(exec_descriptor().keys);
    monitor::TextList words;
    for (const std::string& word : command) {
      words.push_back({.value = word});
    }
    parameters.set("command", words);
    parameters.set("env", monitor::TextMap{{"MARK", {.value = mark_}}});
    if (set) {
      set(parameters);
    }
    auto made = exec_descriptor().make(parameters);
    EXPECT_TRUE(made.has_value());
    return made ? std::move(*made) : nullptr;
  }

  std::unique_ptr<monitor::Check> shell(const std::string& script,
                                        const std::function<void(Parameters&)>& set = {}) {
    return make({"/bin/sh", "-c", script}, set);
  }

  ProbeRun run(const std::unique_ptr<monitor::Check>& check,
               monitor::Duration timeout = seconds(30)) {
    return world_.run(*check, timeout);
  }

  ProbeWorld world_;
  std::string mark_;
};

void expect_outcome(const ProbeRun& run, Result result, Reason reason, const std::string& message) {
  EXPECT_FALSE(run.threw);
  EXPECT_EQ(to_string(run.result.outcome.result), to_string(result));
  EXPECT_EQ(to_string(run.result.outcome.reason), to_string(reason));
  EXPECT_EQ(run.result.outcome.message, message);
}

void expect_timeout(const ProbeRun& run, monitor::Duration timeout) {
  EXPECT_FALSE(run.threw);
  EXPECT_EQ(to_string(run.result.outcome.result), to_string(Result::kFail));
  EXPECT_EQ(to_string(run.result.outcome.reason), to_string(Reason::kTimeout))
      << run.result.outcome.message;
  EXPECT_LT(run.took, timeout + milliseconds(50));
}

TEST_F(ExecCheckTest, ReadsStatusOutputAndPerformanceData) {
  const ProbeRun run = this->run(shell("echo 'USERS WARNING - 7 |users=7;5;10;0'; exit 1"));
  expect_outcome(run, Result::kWarn, Reason::kStatus, "USERS WARNING - 7");
  ASSERT_EQ(run.result.measurements.size(), 1U);
  EXPECT_EQ(run.result.measurements[0].name, "users");
  EXPECT_EQ(run.result.measurements[0].value, 7);
  EXPECT_EQ(run.result.excerpt, "USERS WARNING - 7 |users=7;5;10;0\\n");
  ASSERT_EQ(run.phases.size(), 2U);
  EXPECT_EQ(run.phases[0].phase, Phase::kSpawn);
  EXPECT_EQ(run.phases[1].phase, Phase::kRun);
}

TEST_F(ExecCheckTest, HandsArgumentsOverAsTheyAre) {
  const ProbeRun run = this->run(make({"/usr/bin/printf", "%s,", "a b", "$HOME", "*", "'", ""}));
  expect_outcome(run, Result::kPass, Reason::kNone, "a b,$HOME,*,',,");
}

TEST_F(ExecCheckTest, FindsANameInPath) {
  expect_outcome(this->run(make({"echo", "hello"})), Result::kPass, Reason::kNone, "hello");
}

TEST_F(ExecCheckTest, GivesAnEnvironmentOfItsOwn) {
  ASSERT_EQ(::setenv("HALE_TEST_LEAK", "1", 1), 0);
  const auto set = [&](Parameters& parameters) {
    parameters.set("env", monitor::TextMap{{"MARK", {.value = mark_}},
                                           {"LANG", {.value = "C"}},
                                           {"GIVEN", {.value = "a=b"}}});
    parameters.set("directory", std::string("/usr"));
  };
  const ProbeRun run = this->run(shell("env | sort | tr '\\n' ' '; pwd", set));
  const std::string& message = run.result.outcome.message;
  EXPECT_FALSE(message.contains("HALE_TEST_LEAK")) << message;
  EXPECT_TRUE(message.contains("GIVEN=a=b LANG=C ") || message.contains("GIVEN=a=b HOME="))
      << message;
  EXPECT_TRUE(message.contains(" LANG=C ")) << message;
  EXPECT_TRUE(message.contains("PATH=/usr/local/sbin:")) << message;
  EXPECT_TRUE(message.ends_with(" /usr")) << message;
  ASSERT_EQ(::unsetenv("HALE_TEST_LEAK"), 0);
}

TEST_F(ExecCheckTest, HandsDownNoDescriptorSignalOrGroup) {
  const ProbeFolder folder;
  const int leak = ::open("/dev/null", O_RDONLY);  // not closed on exec
  const ProbeRun run = this->run(
      shell("echo $(ls /proc/self/fd | wc -l) $(grep -E 'SigBlk|SigIgn' /proc/self/status | tr -d "
            "'\\n\\t');"
            " [ $(ps -o pgid= -p $$) -eq $$ ] && echo leader; read line || echo no input"));
  ::close(leak);
  EXPECT_EQ(run.result.excerpt, "");
  // 0, 1, 2 and the one with which ls reads the folder.
  EXPECT_EQ(run.result.outcome.message, "4 SigBlk:0000000000000000SigIgn:0000000000000000");
}

TEST_F(ExecCheckTest, SetsResources) {
  const auto set = [](Parameters& parameters) {
    Parameters resources = parameters.table("resources");
    resources.set("open_files", std::int64_t{64});
    resources.set("cpu", monitor::Duration(seconds(7)));
    resources.set("memory", std::int64_t{1} << 30);
    resources.set("file_size", std::int64_t{512 * 4});
    parameters.set("resources", std::vector<Parameters>{resources});
  };
  const ProbeRun run =
      this->run(shell("echo $(ulimit -S -n) $(ulimit -t) $(ulimit -v) $(ulimit -f)", set));
  expect_outcome(run, Result::kPass, Reason::kNone, "64 7 1048576 4");
  EXPECT_TRUE(this->run(shell("ulimit -S -n")).result.outcome.message == "1024");
}

TEST_F(ExecCheckTest, SaysThatTheCpuLimitEndedIt) {
  const auto set = [](Parameters& parameters) {
    Parameters resources = parameters.table("resources");
    resources.set("cpu", monitor::Duration(seconds(1)));
    parameters.set("resources", std::vector<Parameters>{resources});
  };
  const ProbeRun run = this->run(shell("while :; do :; done", set));
  EXPECT_EQ(run.result.outcome.result, Result::kFail);
  EXPECT_EQ(run.result.outcome.code, "SIGXCPU");
}

TEST_F(ExecCheckTest, RunsAsAnotherUser) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "SKIPPED LOUDLY: only root may change users";
  }
  const auto as = [](const char* user) {
    return [user](Parameters& parameters) { parameters.set("user", std::string(user)); };
  };
  const ProbeRun run = this->run(
      shell("echo $(id -un) $(id -G) $USER; touch /etc/hale-test 2>/dev/null", as("nobody")));
  expect_outcome(run, Result::kWarn, Reason::kStatus, "nobody 65534 nobody");
}

TEST_F(ExecCheckTest, IsUnknownWithoutTheUser) {
  const ProbeRun run = this->run(make({"/bin/true"}, [](Parameters& parameters) {
    parameters.set("user", std::string("no-such-user"));
  }));
  expect_outcome(run, Result::kUnknown, Reason::kMissing, "there is no user \"no-such-user\"");
  EXPECT_EQ(run.result.outcome.phase, Phase::kSpawn);
}

// The header of a 64-bit program for an S/390, which needs nothing more to be refused.
std::string foreign_program() {
  std::string header = std::string(ELFMAG) + std::string(60, '\0');
  header[EI_CLASS] = ELFCLASS64;
  header[EI_DATA] = ELFDATA2MSB;
  header[EI_VERSION] = EV_CURRENT;
  header[17] = ET_EXEC;
  header[19] = EM_S390;
  return header;
}

TEST_F(ExecCheckTest, SaysWhyACommandCannotBeRun) {
  const ProbeFolder folder;
  const auto path = [&](const char* name, const char* text, mode_t mode) {
    std::string file = folder.write(name, text);
    EXPECT_EQ(::chmod(file.c_str(), mode), 0);
    return file;
  };
  const std::string plain = path("plain", "echo hello\n", 0755);
  const std::string dos = path("dos", "#!/bin/sh\r\necho hello\r\n", 0755);
  const std::string lost = path("lost", "#!/usr/bin/no-such-python -u\n", 0755);
  const std::string locked = path("locked", "#!/bin/sh\n", 0644);
  const std::string empty = path("empty", "", 0755);
  const std::string barred = path("barred", ("#!" + locked + "\n").c_str(), 0755);
  const std::string foreign = path("foreign", "", 0755);
  std::ofstream(foreign, std::ios::binary) << foreign_program();
  const std::string where = folder.path();
  const struct {
    std::string command;
    Reason reason;
    std::string message;
  } kCases[] = {
      {where + "/none", Reason::kMissing, "\"" + where + "/none\" does not exist"},
      {"no-such-command", Reason::kMissing,
       "\"no-such-command\" is in none of "
       "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
      {plain, Reason::kUnsupported,
       "\"" + plain +
           "\" is no program, and as a script lacks its interpreter in the first line (write "
           "\"#!/bin/sh\" there)"},
      {dos, Reason::kMissing,
       "\"" + dos +
           "\": its interpreter \"/bin/sh\\r\" does not exist (the file has the line ends of "
           "Windows)"},
      {lost, Reason::kMissing,
       "\"" + lost + "\": its interpreter \"/usr/bin/no-such-python\" does not exist"},
      {locked, Reason::kPermission,
       "\"" + locked + "\" may not be run: it is not executable (chmod +x)"},
      {barred, Reason::kPermission,
       "\"" + barred +
           "\" may not be run by the agent's user (by its own rights, those of a folder above it, "
           "or those of its interpreter \"" +
           locked + "\")"},
      {where, Reason::kUnsupported, "\"" + where + "\" is a folder, not a program"},
      {empty, Reason::kUnsupported, "\"" + empty + "\" is empty"},
      {foreign, Reason::kUnsupported,
       "\"" + foreign + "\" is a program for another kind of processor"},
      {locked + "/check", Reason::kMissing, "\"" + locked + "/check\" does not exist"},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.command);
    const ProbeRun run = this->run(make({test.command}));
    expect_outcome(run, Result::kUnknown, test.reason, test.message);
    EXPECT_EQ(run.result.outcome.phase, Phase::kSpawn);
    EXPECT_LT(run.took, seconds(5));
  }
}

TEST_F(ExecCheckTest, SaysThatThereIsTooMuchToHandOver) {
  const ProbeRun run = this->run(make({"/bin/true", std::string(200'000, 'x')}));
  expect_outcome(run, Result::kUnknown, Reason::kUnsupported,
                 "\"/bin/true\" was not run: its arguments and environment are longer than the "
                 "kernel takes (128 KiB each, and as a rule 2 MiB in all)");
  EXPECT_EQ(run.result.outcome.code, "E2BIG");
}

TEST_F(ExecCheckTest, KillsACommandThatHangs) {
  const auto check = shell("echo started; sleep 1000; echo never");
  const ProbeRun run = this->run(check, milliseconds(400));
  expect_timeout(run, milliseconds(400));
  const std::string& message = run.result.outcome.message;
  EXPECT_TRUE(message.starts_with("had not ended after ")) << message;
  EXPECT_TRUE(message.ends_with(" ms and was killed; it said: started")) << message;
  EXPECT_FALSE(run.cancelled) << "it has the last word before the deadline";
}

TEST_F(ExecCheckTest, KillsACommandThatIgnoresEverythingItMay) {
  const ProbeFolder folder;
  const std::string heard = folder.path() / "heard";
  const auto check = shell("trap 'echo x >> " + heard +
                           "' TERM; trap '' HUP INT QUIT; while :; do sleep 0.01; done");
  const ProbeRun run = this->run(check, seconds(1));
  expect_timeout(run, seconds(1));
}

TEST_F(ExecCheckTest, LetsACommandCleanUpWhenItIsAsked) {
  const ProbeFolder folder;
  const std::string cleaned = folder.path() / "cleaned";
  const auto check = shell("trap 'echo done > " + cleaned + "; exit 0' TERM; sleep 1000 & wait");
  const ProbeRun run = this->run(check, seconds(2));
  expect_timeout(run, seconds(2));
  EXPECT_TRUE(std::filesystem::exists(cleaned));
}

TEST_F(ExecCheckTest, OutlivesAFloodOnBothOutputs) {
  const ProbeRun done = this->run(shell("yes out & yes error >&2 & sleep 0.2"));
  EXPECT_EQ(done.result.outcome.result, Result::kPass)
      << "the shell ended, what it left was killed";

  const auto endless = shell("yes out >&2 & exec yes out");
  const ProbeRun run = this->run(endless, seconds(1));
  expect_timeout(run, seconds(1));
  EXPECT_TRUE(run.result.excerpt.starts_with("out\\nout\\n"));
  EXPECT_LE(run.result.excerpt.size(), 1000U);
}

TEST_F(ExecCheckTest, DiscardsWhatIsTooMuchAndStillSeesTheEnd) {
  const ProbeRun run =
      this->run(shell("echo head; head -c 3000000 /dev/zero | tr '\\0' x; echo; exit 2"));
  expect_outcome(run, Result::kFail, Reason::kStatus, "head");
}

TEST_F(ExecCheckTest, DoesNotWaitForAnOrphanThatKeepsThePipeOpen) {
  const ProbeRun run = this->run(shell("sleep 1000 & echo OK"));
  expect_outcome(run, Result::kPass, Reason::kNone, "OK");
  EXPECT_LT(run.took, seconds(10));
}

TEST_F(ExecCheckTest, DoesNotWaitForOneThatLeftTheGroup) {
  const ProbeFolder folder;
  const std::string number = folder.path() / "pid";
  const ProbeRun run =
      this->run(shell("setsid sh -c 'echo $$ > " + number + "; exec sleep 1000' & while [ ! -s " +
                      number + " ]; do :; done; echo OK"));
  expect_outcome(run, Result::kPass, Reason::kNone, "OK");
  EXPECT_LT(run.took, seconds(10));
  pid_t escaped = 0;
  std::ifstream(number) >> escaped;
  ASSERT_GT(escaped, 1);
  EXPECT_EQ(::kill(escaped, SIGKILL), 0) << "it is not ours to kill, and lives";
}

TEST_F(ExecCheckTest, KillsAStormOfProcesses) {
  const auto check = shell(
      "i=0; while [ $i -lt 200 ]; do (trap '' TERM; while :; do sleep 5; done) & i=$((i+1)); done; "
      "sleep 1000");
  const ProbeRun run = this->run(check, seconds(3));
  expect_timeout(run, seconds(3));
}

TEST_F(ExecCheckTest, ReportsOddEnds) {
  expect_outcome(this->run(shell("kill -SEGV $$")), Result::kFail, Reason::kStatus,
                 "was killed by SIGSEGV");
  expect_outcome(this->run(shell("echo last words; kill -KILL $$")), Result::kFail, Reason::kStatus,
                 "was killed by SIGKILL; it said: last words");
  expect_outcome(this->run(shell("exit 77")), Result::kFail, Reason::kStatus,
                 "exit status 77, no output");
  expect_outcome(this->run(shell("exec >&- 2>&-; exit 0")), Result::kPass, Reason::kNone,
                 "exit status 0, no output");
  expect_outcome(this->run(shell("printf 'no end of line'")), Result::kPass, Reason::kNone,
                 "no end of line");
}

TEST_F(ExecCheckTest, IsGoneSoonAfterAPause) {
  const auto check = shell("trap '' TERM; while :; do sleep 0.01; done");
  const ProbeRun run = world_.run_and_cancel(*check, seconds(60), milliseconds(300));
  EXPECT_LT(run.took, seconds(3));
  EXPECT_TRUE(run.cancelled);
}

TEST_F(ExecCheckTest, LeavesNothingBehind) {
  const auto good = shell("echo fine");
  const auto bad = shell("sleep 1000");
  const auto none = make({"/no/such/command"});
  const auto round = [&] {
    for (int i = 0; i < 5; ++i) {
      EXPECT_EQ(run(good).result.outcome.result, Result::kPass);
      expect_timeout(run(bad, milliseconds(100)), milliseconds(100));
      EXPECT_EQ(run(none).result.outcome.result, Result::kUnknown);
    }
  };
  round();
  const std::size_t descriptors = count_entries("/proc/self/fd");
  const std::size_t threads = count_entries("/proc/self/task");
  round();
  EXPECT_EQ(count_entries("/proc/self/fd"), descriptors);
  EXPECT_EQ(count_entries("/proc/self/task"), threads);
  EXPECT_EQ(world_.services().shared<Reaper>().waiting(), 0U);
}

TEST_F(ExecCheckTest, TellsItsStoryWithoutSecrets) {
  const auto set = [&](Parameters& parameters) {
    parameters.set("env", monitor::TextMap{{"MARK", {.value = mark_}},
                                           {"PASSWORD", {.value = "hunter2", .secret = true}}});
  };
  const ProbeRun run = this->run(shell("echo login with $PASSWORD failed; exit 2", set));
  expect_outcome(run, Result::kFail, Reason::kStatus, "login with *** failed");
  EXPECT_EQ(run.result.excerpt, "login with *** failed\\n");
}

}  // namespace
}  // namespace hale::checks
