// What must hold of an answer, as the table `expect` of an http check says it. Compiled once from
// the configuration, then immutable: any thread may judge with it. Pure.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checks/http/answer.h"
#include "checks/http/json_path.h"
#include "checks/http/status_ranges.h"
#include "checks/http/verdict.h"
#include "checks/mask.h"
#include "checks/pattern.h"
#include "monitor/check_descriptor.h"

namespace hale::checks::http {

// The keys of the table.
std::vector<monitor::KeyDescriptor> expect_keys();

class Expectations {
 public:
  static std::expected<Expectations, monitor::ParameterError> make(
      const monitor::Parameters& parameters);

  // Status and header fields. `401` and `403` are a matter of rights, `429` says nothing about how
  // the server is.
  void judge_head(const Answer& answer, const Mask& mask, Verdict& verdict) const;
  // In time linear in the body's size for each expectation. `body` is whole.
  void judge_body(std::string_view body, const Mask& mask, Verdict& verdict) const;

  bool needs_body() const;
  std::uint64_t max_size() const { return max_size_; }  // bytes of the decoded body
  bool expects_status(int status) const { return status_.contains(status); }

 private:
  struct HeaderExpectation {
    std::string name;
    std::string text;                // as it was written
    std::optional<Pattern> pattern;  // else the exact value

    std::optional<monitor::Outcome> breach(const Answer& answer, const Mask& mask) const;
  };

  std::optional<monitor::Outcome> judge_status(const Answer& answer) const;
  void judge_json(std::string_view body, const Mask& mask, Verdict& verdict) const;

  StatusRanges status_;
  std::uint64_t max_size_ = 0;
  std::optional<std::string> body_contains_;
  std::optional<Pattern> body_regex_;
  std::optional<Pattern> body_not_regex_;
  std::vector<HeaderExpectation> headers_;
  std::vector<JsonPath> json_paths_;
  std::vector<std::pair<std::string, JsonCondition>> json_conditions_;  // with the paths' texts
};

}  // namespace hale::checks::http
