#include "checks/file/expectation.h"

#include <cerrno>
#include <chrono>
#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::ItemResult;
using monitor::Reason;
using monitor::Result;

const monitor::WallTime kNow{std::chrono::hours(24 * 20000)};

FileFacts sample() {
  FileFacts facts;
  facts.path = "/srv/state";
  facts.mode = S_IFREG | 0640;
  facts.owner = 0;
  facts.group = 4;
  facts.owner_name = "root";
  facts.group_name = "adm";
  facts.size = 2048;
  facts.modified = kNow - std::chrono::minutes(3);
  return facts;
}

TEST(FileExpectationTest, MeasuresWhatIsThere) {
  const ItemResult item = judge_file(sample(), {}, kNow);
  EXPECT_EQ(item.name, "/srv/state");
  EXPECT_EQ(item.outcome.result, Result::kPass);
  EXPECT_EQ(item.outcome.message, "2.0 KiB, 3m old, 0640 root:adm");
  ASSERT_EQ(item.measurements.size(), 2U);
  EXPECT_EQ(item.measurements[0].value, 180);
  EXPECT_EQ(item.measurements[1].value, 2048);
  FileFacts future = sample();
  future.modified = kNow + std::chrono::hours(2);
  const ItemResult odd = judge_file(future, {}, kNow);
  EXPECT_EQ(odd.measurements[0].value, 0);
  EXPECT_TRUE(odd.outcome.message.contains("dated 2h in the future")) << odd.outcome.message;
}

TEST(FileExpectationTest, ComparesRightsKindAndContent) {
  const std::string hash(64, 'a');
  const auto message = [](const FileExpectation& expectation, const FileFacts& facts) {
    const ItemResult item = judge_file(facts, expectation, kNow);
    EXPECT_EQ(item.measurements.size(), 2U) << "measured all the same";
    return item.outcome.result == Result::kPass
               ? ""
               : std::string(to_string(item.outcome.reason)) + ": " + item.outcome.message;
  };
  FileExpectation expect;
  expect.mode = 0640;
  expect.owner = "root";
  expect.group = "4";
  expect.kind = "file";
  expect.mode_at_most = 0640;
  EXPECT_EQ(message(expect, sample()), "");
  FileFacts facts = sample();
  facts.mode = S_IFREG | 0644;
  EXPECT_EQ(message(expect, facts), "validation: its mode is 0644, expected 0640");
  expect.mode.reset();
  EXPECT_EQ(message(expect, facts), "validation: its mode is 0644, expected at most 0640");
  facts.mode = S_IFREG | 04600;
  EXPECT_EQ(message(expect, facts), "validation: its mode is 4600, expected at most 0640");
  facts.mode = S_IFDIR | 0600;
  EXPECT_EQ(message(expect, facts), "validation: is a folder, expected a file");
  facts = sample();
  facts.owner = 33;
  facts.owner_name = "www-data";
  EXPECT_EQ(message(expect, facts), "validation: it belongs to www-data, expected root");
  facts = sample();
  facts.group = 5;
  facts.group_name = "tty";
  EXPECT_EQ(message(expect, facts), "validation: its group is tty, expected 4");
  EXPECT_EQ(message({.exists = "no"}, sample()),
            "validation: exists, and should not: 2.0 KiB, 3m old, 0640 root:adm");

  FileExpectation content;
  content.sha256 = hash;
  content.content_regex = "ok";
  content.content_not_regex = "error";
  facts = sample();
  facts.content = Content::kTooLarge;
  EXPECT_EQ(message(content, facts),
            "unsupported: is too large to be read (2.0 KiB; see max_size)");
  facts.content = Content::kFailed;
  facts.content_error = EACCES;
  EXPECT_EQ(message(content, facts), "permission: the file system answers: Permission denied");
  facts.content = Content::kRead;
  facts.hash = std::string(64, 'b');
  EXPECT_EQ(message(content, facts),
            "validation: its SHA-256 is " + facts.hash + ", expected " + hash);
  facts.hash = hash;
  EXPECT_EQ(message(content, facts), "validation: nothing in it matches \"ok\"");
  facts.found_wanted = true;
  facts.found_unwanted = true;
  EXPECT_EQ(message(content, facts), "validation: something in it matches \"error\"");
  facts.found_unwanted = false;
  EXPECT_EQ(message(content, facts), "");
}

TEST(FileExpectationTest, TellsMissingFromBrokenFromForbidden) {
  const struct {
    int error;
    Result result;
    Reason reason;
  } kCases[] = {
      {ENOENT, Result::kFail, Reason::kMissing},       {ENOTDIR, Result::kFail, Reason::kMissing},
      {EACCES, Result::kUnknown, Reason::kPermission}, {EIO, Result::kFail, Reason::kStatus},
      {ESTALE, Result::kFail, Reason::kStatus},        {ELOOP, Result::kFail, Reason::kStatus},
      {ENOTCONN, Result::kFail, Reason::kUnreachable}, {EMFILE, Result::kUnknown, Reason::kAgent},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.error);
    const auto outcome = file_failure(test.error, "/x");
    EXPECT_EQ(outcome.result, test.result);
    EXPECT_EQ(to_string(outcome.reason), to_string(test.reason));
  }
}

TEST(FileExpectationTest, JudgesOneFileAsTheCheckItself) {
  const FileQuestion question{.path = "/srv/state", .wanted = {}, .unwanted = {}};
  FilesSeen seen;
  seen.files = {sample()};
  seen.count = 1;
  CheckResult result = judge_files(question, {}, seen, kNow);
  EXPECT_TRUE(result.items.empty());
  EXPECT_EQ(result.measurements.size(), 3U);
  seen.files[0].error = ENOENT;
  result = judge_files(question, {}, seen, kNow);
  EXPECT_EQ(result.outcome.result, Result::kFail);
  EXPECT_EQ(result.outcome.reason, Reason::kMissing);
  for (const char* exists : {"no", "maybe"}) {
    result = judge_files(question, {.exists = exists}, seen, kNow);
    EXPECT_EQ(result.outcome.result, Result::kPass) << exists;
    EXPECT_EQ(result.outcome.message, "does not exist");
    ASSERT_EQ(result.measurements.size(), 1U);
    EXPECT_EQ(result.measurements[0].value, 0);
  }
  seen.files[0].error = EACCES;
  EXPECT_EQ(judge_files(question, {.exists = "no"}, seen, kNow).outcome.result, Result::kUnknown);
}

TEST(FileExpectationTest, JudgesAPatternByItsItems) {
  const FileQuestion question{.path = "/srv/*", .is_glob = true, .wanted = {}, .unwanted = {}};
  FilesSeen seen;
  CheckResult result = judge_files(question, {}, seen, kNow);
  EXPECT_EQ(result.outcome.reason, Reason::kMissing);
  EXPECT_EQ(judge_files(question, {.exists = "no"}, seen, kNow).outcome.result, Result::kPass);

  seen.files = {sample(), sample()};
  seen.files[1].path = "/srv/\xFF";
  seen.files[1].mode = S_IFREG | 0666;
  seen.count = 1500;
  seen.total_size = 1U << 30U;
  seen.newest = kNow - std::chrono::hours(3);
  result = judge_files(question, {.mode = 0640}, seen, kNow);
  EXPECT_EQ(result.outcome.message,
            "1500 files, 1.0 GiB, the newest 3h old; the first 2 are items");
  ASSERT_EQ(result.items.size(), 2U);
  EXPECT_EQ(result.items[0].outcome.result, Result::kPass);
  EXPECT_EQ(result.items[1].outcome.result, Result::kFail);
  EXPECT_EQ(result.items[1].name, "/srv/\\377");
  ASSERT_EQ(result.measurements.size(), 3U);
  EXPECT_EQ(result.measurements[0].value, 1500);
  EXPECT_EQ(result.measurements[1].value, 10800);

  seen.error = EACCES;
  seen.error_path = "/srv";
  EXPECT_EQ(judge_files(question, {}, seen, kNow).outcome.result, Result::kUnknown);
}

TEST(FileModeTest, ReadsAndWritesOctal) {
  EXPECT_EQ(mode_text(S_IFREG | 0640), "0640");
  EXPECT_EQ(mode_text(04755), "4755");
  EXPECT_EQ(parse_mode("640"), 0640U);
  EXPECT_EQ(parse_mode("4755"), 04755U);
  for (const char* text : {"", "64", "0o640", "00640", "688", "-640", "rw-"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(parse_mode(text).has_value());
  }
}

}  // namespace
}  // namespace hale::checks
