#include "checks/http/json_path.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <compare>
#include <expected>
#include <system_error>
#include <utility>

#include "checks/excerpt.h"

namespace hale::checks::http {
namespace {

using Kind = JsonValue::Kind;

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::string not_a_path() {
  return " is not a path (write \"status\", \"queue.depth\", \"items[0].id\", \"['a.b']\", "
         "\"len(items)\")";
}

bool quoted(std::string_view text) {
  return text.size() >= 2 && (text.front() == '\'' || text.front() == '"') &&
         text.back() == text.front();
}

// "[0]", "['a.b']" at the head of `text`, which is shortened by it.
std::optional<JsonStep> take_bracket(std::string_view& text) {
  const char quote = text.size() > 1 ? text[1] : '\0';
  const bool named = quote == '\'' || quote == '"';
  const std::size_t close = named ? text.find(std::string{quote, ']'}, 2) : text.find(']');
  if (close == std::string_view::npos) {
    return std::nullopt;
  }
  if (named) {
    std::string name(text.substr(2, close - 2));
    text.remove_prefix(close + 2);
    return JsonStep(std::move(name));
  }
  const std::string_view digits = text.substr(1, close - 1);
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), index);
  if (error != std::errc() || end != digits.end()) {
    return std::nullopt;
  }
  text.remove_prefix(close + 1);
  return JsonStep(index);
}

std::optional<JsonStep> take_name(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_of(".[]()"), text.size());
  if (end == 0) {
    return std::nullopt;
  }
  std::string name(text.substr(0, end));
  text.remove_prefix(end);
  return JsonStep(std::move(name));
}

std::size_t characters_of(std::string_view utf8) {
  const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; };
  return static_cast<std::size_t>(std::ranges::count_if(utf8, begins));
}

JsonValue integer_value(std::int64_t integer) {
  JsonValue value;
  value.kind = Kind::kInteger;
  value.integer = integer;
  value.number = static_cast<double>(integer);
  return value;
}

std::optional<JsonValue> to_value(std::string_view text) {
  JsonValue value;
  if (quoted(text)) {
    value.kind = Kind::kString;
    value.text = text.substr(1, text.size() - 2);
    value.length = characters_of(value.text);
  } else if (text == "true" || text == "false") {
    value.kind = Kind::kBoolean;
    value.boolean = text == "true";
  } else if (text == "null") {
    value.kind = Kind::kNull;
  } else if (const auto integer = monitor::parse_integer(text)) {
    value = integer_value(*integer);
  } else if (const auto number = monitor::parse_number(text)) {
    value.kind = Kind::kNumber;
    value.number = *number;
  } else {
    return std::nullopt;
  }
  return value;
}

bool is_number(const JsonValue& value) {
  return value.kind == Kind::kInteger || value.kind == Kind::kNumber;
}

std::partial_ordering compare(const JsonValue& a, const JsonValue& b) {
  if (a.kind == Kind::kInteger && b.kind == Kind::kInteger) {
    return a.integer <=> b.integer;
  }
  return a.number <=> b.number;
}

bool equal(const JsonValue& a, const JsonValue& b) {
  if (is_number(a) && is_number(b)) {
    return compare(a, b) == std::partial_ordering::equivalent;
  }
  if (a.kind != b.kind) {
    return false;
  }
  switch (a.kind) {
    case Kind::kNull:
      return true;
    case Kind::kBoolean:
      return a.boolean == b.boolean;
    case Kind::kString:
      return a.text == b.text;
    default:
      return false;
  }
}

std::string number_text(double number) {
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.begin(), buffer.end(), number);
  return error == std::errc() ? std::string(buffer.begin(), end) : std::string("a number");
}

}  // namespace

monitor::Parsed<JsonPath> JsonPath::parse(std::string_view text) {
  JsonPath path;
  std::string_view rest = trimmed(text);
  if (rest.starts_with("len(") && rest.ends_with(')')) {
    path.length = true;
    rest = trimmed(rest.substr(4, rest.size() - 5));
  }
  if (rest.starts_with('$')) {
    rest.remove_prefix(1);
    if (!rest.empty() && rest.front() != '.' && rest.front() != '[') {
      return std::unexpected(not_a_path());
    }
  } else if (!rest.empty() && rest.front() != '[') {
    auto name = take_name(rest);
    if (!name) {
      return std::unexpected(not_a_path());
    }
    path.steps.push_back(std::move(*name));
  }
  while (!rest.empty()) {
    std::optional<JsonStep> step;
    if (rest.front() == '[') {
      step = take_bracket(rest);
    } else if (rest.front() == '.') {
      rest.remove_prefix(1);
      step = take_name(rest);
    }
    if (!step) {
      return std::unexpected(not_a_path());
    }
    path.steps.push_back(std::move(*step));
  }
  return path;
}

std::string JsonValue::shown() const {
  switch (kind) {
    case Kind::kMissing:
      return "missing";
    case Kind::kNull:
      return "null";
    case Kind::kBoolean:
      return boolean ? "true" : "false";
    case Kind::kInteger:
      return std::to_string(integer);
    case Kind::kNumber:
      return number_text(number);
    case Kind::kString:
      return in_quotes(text);
    case Kind::kArray:
      return "an array of " + std::to_string(length);
    case Kind::kObject:
      return "an object of " + std::to_string(length);
  }
  return "";
}

struct JsonCondition::Spelling {
  std::string_view text;
  Operator meaning;
};

const JsonCondition::Spelling* JsonCondition::find_operator(std::string_view text) {
  // The longer ones first.
  static constexpr std::array<Spelling, 7> kSpellings = {{{"==", Operator::kEqual},
                                                          {"!=", Operator::kUnequal},
                                                          {"<=", Operator::kAtMost},
                                                          {">=", Operator::kAtLeast},
                                                          {"<", Operator::kLess},
                                                          {">", Operator::kGreater},
                                                          {"~", Operator::kMatches}}};
  const auto* const found = std::ranges::find_if(
      kSpellings, [text](const Spelling& spelling) { return text.starts_with(spelling.text); });
  return found == kSpellings.end() ? nullptr : found;
}

monitor::Parsed<JsonCondition> JsonCondition::parse(std::string_view text) {
  JsonCondition condition;
  condition.text_ = trimmed(text);
  const std::string_view whole = condition.text_;
  if (whole == "exists") {
    return condition;
  }
  const Spelling* const spelling = find_operator(whole);
  if (spelling == nullptr) {
    return std::unexpected(
        std::string(" is not a condition (write \"== 'up'\", \"< 100\", \"~ ^ok\", \"exists\")"));
  }
  condition.operator_ = spelling->meaning;
  const std::string_view operand = trimmed(whole.substr(spelling->text.size()));
  if (spelling->meaning == Operator::kMatches) {
    const auto expression = quoted(operand) ? operand.substr(1, operand.size() - 2) : operand;
    auto pattern = Pattern::compile(std::string(expression));
    if (!pattern) {
      return std::unexpected(" " + pattern.error());
    }
    condition.pattern_ = std::move(*pattern);
    return condition;
  }
  auto value = to_value(operand);
  if (!value) {
    return std::unexpected(std::string(
        " compares with nothing (write a number, true, false, null, or a text in quotes: \"== "
        "'up'\")"));
  }
  condition.operand_ = std::move(*value);
  const bool ordered =
      spelling->meaning != Operator::kEqual && spelling->meaning != Operator::kUnequal;
  if (ordered && !is_number(condition.operand_)) {
    return std::unexpected(std::string(" compares with no number (write \"< 100\")"));
  }
  return condition;
}

bool JsonCondition::holds(const JsonValue& value) const {
  if (value.kind == Kind::kMissing) {
    return false;
  }
  switch (operator_) {
    case Operator::kExists:
      return true;
    case Operator::kEqual:
      return equal(value, operand_);
    case Operator::kUnequal:
      return !equal(value, operand_);
    case Operator::kMatches:
      return value.kind == Kind::kString && pattern_->match_end(value.text).has_value();
    default:
      break;
  }
  if (!is_number(value)) {
    return false;
  }
  const std::partial_ordering order = compare(value, operand_);
  switch (operator_) {
    case Operator::kLess:
      return order < 0;
    case Operator::kAtMost:
      return order <= 0;
    case Operator::kGreater:
      return order > 0;
    default:
      return order >= 0;
  }
}

}  // namespace hale::checks::http
