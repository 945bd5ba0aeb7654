// Where in a JSON document a value stands, "queue.depth", "items[0].id", "len(items)", and what is
// expected of it, "== 'up'", "< 100", "~ ^ok", "exists". Parsed once; pure.
//
//   path      = [ "$" ] step*           the root itself: "$" or ""
//   step      = "." name | "[" number "]" | "['" text "']" | "[\"" text "\"]"
//   condition = "exists" | operator value
//   operator  = "==" "!=" "<" "<=" ">" ">=" "~"
//   value     = number | "true" | "false" | "null" | 'text' | "text"; after "~" a regular
//   expression
//
// A first name needs no dot. len() is the number of an array's elements, an object's members, or a
// string's characters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "checks/pattern.h"
#include "monitor/values.h"

namespace hale::checks::http {

using JsonStep = std::variant<std::string, std::size_t>;  // a member's name or an element's index

struct JsonPath {
  std::vector<JsonStep> steps;
  bool length = false;  // len() of what stands there

  static monitor::Parsed<JsonPath> parse(std::string_view text);
};

// What stands at a path. Of an array or an object only its length is kept.
struct JsonValue {
  enum class Kind : std::uint8_t {
    kMissing,
    kNull,
    kBoolean,
    kInteger,
    kNumber,
    kString,
    kArray,
    kObject
  };
  Kind kind = Kind::kMissing;
  bool boolean = false;
  std::int64_t integer = 0;  // of a kInteger
  double number = 0;         // of a kInteger as well, rounded
  std::string text;          // of a kString
  std::size_t length = 0;    // of an array, an object or a string

  // "120", "\"up\"", "an array of 3"; at most about 100 characters, on one line.
  std::string shown() const;
};

class JsonCondition {
 public:
  static monitor::Parsed<JsonCondition> parse(std::string_view text);

  // Never of a missing value. Values of different kinds are neither equal nor unequal by chance:
  // `!=` holds, everything else does not.
  bool holds(const JsonValue& value) const;
  const std::string& text() const { return text_; }

 private:
  enum class Operator : std::uint8_t {
    kExists,
    kEqual,
    kUnequal,
    kLess,
    kAtMost,
    kGreater,
    kAtLeast,
    kMatches
  };
  struct Spelling;
  static const Spelling* find_operator(std::string_view text);

  std::string text_;
  Operator operator_ = Operator::kExists;
  JsonValue operand_;
  std::optional<Pattern> pattern_;
};

}  // namespace hale::checks::http
