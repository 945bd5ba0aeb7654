#include "checks/http/expect.h"

#include <algorithm>
#include <cstdint>

#include "checks/excerpt.h"
#include "checks/http/json_document.h"

namespace hale::checks::http {
namespace {

using monitor::KeyType;
using monitor::Outcome;
using monitor::ParameterError;
using monitor::Parameters;
using monitor::Phase;
using monitor::Reason;

Outcome not_valid(std::string message) {
  return Outcome::fail(Reason::kValidation, Phase::kEvaluate, std::move(message));
}

std::optional<ParameterError> compile(const Parameters& parameters, const char* key,
                                      std::optional<Pattern>& pattern) {
  if (!parameters.has(key)) {
    return std::nullopt;
  }
  const std::string& text = parameters.text(key);
  auto compiled = Pattern::compile(text);
  if (!compiled) {
    return ParameterError{.key = std::string("expect.") + key,
                          .message = "\"" + text + "\" " + compiled.error()};
  }
  pattern = std::move(*compiled);
  return std::nullopt;
}

// "Retry-After: 30" or a date (RFC 9110, section 10.2.3).
std::string retry_after(const Answer& answer) {
  const std::string_view value = find_header(answer.headers, "Retry-After");
  if (value.empty()) {
    return "";
  }
  const bool seconds = value.find_first_not_of("0123456789") == std::string_view::npos;
  return (seconds ? "; it asks for " : "; it asks to wait until ") + escaped(value, 40) +
         (seconds ? " s of patience" : "");
}

}  // namespace

std::vector<monitor::KeyDescriptor> expect_keys() {
  constexpr std::int64_t kMebibyte = 1 << 20;
  return {
      {.name = "status",
       .type = KeyType::kString,
       .help = "The status codes that are well: codes and ranges, \"200-299,301\".",
       .default_value = std::string("200-299")},
      {.name = "body_contains", .type = KeyType::kString, .help = "Text that the body contains."},
      {.name = "body_regex",
       .type = KeyType::kString,
       .help = "Regular expression (RE2) that is found in the body."},
      {.name = "body_not_regex",
       .type = KeyType::kString,
       .help = "Regular expression (RE2) that is not found in the body."},
      {.name = "header",
       .type = KeyType::kMap,
       .help = "Header fields of the answer: the exact value, or \"~\" and a regular expression.",
       .default_value = monitor::TextMap()},
      {.name = "json",
       .type = KeyType::kMap,
       .help = "Values in the body, which is JSON: \"queue.depth\" = \"< 100\", \"status\" = \"== "
               "'up'\"; == != < <= > >= ~ exists, and len(path).",
       .default_value = monitor::TextMap()},
      {.name = "max_size",
       .type = KeyType::kSize,
       .help = "The most bytes that the body may have, unpacked; what is larger is not read on.",
       .default_value = kMebibyte,
       .minimum = 0,
       .maximum = 64 * kMebibyte},
  };
}

std::expected<Expectations, ParameterError> Expectations::make(const Parameters& parameters) {
  Expectations expect;
  const std::string& status = parameters.text("status");
  auto ranges = StatusRanges::parse(status);
  if (!ranges) {
    return std::unexpected(
        ParameterError{.key = "expect.status", .message = "\"" + status + "\"" + ranges.error()});
  }
  expect.status_ = std::move(*ranges);
  expect.max_size_ = static_cast<std::uint64_t>(parameters.integer("max_size"));
  if (parameters.has("body_contains")) {
    expect.body_contains_ = parameters.text("body_contains");
  }
  if (auto error = compile(parameters, "body_regex", expect.body_regex_)) {
    return std::unexpected(std::move(*error));
  }
  if (auto error = compile(parameters, "body_not_regex", expect.body_not_regex_)) {
    return std::unexpected(std::move(*error));
  }
  for (const auto& [name, text] : parameters.map("header")) {
    HeaderExpectation header{.name = name, .text = text.value, .pattern = std::nullopt};
    if (text.value.starts_with('~')) {
      auto pattern = Pattern::compile(text.value.substr(1));
      if (!pattern) {
        return std::unexpected(
            ParameterError{.key = "expect.header",
                           .message = name + ": \"" + text.value + "\" " + pattern.error()});
      }
      header.pattern = std::move(*pattern);
    }
    expect.headers_.push_back(std::move(header));
  }
  for (const auto& [path_text, condition_text] : parameters.map("json")) {
    auto path = JsonPath::parse(path_text);
    if (!path) {
      return std::unexpected(
          ParameterError{.key = "expect.json", .message = "\"" + path_text + "\"" + path.error()});
    }
    auto condition = JsonCondition::parse(condition_text.value);
    if (!condition) {
      return std::unexpected(ParameterError{
          .key = "expect.json",
          .message = path_text + ": \"" + condition_text.value + "\"" + condition.error()});
    }
    expect.json_paths_.push_back(std::move(*path));
    expect.json_conditions_.emplace_back(path_text, std::move(*condition));
  }
  return expect;
}

bool Expectations::needs_body() const {
  return body_contains_ || body_regex_ || body_not_regex_ || !json_paths_.empty();
}

std::optional<Outcome> Expectations::judge_status(const Answer& answer) const {
  if (status_.contains(answer.status)) {
    return std::nullopt;
  }
  std::string code = std::to_string(answer.status);
  std::string message = "answered " + status_text(answer);
  if (answer.status == 429) {
    message += retry_after(answer);
    return Outcome::unknown(Reason::kRateLimited, Phase::kEvaluate, std::move(message),
                            std::move(code));
  }
  if (answer.status == 401 || answer.status == 403) {
    return Outcome::fail(Reason::kAuth, Phase::kEvaluate, std::move(message), std::move(code));
  }
  if (answer.status == 503) {
    message += retry_after(answer);
  }
  message += ", expected " + status_.text();
  return Outcome::fail(Reason::kStatus, Phase::kEvaluate, std::move(message), std::move(code));
}

std::optional<Outcome> Expectations::HeaderExpectation::breach(const Answer& answer,
                                                               const Mask& mask) const {
  for (const auto& [found_name, value] : answer.headers) {
    if (same_name(found_name, name) &&
        (pattern ? pattern->match_end(value).has_value() : value == text)) {
      return std::nullopt;
    }
  }
  const std::string_view found = find_header(answer.headers, name);
  std::string message = "header " + name;
  message += found.empty() ? std::string(" is missing or empty")
                           : " is " + in_quotes(mask.apply(std::string(found)));
  const std::string_view wanted = text;
  message += pattern ? ", expected a match of " + in_quotes(wanted.substr(1))
                     : ", expected " + in_quotes(wanted);
  return not_valid(std::move(message));
}

void Expectations::judge_head(const Answer& answer, const Mask& mask, Verdict& verdict) const {
  verdict.add("expect.status", judge_status(answer));
  for (const HeaderExpectation& expected : headers_) {
    if (verdict.settled()) {
      return;
    }
    verdict.add("expect.header." + expected.name, expected.breach(answer, mask));
  }
}

void Expectations::judge_body(std::string_view body, const Mask& mask, Verdict& verdict) const {
  const auto judge = [&verdict](std::string_view key, bool holds, const std::string& message) {
    verdict.add(key, holds ? std::nullopt : std::optional(not_valid("the body " + message)));
  };
  if (body_contains_ && !verdict.settled()) {
    judge("expect.body_contains", body.contains(*body_contains_),
          "does not contain " + in_quotes(*body_contains_));
  }
  if (body_regex_ && !verdict.settled()) {
    judge("expect.body_regex", body_regex_->match_end(body).has_value(),
          "does not match " + in_quotes(body_regex_->text()));
  }
  if (body_not_regex_ && !verdict.settled()) {
    judge("expect.body_not_regex", !body_not_regex_->match_end(body),
          "matches " + in_quotes(body_not_regex_->text()) + ", which it should not");
  }
  if (!json_paths_.empty() && !verdict.settled()) {
    judge_json(body, mask, verdict);
  }
}

void Expectations::judge_json(std::string_view body, const Mask& mask, Verdict& verdict) const {
  const auto values = read_json(body, json_paths_);
  if (!values) {
    verdict.add("expect.json", not_valid("the body" + mask.apply(values.error())));
    return;
  }
  for (std::size_t i = 0; i < json_conditions_.size() && !verdict.settled(); ++i) {
    const auto& [path, condition] = json_conditions_[i];
    std::optional<Outcome> breach;
    if (!condition.holds((*values)[i])) {
      const std::string wanted =
          condition.text() == "exists" ? std::string("it to exist") : condition.text();
      breach = not_valid("JSON " + path + " is " + mask.apply((*values)[i].shown()) +
                         ", expected " + wanted);
    }
    verdict.add("expect.json." + path, std::move(breach));
  }
}

}  // namespace hale::checks::http
