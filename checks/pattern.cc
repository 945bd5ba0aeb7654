#include "checks/pattern.h"

#include <utility>

#include <re2/re2.h>

namespace hale::checks {

std::expected<Pattern, std::string> Pattern::compile(const std::string& text) {
  constexpr std::int64_t kMemory = std::int64_t{1} << 20U;
  re2::RE2::Options options(re2::RE2::Latin1);  // bytes match themselves, UTF-8 or not
  options.set_log_errors(false);
  options.set_max_mem(kMemory);
  auto expression = std::make_shared<const re2::RE2>("(?m)" + text, options);
  if (!expression->ok()) {
    return std::unexpected("is not a regular expression: " + expression->error());
  }
  return Pattern(text, std::move(expression));
}

std::optional<std::size_t> Pattern::match_end(std::string_view data) const {
  re2::StringPiece match;
  const re2::StringPiece all(data.data(), data.size());
  if (!expression_->Match(all, 0, all.size(), re2::RE2::UNANCHORED, &match, 1)) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(match.data() + match.size() - data.data());
}

}  // namespace hale::checks
