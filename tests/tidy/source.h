// One source file as the style tests look at it. Values; no thread of their own.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hale::tidy {

struct Include {
  std::string name;      // without its brackets or quotes
  bool project = false;  // in quotes
  int line = 0;
};

struct Source {
  std::string path;  // from the root of the repository
  std::string text;  // as it is in the file
  // The same length and lines as `text`, but what stands in comments, strings and characters is
  // blank, so that what is found in it is code.
  std::string code;
  std::vector<Include> includes;
};

Source make_source(std::string path, std::string text);

int line_of(std::string_view text, std::size_t offset);  // counts from 1
bool is_word(char c);                                    // part of an identifier

// `code` with preprocessor directives blank, their continuation lines included: macros need not
// balance their braces.
std::string without_directives(std::string code);

// The offset of the last character before `offset` that is not white space; npos: none.
std::size_t previous(std::string_view code, std::size_t offset);
// The offset of the first character from `offset` on that is not white space; npos: none.
std::size_t next(std::string_view code, std::size_t offset);
// The identifier that ends at `last`, or "" where there is none.
std::string_view word_ending_at(std::string_view code, std::size_t last);
// The offset of the bracket that closes the one at `open`; npos: it is never closed.
std::size_t closing(std::string_view code, std::size_t open);
// The next place at or after `from` where `word` stands by itself; npos: none. The ends of `word`
// that are not part of an identifier need no boundary.
std::size_t find_word(std::string_view code, std::string_view word, std::size_t from);

}  // namespace hale::tidy
