// What became of the expectations on an answer, one after the other. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "monitor/check_result.h"

namespace hale::checks::http {

class Verdict {
 public:
  // `whole`: to be told of every expectation; otherwise the first breach settles it.
  explicit Verdict(bool whole) : whole_(whole) {}

  bool settled() const { return failure_ && !whole_; }

  // `what`: the expectation, as the configuration names it. No breach: it holds.
  void add(std::string_view what, std::optional<monitor::Outcome> breach) {
    if (whole_) {
      lines_.push_back(std::string(what) + (breach ? ": " + breach->message : " holds"));
    }
    if (breach && !failure_) {
      failure_ = std::move(breach);
    }
  }

  const std::optional<monitor::Outcome>& failure() const { return failure_; }  // the first breach
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  bool whole_;
  std::optional<monitor::Outcome> failure_;
  std::vector<std::string> lines_;
};

}  // namespace hale::checks::http
