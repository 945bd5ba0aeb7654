#include "checks/exec/command_result.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <string>

#include <elf.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::Outcome;
using monitor::Phase;
using monitor::PoolFailure;
using monitor::Reason;
using monitor::Result;
using std::chrono::seconds;

ProcessReport exited(int status, const std::string& output, const std::string& errors = "") {
  ProcessReport report;
  report.status.value = status;
  report.output.text = output;
  report.errors.text = errors;
  return report;
}

CheckResult nagios(const ProcessReport& report) {
  return command_result({.nagios = true, .apply_ranges = false}, report, seconds(5));
}

CheckResult zero(const ProcessReport& report) {
  return command_result({.nagios = false, .apply_ranges = true}, report, seconds(5));
}

TEST(CommandResultTest, ReadsExitStatusesAsNagiosDoes) {
  const struct {
    int status;
    Result result;
    const char* message;
  } kCases[] = {
      {0, Result::kPass, "SAYS SO"},
      {1, Result::kWarn, "SAYS SO"},
      {2, Result::kFail, "SAYS SO"},
      {3, Result::kUnknown, "SAYS SO"},
      {4, Result::kFail, "exit status 4: SAYS SO"},
      {127, Result::kFail, "exit status 127: SAYS SO"},
      {255, Result::kFail, "exit status 255: SAYS SO"},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.status);
    const CheckResult result = nagios(exited(test.status, "SAYS SO | a=1\nmore\n"));
    EXPECT_EQ(result.outcome.result, test.result);
    EXPECT_EQ(result.outcome.message, test.message);
    EXPECT_EQ(result.outcome.reason, test.status == 0 ? Reason::kNone : Reason::kStatus);
    EXPECT_EQ(result.outcome.code, test.status == 0 ? "" : std::to_string(test.status));
    EXPECT_EQ(result.measurements.size(), 1U);
    EXPECT_EQ(result.excerpt, test.status == 0 ? "" : "SAYS SO | a=1\\nmore\\n");
  }
}

TEST(CommandResultTest, OrPassesZeroAlone) {
  EXPECT_EQ(zero(exited(0, "")).outcome.message, "exit status 0, no output");
  EXPECT_EQ(zero(exited(0, "all well\n")).outcome.result, Result::kPass);
  for (const int status : {1, 2, 3, 77}) {
    SCOPED_TRACE(status);
    const CheckResult result = zero(exited(status, "", "no such host\n"));
    EXPECT_EQ(result.outcome.result, Result::kFail);
    EXPECT_EQ(result.outcome.message, "exit status " + std::to_string(status) + ": no such host");
    EXPECT_EQ(result.excerpt, "no such host\\n");
  }
}

TEST(CommandResultTest, TakesTheWordsFromWhereTheyAre) {
  EXPECT_EQ(nagios(exited(2, "\n\n late line\n")).outcome.message, " late line");
  EXPECT_EQ(nagios(exited(2, "", "Traceback:\nboom\n")).outcome.message, "Traceback:");
  EXPECT_EQ(nagios(exited(2, "")).outcome.message, "exit status 2, no output");
  EXPECT_EQ(zero(exited(0, "a | b, not performance data\n")).outcome.message,
            "a | b, not performance data");
  const std::string message =
      nagios(exited(0, std::string(5000, 'x') + "\x1B[31m")).outcome.message;
  EXPECT_LE(message.size(), 400U);
  EXPECT_EQ(nagios(exited(0, "\x1B[31mred\xFF")).outcome.message, "\\x1b[31mred\\xff");
}

TEST(CommandResultTest, KeepsRangesOnlyWhereTheyCount) {
  // What check_ntp_time prints of a clock that is 50 ms behind, and calls OK. By the rule, 60 means
  // 0 to 60.
  const char* behind = "NTP OK: Offset -0.0497 secs|offset=-0.049652s;60.000000;120.000000;";
  EXPECT_TRUE(zero(exited(0, behind)).measurements.at(0).open->warn->alarms(-0.05));
  EXPECT_FALSE(nagios(exited(0, behind)).measurements.at(0).open->warn.has_value());
  EXPECT_FALSE(nagios(exited(0, "x | a=1;2;3")).measurements.at(0).open->warn.has_value());
  EXPECT_TRUE(zero(exited(0, "x | a=1;2;3")).measurements.at(0).open->warn.has_value());
}

TEST(CommandResultTest, FailsWhereASignalEndedIt) {
  ProcessReport report = exited(SIGSEGV, "half a | sent=1");
  report.status.signalled = true;
  const CheckResult result = nagios(report);
  EXPECT_EQ(result.outcome.result, Result::kFail);
  EXPECT_EQ(result.outcome.code, "SIGSEGV");
  EXPECT_EQ(result.outcome.message, "was killed by SIGSEGV; it said: half a");
  EXPECT_TRUE(result.measurements.empty());
}

TEST(CommandResultTest, FailsAsTimeoutWhereItDidNotEnd) {
  ProcessReport report = exited(0, "working\n");
  report.timed_out = true;
  CheckResult result = nagios(report);
  EXPECT_EQ(result.outcome.result, Result::kFail);
  EXPECT_EQ(result.outcome.reason, Reason::kTimeout);
  EXPECT_EQ(result.outcome.message, "had not ended after 5 s and was killed; it said: working");
  report.gone = false;
  result = nagios(report);
  EXPECT_TRUE(result.outcome.message.contains("cannot be killed")) << result.outcome.message;
}

TEST(CommandResultTest, IsUnknownWhereNobodyKnowsHowItEnded) {
  EXPECT_EQ(nagios(exited(ExitStatus::kLost, "fine")).outcome.result, Result::kUnknown);
}

Outcome cannot_start(const SpawnError& error, const std::string& user = "nobody") {
  SpawnSettings settings;
  settings.command = {"/opt/plugin", "-x"};
  settings.user = user;
  settings.directory = "/work";
  return start_failure({.failure = {}, .error = error}, settings, seconds(5));
}

TEST(StartFailureTest, SaysWhatIsWrong) {
  const struct {
    SpawnStep step;
    int error;
    const char* file;
    const char* head;
    Reason reason;
    const char* message;
  } kCases[] = {
      {SpawnStep::kExec, ENOENT, "", "", Reason::kMissing, "\"/opt/plugin\" does not exist"},
      {SpawnStep::kExec, ENOENT, "/opt/plugin", "#! /bin/pyton -u\n", Reason::kMissing,
       "\"/opt/plugin\": its interpreter \"/bin/pyton\" does not exist"},
      {SpawnStep::kExec, ENOENT, "/opt/plugin", "#!/bin/sh\r\n", Reason::kMissing,
       "\"/opt/plugin\": its interpreter \"/bin/sh\\r\" does not exist (the file has the line ends "
       "of Windows)"},
      {SpawnStep::kExec, ENOENT, "/opt/plugin",
       "\x7F"
       "ELF",
       Reason::kMissing, "\"/opt/plugin\": the loader that it asks for does not exist"},
      {SpawnStep::kExec, ENOEXEC, "/opt/plugin", "echo hi\n", Reason::kUnsupported,
       "\"/opt/plugin\" is no program, and as a script lacks its interpreter in the first line "
       "(write \"#!/bin/sh\" there)"},
      {SpawnStep::kExec, ENOEXEC, "/opt/plugin",
       "\x7F"
       "ELF",
       Reason::kUnsupported, "\"/opt/plugin\" is no program that this host can run"},
      {SpawnStep::kExec, ENOEXEC, "/opt/plugin", "", Reason::kUnsupported,
       "\"/opt/plugin\" is empty"},
      {SpawnStep::kExec, EACCES, "/opt/plugin", "", Reason::kPermission,
       "\"/opt/plugin\" may not be run: it is not executable (chmod +x)"},
      {SpawnStep::kExec, E2BIG, "/opt/plugin", "", Reason::kUnsupported,
       "\"/opt/plugin\" was not run: its arguments and environment are longer than the kernel "
       "takes "
       "(128 KiB each, and as a rule 2 MiB in all)"},
      {SpawnStep::kExec, ETXTBSY, "/opt/plugin", "", Reason::kAgent,
       "\"/opt/plugin\" is being written to by somebody"},
      {SpawnStep::kExec, EAGAIN, "/opt/plugin", "", Reason::kAgent,
       "\"/opt/plugin\" could not be run: Resource temporarily unavailable"},
      {SpawnStep::kUser, 0, "", "", Reason::kMissing, "there is no user \"nobody\""},
      {SpawnStep::kIdentity, EPERM, "", "", Reason::kPermission,
       "the agent could not become user \"nobody\": Operation not permitted (it has to run as "
       "root)"},
      {SpawnStep::kDirectory, ENOENT, "", "", Reason::kMissing,
       "the folder \"/work\" could not be entered: No such file or directory"},
      {SpawnStep::kPipe, EMFILE, "", "", Reason::kAgent,
       "no process could be made: Too many open files"},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.message);
    const Outcome outcome = cannot_start(
        {.step = test.step, .error = test.error, .file = test.file, .head = test.head});
    EXPECT_EQ(outcome.result, Result::kUnknown);
    EXPECT_EQ(outcome.phase, Phase::kSpawn);
    EXPECT_EQ(to_string(outcome.reason), to_string(test.reason));
    EXPECT_EQ(outcome.message, test.message);
  }
}

TEST(StartFailureTest, SaysWhoMayNotAndWhy) {
  SpawnError error = {
      .step = SpawnStep::kExec, .error = EACCES, .file = "/opt/plugin", .mode = S_IFREG | 0750};
  EXPECT_EQ(cannot_start(error).message,
            "\"/opt/plugin\" may not be run by user \"nobody\" (by its own rights, or those of a "
            "folder above it)");
  error.head = "#!/opt/perl -w\n";
  EXPECT_EQ(cannot_start(error, "").message,
            "\"/opt/plugin\" may not be run by the agent's user (by its own rights, those of a "
            "folder above it, or those of its interpreter \"/opt/perl\")");
  error.no_exec = true;
  EXPECT_EQ(cannot_start(error).message,
            "\"/opt/plugin\" may not be run: its file system is mounted with noexec");
  EXPECT_EQ(cannot_start(error).reason, Reason::kPermission);
  error.mode = S_IFDIR | 0755;
  EXPECT_EQ(cannot_start(error).message, "\"/opt/plugin\" is a folder, not a program");
  EXPECT_EQ(cannot_start(error).reason, Reason::kUnsupported);
}

TEST(StartFailureTest, TellsAProgramForAnotherProcessor) {
  // ELF, 64 bits, its machine an S/390: in either order of bytes.
  std::string head = std::string(ELFMAG) + std::string(60, '\0');
  head[EI_DATA] = ELFDATA2MSB;
  head[19] = EM_S390;
  const SpawnError error = {
      .step = SpawnStep::kExec, .error = ENOEXEC, .file = "/opt/plugin", .head = head};
  EXPECT_EQ(cannot_start(error).message,
            "\"/opt/plugin\" is a program for another kind of processor");
  SpawnError little = error;
  little.head[EI_DATA] = ELFDATA2LSB;
  little.head[19] = 0;
  little.head[18] = EM_S390;
  EXPECT_EQ(cannot_start(little).message, cannot_start(error).message);
}

TEST(StartFailureTest, SaysWhatThePoolHasToSay) {
  SpawnSettings settings;
  settings.command = {"/mnt/plugin"};
  const auto outcome = [&](PoolFailure failure) {
    return start_failure({.failure = failure, .error = {}}, settings, seconds(5));
  };
  EXPECT_EQ(outcome(PoolFailure::kTimeout).reason, Reason::kTimeout);
  EXPECT_EQ(outcome(PoolFailure::kStuck).reason, Reason::kStuck);
  EXPECT_EQ(outcome(PoolFailure::kFull).reason, Reason::kAgent);
  EXPECT_EQ(outcome(PoolFailure::kStuck).message,
            "an earlier attempt to load \"/mnt/plugin\" still hangs");
}

}  // namespace
}  // namespace hale::checks
