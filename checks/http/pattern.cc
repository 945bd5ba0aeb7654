#include "checks/http/pattern.h"

#include <expected>

#include <re2/re2.h>

namespace hale::checks::http {

monitor::Parsed<Pattern> Pattern::compile(std::string_view text) {
  RE2::Options options;
  options.set_log_errors(false);
  auto expression =
      std::make_shared<const RE2>(re2::StringPiece(text.data(), text.size()), options);
  if (!expression->ok()) {
    return std::unexpected(" is not a regular expression: " + expression->error() +
                           " (the syntax is that of RE2)");
  }
  Pattern pattern;
  pattern.text_ = text;
  pattern.expression_ = std::move(expression);
  return pattern;
}

bool Pattern::found_in(std::string_view text) const {
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *expression_);
}

}  // namespace hale::checks::http
