// The configuration as it was read: a tree of values that know where they stand. No meaning yet:
// which keys exist and what their values must be is decided by whoever reads the tree.
//
// A tree belongs to one loading of the configuration and is not changed after it was made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hale::config {

// Where a value came from.
enum class Origin : std::uint8_t {
  kFile,
  kBuiltin,      // the embedded default
  kCommandLine,  // --set, --listen, --profile
  kProgram,      // declared in the program: a check type's own defaults, and what is built in
};

struct Source {
  std::string name;                      // as problems name it: "/etc/hale/hale.toml"
  std::filesystem::path directory = {};  // what relative names in it are relative to
  Origin origin = Origin::kFile;
  std::size_t order = 0;  // in which order sources were first seen; problems are sorted by it
};

// Both count from 1; a column is a character, not a byte.
struct Position {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  auto operator<=>(const Position&) const = default;
};

struct Node;
using NodeList = std::vector<std::unique_ptr<Node>>;

struct Node {
  struct Array {
    NodeList elements;
  };
  struct Table {
    NodeList children;  // by key
  };
  struct Date {};  // a date or a time: no key of hale takes one

  std::variant<bool, std::int64_t, double, std::string, Date, Array, Table> value;
  // Text that stands for a value of the key's type: it came in by `--set` or from a declaration in
  // the program, where no type can be told from how it is written.
  bool loose = false;
  std::string key;  // in the table that holds it, or the number of an element; empty for a root
  Position at;      // of the value
  Position key_at;
  const Node* parent = nullptr;    // null for a root
  const Source* source = nullptr;  // outlives the tree

  const Table* table() const { return std::get_if<Table>(&value); }
  const Array* array() const { return std::get_if<Array>(&value); }
  const std::string* text() const { return std::get_if<std::string>(&value); }
  bool date() const { return std::holds_alternative<Date>(value); }

  // The value of `name` in this table; null where there is none, or this is no table.
  const Node* find(std::string_view name) const;

  // `checks.web.items."/scratch"`, `http.listen[1]`; empty for a root.
  std::string path() const;

  // For messages: `"10x"`, `5`, `a list`. Long text is shortened.
  std::string shown() const;
};

// An owned tree.
using Tree = std::unique_ptr<Node>;

// Makes `child` the value of `key` in `parent`, which must be a table without it. Returns the
// child.
Node& add_child(Node& parent, std::string key, Tree child);

// A table without children that stands nowhere in particular.
Tree make_table(const Source& source);

// A value given as text, to be converted to the type of its key.
Tree make_loose(const Source& source, std::string text);

// `text` in quotes, control characters escaped, at most some sixty characters of it.
std::string in_quotes(std::string_view text);

// A key as TOML writes it: bare where it can be, else in quotes.
std::string key_text(std::string_view key);

// A string as TOML writes it, in double quotes.
std::string toml_string(std::string_view text);

}  // namespace hale::config
