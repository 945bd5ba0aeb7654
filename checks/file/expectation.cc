#include "checks/file/expectation.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <sys/stat.h>

#include "checks/disk/mount_table.h"
#include "checks/excerpt.h"
#include "checks/os_error.h"
#include "monitor/format.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::ItemResult;
using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;

constexpr mode_t kRights = 07777;

std::string_view kind_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return "file";
    case S_IFDIR:
      return "folder";
    case S_IFSOCK:
      return "socket";
    case S_IFIFO:
      return "pipe";
    case S_IFLNK:
      return "link";
    case S_IFCHR:
    case S_IFBLK:
      return "device";
    default:
      return "thing of an unknown kind";
  }
}

// A file may come from the future, by a clock that was set back; it is not older than new.
double age_of(const FileFacts& facts, monitor::WallTime now) {
  return std::max(0.0, monitor::to_seconds(now - facts.modified));
}

std::string summary_of(const FileFacts& facts, monitor::WallTime now) {
  const std::string age =
      facts.modified > now
          ? "dated " + monitor::format_duration(facts.modified - now) + " in the future"
          : monitor::format_duration(now - facts.modified) + " old";
  return monitor::format_bytes(static_cast<double>(facts.size)) + ", " + age + ", " +
         mode_text(facts.mode) + " " + facts.owner_name + ":" + facts.group_name;
}

Outcome breach(std::string message, std::string code) {
  return Outcome::fail(Reason::kValidation, Phase::kEvaluate, std::move(message), std::move(code));
}

bool is_named(const std::string& wanted, const std::string& name, std::uint64_t number) {
  return wanted.empty() || wanted == name || wanted == std::to_string(number);
}

std::optional<Outcome> wrong_rights(const FileFacts& facts, const FileExpectation& expectation) {
  const mode_t mode = facts.mode & kRights;
  if (expectation.mode && mode != *expectation.mode) {
    return breach("its mode is " + mode_text(mode) + ", expected " + mode_text(*expectation.mode),
                  "mode");
  }
  if (expectation.mode_at_most && (mode & ~*expectation.mode_at_most) != 0) {
    return breach("its mode is " + mode_text(mode) + ", expected at most " +
                      mode_text(*expectation.mode_at_most),
                  "mode");
  }
  if (!is_named(expectation.owner, facts.owner_name, facts.owner)) {
    return breach("it belongs to " + facts.owner_name + ", expected " + expectation.owner, "owner");
  }
  if (!is_named(expectation.group, facts.group_name, facts.group)) {
    return breach("its group is " + facts.group_name + ", expected " + expectation.group, "group");
  }
  return std::nullopt;
}

Outcome not_read(const FileFacts& facts) {
  switch (facts.content) {
    case Content::kTooLarge:
      return Outcome::unknown(Reason::kUnsupported, Phase::kRun,
                              "is too large to be read (" +
                                  monitor::format_bytes(static_cast<double>(facts.size)) +
                                  "; see max_size)");
    case Content::kNotRegular:
      return Outcome::unknown(Reason::kUnsupported, Phase::kRun,
                              "is a " + std::string(kind_of(facts.mode)) + " and has no content");
    case Content::kFailed:
      return file_failure(facts.content_error, "");
    case Content::kNotRead:
    case Content::kRead:
      break;
  }
  return Outcome::unknown(Reason::kTimeout, Phase::kRun, "was not read to its end in time");
}

// Nothing where the content is as it should be, or does not matter.
std::optional<Outcome> wrong_content(const FileFacts& facts, const FileExpectation& expectation) {
  if (expectation.sha256.empty() && expectation.content_regex.empty() &&
      expectation.content_not_regex.empty()) {
    return std::nullopt;
  }
  if (facts.content != Content::kRead) {
    return not_read(facts);
  }
  if (!expectation.sha256.empty() && facts.hash != expectation.sha256) {
    return breach("its SHA-256 is " + facts.hash + ", expected " + expectation.sha256, "sha256");
  }
  if (!expectation.content_regex.empty() && !facts.found_wanted) {
    return breach("nothing in it matches " + in_quotes(expectation.content_regex), "content");
  }
  if (!expectation.content_not_regex.empty() && facts.found_unwanted) {
    return breach("something in it matches " + in_quotes(expectation.content_not_regex), "content");
  }
  return std::nullopt;
}

Outcome outcome_of(const FileFacts& facts, const FileExpectation& expectation,
                   monitor::WallTime now) {
  if (expectation.exists == "no") {
    return breach("exists, and should not: " + summary_of(facts, now), "exists");
  }
  if (expectation.kind != "any" && kind_of(facts.mode) != expectation.kind) {
    return breach("is a " + std::string(kind_of(facts.mode)) + ", expected a " + expectation.kind,
                  "kind");
  }
  if (auto wrong = wrong_rights(facts, expectation)) {
    return *std::move(wrong);
  }
  if (auto wrong = wrong_content(facts, expectation)) {
    return *std::move(wrong);
  }
  return Outcome::pass(summary_of(facts, now));
}

Outcome missing(const FileExpectation& expectation, const std::string& what) {
  return expectation.exists == "yes" ? Outcome::fail(Reason::kMissing, Phase::kRun, what, "ENOENT")
                                     : Outcome::pass(what);
}

bool is_missing(int error) {
  return error == ENOENT || error == ENOTDIR;
}

monitor::Measurement measured(std::string name, double value) {
  monitor::Measurement measurement;
  measurement.name = std::move(name);
  measurement.value = value;
  return measurement;
}

CheckResult judge_one(const FileExpectation& expectation, const FilesSeen& seen,
                      monitor::WallTime now) {
  CheckResult result;
  if (seen.files.empty()) {
    result.outcome =
        Outcome::unknown(Reason::kTimeout, Phase::kRun, "there was no time to look at it");
    return result;
  }
  const FileFacts& facts = seen.files.front();
  if (is_missing(facts.error)) {
    result.outcome = missing(expectation, "does not exist");
    result.measurements.push_back(measured("count", 0));
    return result;
  }
  ItemResult item = judge_file(facts, expectation, now);
  result.outcome = std::move(item.outcome);
  result.measurements = std::move(item.measurements);
  if (facts.error == 0) {
    result.measurements.push_back(measured("count", 1));
  }
  return result;
}

std::string summary_of(const FilesSeen& seen, monitor::WallTime now) {
  std::string text = (seen.complete ? "" : "at least ") + std::to_string(seen.count) +
                     (seen.count == 1 ? " file, " : " files, ") +
                     monitor::format_bytes(static_cast<double>(seen.total_size));
  if (seen.newest) {
    text += ", the newest " +
            monitor::format_duration(std::max(now - *seen.newest, monitor::Duration::zero())) +
            " old";
  }
  if (seen.files.size() < seen.count) {
    text += "; the first " + std::to_string(seen.files.size()) + " are items";
  }
  return text;
}

}  // namespace

std::string mode_text(mode_t mode) {
  std::string text;
  for (const unsigned shift : {9U, 6U, 3U, 0U}) {
    text += static_cast<char>('0' + ((mode >> shift) & 7U));
  }
  return text;
}

std::optional<mode_t> parse_mode(std::string_view text) {
  if (text.size() < 3 || text.size() > 4) {
    return std::nullopt;
  }
  mode_t mode = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '7') {
      return std::nullopt;
    }
    mode = mode * 8 + static_cast<mode_t>(digit - '0');
  }
  return mode;
}

Outcome file_failure(int error, std::string_view path) {
  const std::string code = errno_name(error);
  const std::string message = (path.empty() ? "" : printable(path) + ": ") +
                              "the file system answers: " + errno_text(error);
  switch (error) {
    case EACCES:
    case EPERM:
      return Outcome::unknown(Reason::kPermission, Phase::kRun, message, code);
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return Outcome::unknown(Reason::kAgent, Phase::kRun, message, code);
    case ENOENT:
    case ENOTDIR:
      return Outcome::fail(Reason::kMissing, Phase::kRun, message, code);
    case ENOTCONN:
    case EHOSTDOWN:
    case EHOSTUNREACH:
      return Outcome::fail(Reason::kUnreachable, Phase::kRun, message, code);
    case ETIMEDOUT:
      return Outcome::fail(Reason::kTimeout, Phase::kRun, message, code);
    default:  // ELOOP, EIO, ESTALE: the file or its file system is broken
      return Outcome::fail(Reason::kStatus, Phase::kRun, message, code);
  }
}

ItemResult judge_file(const FileFacts& facts, const FileExpectation& expectation,
                      monitor::WallTime now) {
  ItemResult item;
  item.name = printable(facts.path);
  if (facts.error != 0) {
    item.outcome = file_failure(facts.error, "");
    return item;
  }
  item.outcome = outcome_of(facts, expectation, now);
  item.measurements.push_back(measured("age", age_of(facts, now)));
  item.measurements.push_back(measured("size", static_cast<double>(facts.size)));
  return item;
}

CheckResult judge_files(const FileQuestion& question, const FileExpectation& expectation,
                        const FilesSeen& seen, monitor::WallTime now) {
  if (!question.is_glob) {
    return judge_one(expectation, seen, now);
  }
  CheckResult result;
  for (const FileFacts& facts : seen.files) {
    result.items.push_back(judge_file(facts, expectation, now));
  }
  result.measurements.push_back(measured("count", static_cast<double>(seen.count)));
  if (seen.newest) {
    const double age = std::max(0.0, monitor::to_seconds(now - *seen.newest));
    result.measurements.push_back(measured("newest_age", age));
  }
  result.measurements.push_back(measured("total_size", static_cast<double>(seen.total_size)));
  if (seen.error != 0) {
    result.outcome = file_failure(seen.error, seen.error_path);
  } else if (seen.count == 0 && seen.complete) {
    result.outcome = missing(expectation, "nothing matches");
  } else {
    result.outcome = Outcome::pass(summary_of(seen, now));
  }
  return result;
}

}  // namespace hale::checks
