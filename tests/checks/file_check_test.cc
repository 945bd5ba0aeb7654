#include "checks/file_check.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/probe_folder.h"
#include "tests/support/probe_parameters.h"
#include "tests/support/probe_world.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::Parameters;
using monitor::Reason;
using monitor::Result;
using test::ProbeFolder;
using test::ProbeWorld;

Parameters parameters(const std::string& path,
                      const std::vector<std::pair<std::string, std::string>>& expected = {}) {
  Parameters all = test::default_parameters(file_descriptor().keys);
  all.set("path", path);
  Parameters expect = all.table("expect");
  for (const auto& [key, value] : expected) {
    expect.set(key, value);
  }
  all.set("expect", std::vector<Parameters>{expect});
  return all;
}

std::string refusal(const Parameters& all) {
  const auto made = file_descriptor().make(all);
  return made ? "" : made.error().key + ": " + made.error().message;
}

CheckResult run(const Parameters& all) {
  auto made = file_descriptor().make(all);
  EXPECT_TRUE(made.has_value());
  ProbeWorld world;
  return made ? world.run(**made, std::chrono::seconds(20)).result : CheckResult();
}

TEST(FileFactoryTest, RefusesWhatCannotWork) {
  EXPECT_EQ(refusal(parameters("/etc/passwd")), "");
  EXPECT_EQ(refusal(parameters("etc/passwd")), "path: \"etc/passwd\" is not an absolute path");
  EXPECT_TRUE(
      refusal(parameters("/x", {{"mode", "rw"}})).starts_with("expect.mode: \"rw\" is not"));
  EXPECT_TRUE(refusal(parameters("/x", {{"sha256", "abc"}})).starts_with("expect.sha256: \"abc\""));
  EXPECT_TRUE(refusal(parameters("/x", {{"content_regex", "("}}))
                  .starts_with("expect.content_regex: \"(\" is not a regular expression (missing"));
  Parameters large = parameters("/x", {{"content_regex", "x"}});
  large.set("max_size", std::int64_t{65} << 20);
  EXPECT_TRUE(refusal(large).starts_with("max_size: is too much to search"));
}

TEST(FileCheckTest, LooksAtTheContent) {
  const ProbeFolder folder;
  const std::string file = folder.write("state", "status: ok\nerrors: 0\n");
  EXPECT_EQ(run(parameters(file, {{"content_regex", "^status: ok\n"},
                                  {"content_not_regex", "errors: [1-9]"}}))
                .outcome.result,
            Result::kPass);
  EXPECT_EQ(run(parameters(file, {{"content_regex", "^ok"}})).outcome.reason, Reason::kValidation);
  EXPECT_EQ(run(parameters(file, {{"content_regex", "(?m)^errors: 0$"}})).outcome.result,
            Result::kPass);
  EXPECT_EQ(run(parameters(file, {{"content_not_regex", "ok"}})).outcome.reason,
            Reason::kValidation);
  const std::string empty = folder.write("empty", "");
  EXPECT_EQ(run(parameters(empty, {{"sha256",
                                    "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B"
                                    "855"}}))
                .outcome.result,
            Result::kPass);
  EXPECT_EQ(run(parameters(file, {{"sha256",
                                   "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b"
                                   "855"}}))
                .outcome.reason,
            Reason::kValidation);
}

TEST(FileCheckTest, DoesNotReadWhatHasNoEnd) {
  const ProbeFolder folder;
  const std::string pipe = folder.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  CheckResult result = run(parameters(pipe, {{"content_regex", "x"}}));
  EXPECT_EQ(result.outcome.result, Result::kUnknown);
  EXPECT_EQ(result.outcome.message, "is a pipe and has no content");
  Parameters small =
      parameters(folder.write("large", std::string(5000, 'x')), {{"content_regex", "x"}});
  small.set("max_size", std::int64_t{4096});
  EXPECT_EQ(run(small).outcome.reason, Reason::kUnsupported);
  // Says that it is empty, and is not.
  EXPECT_EQ(run(parameters("/proc/self/status", {{"content_regex", "(?m)^Pid:"}})).outcome.result,
            Result::kPass);
}

TEST(FileCheckTest, FollowsLinksUnlessToldNotTo) {
  const ProbeFolder folder;
  const std::string target = folder.write("target", "12345");
  const std::string link = folder.path() / "link";
  std::filesystem::create_symlink(target, link);
  EXPECT_EQ(run(parameters(link, {{"kind", "file"}})).outcome.result, Result::kPass);
  Parameters itself = parameters(link, {{"kind", "link"}});
  itself.set("follow_links", false);
  EXPECT_EQ(run(itself).outcome.result, Result::kPass);
  std::filesystem::remove(target);
  EXPECT_EQ(run(parameters(link)).outcome.reason, Reason::kMissing) << "it leads nowhere";
  EXPECT_EQ(run(itself).outcome.result, Result::kPass);
  std::filesystem::create_symlink("circle", folder.path() / "circle");
  EXPECT_EQ(run(parameters(folder.path() / "circle")).outcome.code, "ELOOP");
}

TEST(FileCheckTest, MakesItemsOfWhatMatches) {
  const ProbeFolder folder;
  const std::string old = folder.write("db-1.dump", "12345");
  folder.write("db-2.dump", "123");
  folder.write("other", "");
  std::filesystem::last_write_time(old,
                                   std::filesystem::last_write_time(old) - std::chrono::hours(48));
  const CheckResult result = run(parameters(folder.path() / "db-*.dump"));
  EXPECT_EQ(result.outcome.result, Result::kPass);
  ASSERT_EQ(result.items.size(), 2U);
  EXPECT_EQ(result.items[0].name, old);
  ASSERT_EQ(result.measurements.size(), 3U);
  EXPECT_EQ(result.measurements[0].value, 2);
  EXPECT_LT(result.measurements[1].value, 3600) << "the newest";
  EXPECT_EQ(result.measurements[2].value, 8);
  EXPECT_GE(result.items[0].measurements.at(0).value, 48 * 3600);
}

TEST(FileCheckTest, IsUnknownWhereTheAgentMayNotLook) {
  if (::geteuid() == 0) {
    GTEST_SKIP() << "SKIPPED LOUDLY: root may look everywhere";
  }
  const ProbeFolder folder;
  folder.write("locked/file", "");
  ASSERT_EQ(::chmod((folder.path() / "locked").c_str(), 0), 0);
  EXPECT_EQ(run(parameters(folder.path() / "locked/file")).outcome.reason, Reason::kPermission);
  EXPECT_EQ(run(parameters(folder.path() / "locked/*")).outcome.reason, Reason::kPermission);
  ASSERT_EQ(::chmod((folder.path() / "locked").c_str(), 0700), 0);
}

}  // namespace
}  // namespace hale::checks
