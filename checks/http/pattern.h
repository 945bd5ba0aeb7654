// A regular expression as a key of the configuration: RE2, compiled once, bounded memory, linear
// time. Immutable; any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "monitor/values.h"

namespace re2 {
class RE2;
}

namespace hale::checks::http {

class Pattern {
 public:
  static monitor::Parsed<Pattern> compile(std::string_view text);

  bool found_in(std::string_view text) const;  // anywhere in it
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::shared_ptr<const re2::RE2> expression_;
};

}  // namespace hale::checks::http
