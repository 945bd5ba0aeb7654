#include "checks/file_check.h"

#include <atomic>
#include <expected>
#include <functional>
#include <optional>
#include <utility>

#include <asio/error.hpp>
#include <asio/system_error.hpp>

#include "checks/disk/mount_table.h"
#include "checks/excerpt.h"
#include "checks/file/glob.h"
#include "checks/patience.h"
#include "monitor/format.h"
#include "monitor/runtime/blocking_pool.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::Outcome;
using monitor::ParameterError;
using monitor::Parameters;
using monitor::Phase;
using monitor::PoolFailure;
using monitor::Reason;
using monitor::RunContext;
using monitor::Task;

constexpr std::int64_t kMebibyte = std::int64_t{1} << 20;
constexpr std::int64_t kMostSearched = 64 * kMebibyte;

using Seen = std::shared_ptr<const FilesSeen>;

// Tells the pool's thread, when the run is over, that nobody waits for it any more.
class StopFlag {
 public:
  StopFlag() = default;
  ~StopFlag() { flag_->store(true, std::memory_order_relaxed); }
  StopFlag(const StopFlag&) = delete;
  StopFlag& operator=(const StopFlag&) = delete;
  std::shared_ptr<const std::atomic<bool>> get() const { return flag_; }

 private:
  std::shared_ptr<std::atomic<bool>> flag_ = std::make_shared<std::atomic<bool>>(false);
};

Outcome no_answer(PoolFailure failure, monitor::Duration patience) {
  switch (failure) {
    case PoolFailure::kTimeout:
      return Outcome::fail(
          Reason::kTimeout, Phase::kRun,
          "the file system gave no answer within " + monitor::format_duration(patience));
    case PoolFailure::kStuck:
      return Outcome::fail(Reason::kStuck, Phase::kRun,
                           "the file system still gives no answer to an earlier look");
    case PoolFailure::kFull:
      return Outcome::unknown(Reason::kAgent, Phase::kRun,
                              "the agent had no thread free to look at the file system");
    case PoolFailure::kCancelled:
    case PoolFailure::kFailed:
      break;
  }
  return Outcome::unknown(Reason::kInternal, Phase::kRun, "the agent failed to look");
}

using Pattern = std::shared_ptr<const re2::RE2>;

std::expected<Pattern, ParameterError> pattern_of(const Parameters& expect, const char* key) {
  if (!expect.has(key)) {
    return nullptr;
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  auto pattern = std::make_shared<re2::RE2>(expect.text(key), options);
  if (!pattern->ok()) {
    return std::unexpected(ParameterError{.key = std::string("expect.") + key,
                                          .message = in_quotes(expect.text(key)) +
                                                     " is not a regular expression (" +
                                                     pattern->error() + ")"});
  }
  return pattern;
}

std::optional<ParameterError> read_mode(const Parameters& expect, const char* key,
                                        std::optional<mode_t>& into) {
  if (!expect.has(key)) {
    return std::nullopt;
  }
  into = parse_mode(expect.text(key));
  if (into) {
    return std::nullopt;
  }
  return ParameterError{.key = std::string("expect.") + key,
                        .message = in_quotes(expect.text(key)) +
                                   " is not a mode (write three or four octal digits, \"0640\")"};
}

std::optional<ParameterError> read_hash(const Parameters& expect, std::string& into) {
  if (!expect.has("sha256")) {
    return std::nullopt;
  }
  for (const char c : expect.text("sha256")) {
    into += c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (into.size() == 64 && into.find_first_not_of("0123456789abcdef") == std::string::npos) {
    return std::nullopt;
  }
  return ParameterError{.key = "expect.sha256",
                        .message = in_quotes(expect.text("sha256")) +
                                   " is not a SHA-256 checksum (64 hexadecimal digits)"};
}

std::string text_or_empty(const Parameters& parameters, const char* key) {
  return parameters.has(key) ? parameters.text(key) : "";
}

std::optional<ParameterError> read_expectation(const Parameters& expect,
                                               FileExpectation& expectation) {
  expectation.exists = expect.text("exists");
  expectation.kind = expect.text("kind");
  expectation.owner = text_or_empty(expect, "owner");
  expectation.group = text_or_empty(expect, "group");
  expectation.content_regex = text_or_empty(expect, "content_regex");
  expectation.content_not_regex = text_or_empty(expect, "content_not_regex");
  if (auto error = read_mode(expect, "mode", expectation.mode)) {
    return error;
  }
  if (auto error = read_mode(expect, "mode_at_most", expectation.mode_at_most)) {
    return error;
  }
  return read_hash(expect, expectation.sha256);
}

std::expected<std::unique_ptr<monitor::Check>, ParameterError> make(const Parameters& parameters) {
  FileQuestion question;
  question.path = parameters.text("path");
  if (!question.path.starts_with('/') || question.path.contains('\0')) {
    return std::unexpected(ParameterError{
        .key = "path", .message = in_quotes(question.path) + " is not an absolute path"});
  }
  const Parameters& expect = parameters.table("expect");
  FileExpectation expectation;
  if (auto error = read_expectation(expect, expectation)) {
    return std::unexpected(std::move(*error));
  }
  for (const auto& [key, pattern] : {std::pair("content_regex", &question.wanted),
                                     std::pair("content_not_regex", &question.unwanted)}) {
    auto compiled = pattern_of(expect, key);
    if (!compiled) {
      return std::unexpected(std::move(compiled.error()));
    }
    *pattern = std::move(*compiled);
  }
  const std::int64_t most = parameters.integer("max_size");
  if ((question.wanted || question.unwanted) && most > kMostSearched) {
    return std::unexpected(ParameterError{
        .key = "max_size", .message = "is too much to search for a pattern (at most 64MiB)"});
  }
  question.most_read = static_cast<std::uint64_t>(most);
  question.hash = !expectation.sha256.empty();
  question.is_glob = is_pattern(question.path);
  question.follow_links = parameters.boolean("follow_links");
  return std::make_unique<FileCheck>(std::move(question), std::move(expectation));
}

std::vector<monitor::KeyDescriptor> expect_keys() {
  using monitor::KeyType;
  return {
      {.name = "exists",
       .type = KeyType::kChoice,
       .help = "Whether it has to be there, must not be there, or may be. Of a pattern: at least "
               "one match.",
       .default_value = std::string("yes"),
       .choices = {"yes", "no", "maybe"}},
      {.name = "kind",
       .type = KeyType::kChoice,
       .help = "What it is; link only without follow_links.",
       .default_value = std::string("any"),
       .choices = {"any", "file", "folder", "socket", "pipe", "device", "link"}},
      {.name = "mode", .type = KeyType::kString, .help = "Exactly these rights: \"0640\"."},
      {.name = "mode_at_most", .type = KeyType::kString, .help = "These rights or fewer."},
      {.name = "owner", .type = KeyType::kString, .help = "Its user, by name or number."},
      {.name = "group", .type = KeyType::kString, .help = "Its group, by name or number."},
      {.name = "sha256",
       .type = KeyType::kString,
       .help = "The checksum of its content, 64 hexadecimal digits."},
      {.name = "content_regex",
       .type = KeyType::kString,
       .help =
           "A regular expression (RE2) that something in the content matches; (?m) lets ^ and $ "
           "stand for the ends of lines."},
      {.name = "content_not_regex",
       .type = KeyType::kString,
       .help = "A regular expression that nothing in the content matches."},
  };
}

std::vector<monitor::MeasurementDescriptor> measurements() {
  using monitor::Bad;
  using monitor::Unit;
  return {
      {.name = "age",
       .metric = "file_age_seconds",
       .unit = Unit::kSeconds,
       .bad = Bad::kHigh,
       .help = "Time since the file was last modified."},
      {.name = "size",
       .metric = "file_size_bytes",
       .unit = Unit::kBytes,
       .bad = Bad::kHigh,
       .help = "Size of the file."},
      {.name = "count",
       .metric = "file_count",
       .unit = Unit::kNone,
       .bad = Bad::kHigh,
       .help = "Files that match; at most 100,000 names are read."},
      {.name = "newest_age",
       .metric = "file_newest_age_seconds",
       .unit = Unit::kSeconds,
       .bad = Bad::kHigh,
       .help = "Age of the newest file that matches a pattern."},
      {.name = "total_size",
       .metric = "file_total_size_bytes",
       .unit = Unit::kBytes,
       .bad = Bad::kHigh,
       .help = "Size of all files that match a pattern."},
  };
}

monitor::CheckDescriptor describe() {
  using monitor::KeyType;
  monitor::CheckDescriptor type;
  type.name = "file";
  type.summary =
      "A file, or all that match a pattern: there, fresh, of a size, content and rights.";
  type.item_label = "file";
  type.keys = {
      {.name = "path",
       .type = KeyType::kString,
       .help = "An absolute path. With *, ? or [ in it, every file that matches is an item, the "
               "first 1000 of them; a * does not match a / or a leading dot.",
       .required = true},
      {.name = "follow_links",
       .type = KeyType::kBoolean,
       .help = "Whether a symbolic link stands for what it points to.",
       .default_value = true},
      {.name = "max_size",
       .type = KeyType::kSize,
       .help = "Files that are larger are not read for checksum or content, and then are unknown.",
       .default_value = 16 * kMebibyte,
       .minimum = 1,
       .maximum = 1024 * kMebibyte},
      {.name = "expect",
       .type = KeyType::kTable,
       .help = "What must hold for it.",
       .keys = expect_keys()},
  };
  type.measurements = measurements();
  type.reasons = {Reason::kTimeout, Reason::kStatus,      Reason::kValidation,  Reason::kMissing,
                  Reason::kStuck,   Reason::kUnreachable, Reason::kUnsupported, Reason::kPermission,
                  Reason::kAgent,   Reason::kInternal};
  type.example =
      "[checks.backup]\n"
      "type = \"file\"\n"
      "path = \"/var/backups/db-*.dump\"\n"
      "expect = { kind = \"file\", mode_at_most = \"0640\" }\n"
      "fail = { newest_age = \"25h\", count = \"< 7\" }\n";
  type.make = &make;
  return type;
}

}  // namespace

const monitor::CheckDescriptor& file_descriptor() {
  static const monitor::CheckDescriptor kDescriptor = describe();
  return kDescriptor;
}

FileCheck::FileCheck(FileQuestion question, FileExpectation expectation)
    : question_(std::make_shared<const FileQuestion>(std::move(question))),
      expectation_(std::move(expectation)) {}

std::string FileCheck::target() const {
  return printable(question_->path);
}

Task<CheckResult> FileCheck::run(RunContext& context) {
  context.enter(Phase::kRun);
  const StopFlag stop;
  const monitor::TimePoint give_up = patience_ends(context);
  const monitor::Duration patience = give_up - context.clock().now();
  // Two checks of the same path may want to know different things of it.
  std::string key =
      "file:" + std::to_string(reinterpret_cast<std::uintptr_t>(this)) + ":" + question_->path;
  std::function<Seen()> look = [question = question_, flag = stop.get()] {
    return std::make_shared<const FilesSeen>(look_at_files(*question, *flag));
  };
  const std::expected<Seen, PoolFailure> seen =
      co_await context.services().files.call(std::move(key), give_up, std::move(look));
  CheckResult result;
  if (!seen) {
    if (seen.error() == PoolFailure::kCancelled) {
      throw asio::system_error(asio::error::operation_aborted);
    }
    result.outcome = no_answer(seen.error(), patience);
    co_return result;
  }
  result = judge_files(*question_, expectation_, **seen, context.clock().wall_now());
  if (context.verbose()) {
    for (const FileFacts& facts : (*seen)->files) {
      context.tell(printable(facts.path) + (facts.hash.empty() ? "" : ": SHA-256 " + facts.hash));
    }
  }
  co_return result;
}

}  // namespace hale::checks
