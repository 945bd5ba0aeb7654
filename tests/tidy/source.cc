#include "tests/tidy/source.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace hale::tidy {
namespace {

// Blanks [from, to) and keeps the lines.
void blank(std::string& code, std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < std::min(to, code.size()); ++i) {
    if (code[i] != '\n') {
      code[i] = ' ';
    }
  }
}

// The end of the quoted text that begins at `open`; the closing quote is at end - 1.
std::size_t end_of_quoted(std::string_view text, std::size_t open) {
  const char quote = text[open];
  for (std::size_t i = open + 1; i < text.size() && text[i] != '\n'; ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      return i + 1;
    }
  }
  return text.find('\n', open);  // not closed: the compiler will say so
}

// The end of R"delimiter(...)delimiter" whose opening quote is at `open`.
std::size_t end_of_raw(std::string_view text, std::size_t open) {
  const std::size_t paren = text.find('(', open);
  if (paren == std::string_view::npos) {
    return text.size();
  }
  std::string close = ")";
  close.append(text.substr(open + 1, paren - open - 1)).push_back('"');
  const std::size_t found = text.find(close, paren);
  return found == std::string_view::npos ? text.size() : found + close.size();
}

bool raw_string(std::string_view text, std::size_t quote) {
  return quote > 0 && text[quote - 1] == 'R' && (quote == 1 || !is_word(text[quote - 2]));
}

std::string code_of(std::string_view text) {
  std::string code(text);
  std::size_t i = 0;
  while (i < text.size()) {
    const std::string_view two = text.substr(i, 2);
    std::size_t end = i + 1;
    if (two == "//") {
      end = std::min(text.find('\n', i), text.size());
      blank(code, i, end);
    } else if (two == "/*") {
      const std::size_t found = text.find("*/", i + 2);
      end = found == std::string_view::npos ? text.size() : found + 2;
      blank(code, i, end);
    } else if (text[i] == '"') {
      end = raw_string(text, i) ? end_of_raw(text, i) : end_of_quoted(text, i);
      end = std::min(end, text.size());
      blank(code, i + 1, end - 1);
    } else if (text[i] == '\'' && (i == 0 || !is_word(text[i - 1]))) {  // else 1'000
      end = std::min(end_of_quoted(text, i), text.size());
      blank(code, i + 1, end - 1);
    }
    i = end;
  }
  return code;
}

std::vector<Include> includes_of(std::string_view text, std::string_view code) {
  std::vector<Include> includes;
  constexpr std::string_view kDirective = "#include";
  for (std::size_t at = find_word(code, kDirective, 0); at != std::string_view::npos;
       at = find_word(code, kDirective, at + 1)) {
    const std::size_t open = next(code, at + kDirective.size());
    if (open == std::string_view::npos || (text[open] != '"' && text[open] != '<')) {
      continue;
    }
    const std::size_t close = text.find(text[open] == '"' ? '"' : '>', open + 1);
    if (close == std::string_view::npos) {
      continue;
    }
    includes.push_back({std::string(text.substr(open + 1, close - open - 1)), text[open] == '"',
                        line_of(text, at)});
  }
  return includes;
}

}  // namespace

Source make_source(std::string path, std::string text) {
  Source source;
  source.code = code_of(text);
  source.includes = includes_of(text, source.code);
  source.path = std::move(path);
  source.text = std::move(text);
  return source;
}

int line_of(std::string_view text, std::size_t offset) {
  return 1 + static_cast<int>(std::ranges::count(text.substr(0, offset), '\n'));
}

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::string without_directives(std::string code) {
  std::size_t start = 0;
  bool continued = false;
  while (start < code.size()) {
    const std::size_t end = std::min(code.find('\n', start), code.size());
    const std::string_view line = std::string_view(code).substr(start, end - start);
    const std::size_t first = line.find_first_not_of(" \t");
    const bool directive = continued || (first != std::string_view::npos && line[first] == '#');
    continued = directive && line.ends_with('\\');
    if (directive) {
      blank(code, start, end);
    }
    start = end + 1;
  }
  return code;
}

std::size_t previous(std::string_view code, std::size_t offset) {
  return offset == 0 ? std::string_view::npos : code.find_last_not_of(" \t\n", offset - 1);
}

std::size_t next(std::string_view code, std::size_t offset) {
  return code.find_first_not_of(" \t\n", offset);
}

std::string_view word_ending_at(std::string_view code, std::size_t last) {
  if (last == std::string_view::npos) {
    return "";
  }
  std::size_t first = last + 1;
  while (first > 0 && is_word(code[first - 1])) {
    --first;
  }
  return code.substr(first, last + 1 - first);
}

std::size_t closing(std::string_view code, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < code.size(); ++i) {
    if (std::string_view("([{").find(code[i]) != std::string_view::npos) {
      ++depth;
    } else if (std::string_view(")]}").find(code[i]) != std::string_view::npos && --depth == 0) {
      return i;
    }
  }
  return std::string_view::npos;
}

std::size_t find_word(std::string_view code, std::string_view word, std::size_t from) {
  for (std::size_t at = code.find(word, from); at != std::string_view::npos;
       at = code.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool begins = !is_word(word.front()) || at == 0 || !is_word(code[at - 1]);
    const bool ends = !is_word(word.back()) || end == code.size() || !is_word(code[end]);
    if (begins && ends) {
      return at;
    }
  }
  return std::string_view::npos;
}

}  // namespace hale::tidy
