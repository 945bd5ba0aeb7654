#include "checks/proc/read_file.h"

#include <cerrno>
#include <string>

#include <gtest/gtest.h>

#include "checks/os_error.h"
#include "checks/proc/pressure.h"
#include "tests/support/probe_folder.h"

namespace hale::checks {
namespace {

using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;
using monitor::Result;
using test::ProbeFolder;

TEST(ReadFileTest, ReadsTheWholeFile) {
  const ProbeFolder folder;
  for (const std::size_t size : {0U, 1U, 8192U, 8193U, 100'000U}) {
    SCOPED_TRACE(size);
    const std::string text(size, 'x');
    const auto read = read_file(folder.write("file", text), 100'000);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(*read, text);
  }
}

TEST(ReadFileTest, RefusesAFileThatIsTooLarge) {
  const ProbeFolder folder;
  const auto read = read_file(folder.write("file", std::string(101, 'x')), 100);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().error, EFBIG);
}

TEST(ReadFileTest, SaysWhyItCannotRead) {
  const ProbeFolder folder;
  const std::string path = folder.path() / "missing";
  const auto missing = read_file(path, 100);
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().error, ENOENT);
  EXPECT_EQ(missing.error().path, path);
  const auto directory = read_file(folder.path(), 100);
  ASSERT_FALSE(directory.has_value());
  EXPECT_EQ(directory.error().error, EISDIR);
}

TEST(ReadFileTest, WhatCannotBeReadIsUnknownForAReason) {
  struct Case {
    int error;
    Reason reason;
    const char* code;
  };
  const Case cases[] = {
      {ENOENT, Reason::kUnsupported, "ENOENT"},
      {ENOTDIR, Reason::kUnsupported, "ENOTDIR"},
      {EOPNOTSUPP, Reason::kUnsupported, "EOPNOTSUPP"},
      {EACCES, Reason::kPermission, "EACCES"},
      {EPERM, Reason::kPermission, "EPERM"},
      {EMFILE, Reason::kAgent, "EMFILE"},
      {ENFILE, Reason::kAgent, "ENFILE"},
      {ENOMEM, Reason::kAgent, "ENOMEM"},
      {EIO, Reason::kInternal, "EIO"},
      {EFBIG, Reason::kInternal, "EFBIG"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.code);
    const Outcome outcome = could_not_read(ReadError{.error = c.error, .path = "/proc/x"});
    EXPECT_EQ(outcome.result, Result::kUnknown);
    EXPECT_EQ(outcome.reason, c.reason);
    EXPECT_EQ(outcome.phase, Phase::kRun);
    EXPECT_EQ(outcome.code, c.code);
    EXPECT_TRUE(outcome.message.starts_with("cannot read /proc/x: ")) << outcome.message;
  }
}

TEST(ReadFileTest, ShowsTheLineThatItCannotParseInPrintableForm) {
  const Outcome outcome = could_not_parse("/proc/x", "bad\tline\x80");
  EXPECT_EQ(outcome.result, Result::kUnknown);
  EXPECT_EQ(outcome.reason, Reason::kInternal);
  EXPECT_EQ(outcome.message, "/proc/x has an unexpected line: \"bad?line?\"");
  const Outcome cut = could_not_parse("/proc/x", std::string(500, 'a'));
  EXPECT_EQ(cut.message, "/proc/x has an unexpected line: \"" + std::string(120, 'a') + "...\"");
}

TEST(PressureFileTest, IsAbsentWhereTheKernelKeepsNone) {
  const ProbeFolder folder;
  const auto pressure = read_pressure(folder.path(), "memory");
  ASSERT_TRUE(pressure.has_value());
  EXPECT_EQ(*pressure, std::nullopt);
}

TEST(PressureFileTest, IsReadOrUnknown) {
  const ProbeFolder folder;
  folder.write("pressure/memory", "some avg10=50.00 avg60=0.00 avg300=0.00 total=0\n");
  const auto pressure = read_pressure(folder.path(), "memory");
  ASSERT_TRUE(pressure.has_value());
  EXPECT_EQ(*pressure, 0.5);
  folder.write("pressure/memory", "none of it\n");
  const auto garbage = read_pressure(folder.path(), "memory");
  ASSERT_FALSE(garbage.has_value());
  EXPECT_EQ(garbage.error().reason, Reason::kInternal);
}

TEST(OsErrorTest, NamesErrors) {
  EXPECT_EQ(errno_name(ECONNREFUSED), "ECONNREFUSED");
  EXPECT_EQ(errno_text(ECONNREFUSED), "Connection refused");
  EXPECT_EQ(errno_name(4711), "errno 4711");
}

}  // namespace
}  // namespace hale::checks
