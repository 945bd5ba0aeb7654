// Comparison with files of the tree, most of them in tests/golden. With HALE_UPDATE_GOLDEN=1 in the
// environment they are written instead; look at the difference before it is committed.
#pragma once

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace hale::testing {

// `path_in_tree` is below the repository's root.
inline void expect_file(const std::string& path_in_tree, const std::string& text) {
  const std::string path = std::string(HALE_SOURCE_DIR) + "/" + path_in_tree;
  if (const char* update = std::getenv("HALE_UPDATE_GOLDEN"); update && *update == '1') {
    std::ofstream file(path, std::ios::binary);
    file << text;
    EXPECT_TRUE(file.flush()) << path << " cannot be written";
    return;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file) << path << " is missing; HALE_UPDATE_GOLDEN=1 writes it";
  const std::string expected{std::istreambuf_iterator<char>(file),
                             std::istreambuf_iterator<char>()};
  EXPECT_EQ(text, expected) << "differs from " << path;
}

inline void expect_golden(const std::string& name, const std::string& text) {
  expect_file("tests/golden/" + name, text);
}

// The same JSON with a line for each value, so that a change shows as the lines it changes. It
// moves space only: numbers and strings stay as they were written.
inline std::string one_value_a_line(std::string_view json) {
  std::string out;
  std::size_t depth = 0;
  bool in_string = false;
  const auto new_line = [&] { out += "\n" + std::string(depth * 2, ' '); };
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      out += c;
      if (c == '\\') {
        out += json[++i];
      }
      in_string = c != '"';
    } else if (c == '{' || c == '[') {
      out += c;
      if (i + 1 < json.size() && (json[i + 1] == '}' || json[i + 1] == ']')) {
        out += json[++i];
      } else {
        ++depth;
        new_line();
      }
    } else if (c == '}' || c == ']') {
      --depth;
      new_line();
      out += c;
    } else {
      out += c;
      in_string = c == '"';
      if (c == ',') {
        new_line();
      } else if (c == ':') {
        out += ' ';
      }
    }
  }
  return out + "\n";
}

}  // namespace hale::testing
