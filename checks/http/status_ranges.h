// Which HTTP status codes are the expected ones: "200-299,301". Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "monitor/values.h"

namespace hale::checks::http {

class StatusRanges {
 public:
  // Codes and ranges of 100 to 999, separated by commas.
  static monitor::Parsed<StatusRanges> parse(std::string_view text);

  bool contains(int status) const;
  const std::string& text() const { return text_; }  // as it was written

 private:
  std::string text_;
  std::vector<std::pair<int, int>> ranges_;
};

}  // namespace hale::checks::http
