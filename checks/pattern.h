// Regular expressions as users write them, on bytes: RE2's syntax, `^` and `$` at every line. Time
// grows with the text alone and memory is bounded, whatever pattern and text are. Any thread.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}  // namespace re2

namespace hale::checks {

class Pattern {
 public:
  // The error says what is wrong with the expression, in RE2's words.
  static std::expected<Pattern, std::string> compile(const std::string& text);

  // Where the first match in `data` ends; nullopt when there is none.
  std::optional<std::size_t> match_end(std::string_view data) const;

  const std::string& text() const { return text_; }

 private:
  Pattern(std::string text, std::shared_ptr<const re2::RE2> expression)
      : text_(std::move(text)), expression_(std::move(expression)) {}

  std::string text_;
  std::shared_ptr<const re2::RE2> expression_;
};

}  // namespace hale::checks
