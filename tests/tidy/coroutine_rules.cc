// Reads code as clang-format writes it, without a grammar: good enough for the forms that are
// known to go wrong, and rules_test.cc holds them all.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/rules.h"

namespace hale::tidy {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

bool one_of(char c, std::string_view set) {
  return set.find(c) != kNone;
}

template <std::size_t N>
bool one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::ranges::find(words, word) != words.end();
}

// The text since the last `;`, `{` or `}` before `at`.
std::string_view head_of(std::string_view code, std::size_t at) {
  const std::size_t last = at == 0 ? kNone : code.find_last_of(";{}", at - 1);
  const std::size_t first = last == kNone ? 0 : last + 1;
  return code.substr(first, at - first);
}

// Whether the `{` at `open` begins statements or declarations; otherwise it initialises a value.
bool opens_block(std::string_view code, std::size_t open) {
  constexpr std::array<std::string_view, 8> kBefore = {"else",     "do",    "try",     "const",
                                                       "noexcept", "final", "mutable", "override"};
  constexpr std::array<std::string_view, 5> kTypes = {"class", "struct", "union", "enum",
                                                      "namespace"};
  const std::size_t before = previous(code, open);
  if (before == kNone || one_of(code[before], ");}:\"")) {
    return true;
  }
  if (code[before] == '{') {
    return opens_block(code, before);
  }
  if (code[before] == ']') {  // a lambda without parameters; `x[i]{}` is not written
    return true;
  }
  if (!is_word(code[before]) && code[before] != '>') {
    return false;
  }
  if (one_of(word_ending_at(code, before), kBefore)) {
    return true;
  }
  const std::string_view head = head_of(code, open);
  if (std::ranges::any_of(
          kTypes, [&](std::string_view type) { return find_word(head, type, 0) != kNone; })) {
    return true;
  }
  const std::size_t arrow = head.rfind("->");  // the result of a function or lambda: `) -> Task<>`
  if (arrow == kNone) {
    return false;
  }
  const std::size_t parameters = previous(head, arrow);
  return parameters != kNone &&
         (head[parameters] == ')' || one_of(word_ending_at(head, parameters), kBefore));
}

struct Lambda {
  std::size_t intro = 0;  // `[`
  bool captures = false;
  std::size_t body = 0;  // `{`
  std::size_t end = 0;   // its `}`
};

// The lambda that begins with the `[` at `intro`; `end` is 0 when that is something else.
Lambda lambda_at(std::string_view code, std::size_t intro) {
  Lambda lambda;
  lambda.intro = intro;
  const std::size_t before = previous(code, intro);
  const bool expression =
      before == kNone || !(is_word(code[before]) || one_of(code[before], ")]["));
  const bool result = word_ending_at(code, before) == "return";
  const std::size_t close = closing(code, intro);
  if (!(expression || result) || close == kNone || code[intro + 1] == '[') {
    return lambda;
  }
  lambda.captures = next(code, intro + 1) != close;
  std::size_t i = next(code, close + 1);
  if (i == kNone || !(one_of(code[i], "({<") || code.substr(i, 2) == "->" || is_word(code[i]))) {
    return lambda;
  }
  while (i != kNone && code[i] != '{') {
    if (one_of(code[i], ";,)=")) {
      return lambda;
    }
    const std::size_t end = code[i] == '(' ? closing(code, i) : i;
    i = end == kNone ? kNone : next(code, end + 1);
  }
  if (i != kNone) {
    const std::size_t end = closing(code, i);
    lambda.body = i;
    lambda.end = end == kNone ? 0 : end;
  }
  return lambda;
}

std::vector<Lambda> lambdas_of(std::string_view code) {
  std::vector<Lambda> lambdas;
  for (std::size_t at = code.find('['); at != kNone; at = code.find('[', at + 1)) {
    const Lambda lambda = lambda_at(code, at);
    if (lambda.end != 0) {
      lambdas.push_back(lambda);
    }
  }
  return lambdas;
}

// What is in the way of a co_await in its full expression.
enum class Beside { kNothing, kBraces, kLambda };

struct Start {
  std::size_t offset = 0;
  bool in_braces = false;  // the co_await itself stands in an initialiser
};

// Where the full expression that contains `at` begins.
Start start_of_expression(std::string_view code, std::size_t at) {
  constexpr std::array<std::string_view, 5> kConditions = {"if", "while", "for", "switch", "catch"};
  std::size_t i = at;
  int depth = 0;
  while (i > 0) {
    --i;
    const char c = code[i];
    if (c == '}' && depth == 0) {
      const std::size_t after = next(code, i + 1);
      if (after == kNone || !one_of(code[after], ",).?:+-*/&|=<>")) {
        return {i + 1, false};  // the end of a block, not of an initialiser
      }
      ++depth;
    } else if (one_of(c, ")]}")) {
      ++depth;
    } else if (one_of(c, "([{") && depth > 0) {
      --depth;
    } else if (c == '(' && one_of(word_ending_at(code, previous(code, i)), kConditions)) {
      return {i + 1, false};
    } else if (c == '{') {
      return {i + 1, !opens_block(code, i)};
    } else if (c == ';' && depth == 0) {
      return {i + 1, false};
    }
  }
  return {0, false};
}

// Reads the full expression from `start` to its end.
Beside beside(std::string_view code, Start start) {
  if (start.in_braces) {
    return Beside::kBraces;
  }
  int depth = 0;
  for (std::size_t i = start.offset; i < code.size(); ++i) {
    const char c = code[i];
    if (c == '[') {
      const Lambda lambda = lambda_at(code, i);
      if (lambda.end != 0 && lambda.captures) {
        return Beside::kLambda;
      }
      i = lambda.end != 0 ? lambda.end : i;
      depth += lambda.end != 0 ? 0 : 1;
    } else if (c == '(') {
      ++depth;
    } else if (c == '{') {
      return opens_block(code, i) ? Beside::kNothing : Beside::kBraces;
    } else if (one_of(c, ")]}") && --depth < 0) {
      return Beside::kNothing;
    } else if (c == ';' && depth == 0) {
      return Beside::kNothing;
    }
  }
  return Beside::kNothing;
}

}  // namespace

void check_capturing_coroutines(const Source& source, Findings& findings) {
  const std::vector<Lambda> lambdas = lambdas_of(source.code);
  constexpr std::array<std::string_view, 3> kKeywords = {"co_await", "co_return", "co_yield"};
  std::vector<std::size_t> told;
  for (const std::string_view keyword : kKeywords) {
    for (std::size_t at = find_word(source.code, keyword, 0); at != kNone;
         at = find_word(source.code, keyword, at + 1)) {
      const Lambda* innermost = nullptr;
      for (const Lambda& lambda : lambdas) {  // in the order of their beginnings
        if (lambda.body < at && at < lambda.end) {
          innermost = &lambda;
        }
      }
      if (innermost != nullptr && innermost->captures &&
          std::ranges::find(told, innermost->intro) == told.end()) {
        told.push_back(innermost->intro);
        findings.push_back({source.path, line_of(source.code, innermost->intro),
                            "a coroutine lambda with captures dangles: pass them as parameters"});
      }
    }
  }
}

void check_co_await_stands_alone(const Source& source, Findings& findings) {
  const std::string code = without_directives(source.code);
  int told = 0;
  for (std::size_t at = find_word(code, "co_await", 0); at != kNone;
       at = find_word(code, "co_await", at + 1)) {
    const Beside found = beside(code, start_of_expression(code, at));
    const int line = line_of(code, at);
    if (found == Beside::kNothing || line == told) {
      continue;
    }
    told = line;
    findings.push_back(
        {source.path, line,
         std::string("co_await beside ") +
             (found == Beside::kBraces ? "a braced initialiser" : "a capturing lambda") +
             ": g++ 12 frees twice; name the argument first, and move it in"});
  }
}

}  // namespace hale::tidy
