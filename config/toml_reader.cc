#include "config/toml_reader.h"

#include <optional>
#include <string>
#include <utility>

#include <toml++/toml.h>

namespace hale::config {
namespace {

Position position_of(const toml::source_region& region) {
  return {region.begin.line, region.begin.column};
}

Tree convert(const toml::node& from, const Source& source);

void fill(Node& into, const toml::node& from) {
  switch (from.type()) {
    case toml::node_type::boolean:
      into.value = from.as_boolean()->get();
      break;
    case toml::node_type::integer:
      into.value = from.as_integer()->get();
      break;
    case toml::node_type::floating_point:
      into.value = from.as_floating_point()->get();
      break;
    case toml::node_type::string:
      into.value = from.as_string()->get();
      break;
    case toml::node_type::array: {
      Node::Array array;
      array.elements.reserve(from.as_array()->size());
      for (const toml::node& element : *from.as_array()) {
        Tree child = convert(element, *into.source);
        child->key = std::to_string(array.elements.size());
        child->parent = &into;
        array.elements.push_back(std::move(child));
      }
      into.value = std::move(array);
      break;
    }
    case toml::node_type::table: {
      Node::Table table;
      table.children.reserve(from.as_table()->size());
      for (const auto& [key, value] : *from.as_table()) {  // the library keeps them by key
        Tree child = convert(value, *into.source);
        child->key = key.str();
        child->key_at = position_of(key.source());
        child->parent = &into;
        table.children.push_back(std::move(child));
      }
      into.value = std::move(table);
      break;
    }
    default:
      into.value = Node::Date{};
      break;
  }
}

Tree convert(const toml::node& from, const Source& source) {
  auto node = std::make_unique<Node>();
  node->source = &source;
  node->at = position_of(from.source());
  fill(*node, from);
  return node;
}

// The table that the key-value pairs after the last header of a text go to.
struct LastTable {
  const toml::table* table;
  std::string path;
};

void find_last_table(const toml::node& node, const std::string& path, LastTable& best) {
  if (const toml::table* table = node.as_table(); table != nullptr && !table->is_inline()) {
    if (!(table->source().begin < best.table->source().begin)) {
      best = {table, path};
    }
    for (const auto& [key, child] : *table) {
      find_last_table(child, path + (path.empty() ? "" : ".") + key_text(key.str()), best);
    }
  } else if (const toml::array* array = node.as_array(); array && array->is_array_of_tables()) {
    for (const toml::node& child : *array) {
      find_last_table(child, path, best);
    }
  }
}

struct Definition {
  bool header = false;  // of a table, else a key
  std::string path;
  Position at;
};

// Follows the names of `once_more`, a table with one key that holds a table with one key and so on,
// as far as `from` has them too.
std::optional<Definition> follow(const toml::table& once_more, LastTable from) {
  Definition found{.header = false, .path = std::move(from.path), .at = {}};
  const toml::node* name = &once_more;
  const toml::node* place = from.table;
  bool any = false;
  while (name->is_table() && name->as_table()->size() == 1) {
    const std::string_view key = name->as_table()->begin()->first.str();
    const toml::table* table = place->as_table();
    if (const toml::array* tables = place->as_array(); tables && !tables->empty()) {
      table = tables->back().as_table();
    }
    const toml::node* next = table == nullptr ? nullptr : table->get(key);
    if (next == nullptr) {
      break;
    }
    found.path += (found.path.empty() ? "" : ".") + key_text(key);
    found.at = position_of(next->is_table() ? next->source() : table->find(key)->first.source());
    place = next;
    name = name->as_table()->get(key);
    any = true;
  }
  return any ? std::optional(std::move(found)) : std::nullopt;
}

// Where the name that line `line_number` defines once more was defined first. The lines before it
// are valid, so they are parsed again by themselves, and so is the line.
std::optional<Definition> first_definition(std::string_view text, std::uint32_t line_number) {
  std::size_t begin = 0;
  for (std::uint32_t line = 1; line < line_number; ++line) {
    begin = text.find('\n', begin) + 1;
  }
  const std::string_view line = text.substr(begin, text.find('\n', begin) - begin);
  try {
    const toml::table before = toml::parse(text.substr(0, begin));
    const toml::table once_more = toml::parse(line);
    LastTable from{&before, ""};
    const std::size_t first = line.find_first_not_of(" \t");
    const bool header = first != std::string_view::npos && line[first] == '[';
    if (!header) {
      find_last_table(before, "", from);
    }
    auto found = follow(once_more, std::move(from));
    if (found) {
      found->header = header;
    }
    return found;
  } catch (const toml::parse_error&) {
    return std::nullopt;  // the name stands on another line than the error
  }
}

// The library's words, without what it was doing, and with what would be right.
std::string explain(std::string_view description) {
  if (description.find("could not determine value type") != std::string_view::npos) {
    return "this is no value (text stands in quotes: \"10s\")";
  }
  if (description.starts_with("Error while parsing boolean")) {
    return "this is no value (write true or false; text stands in quotes: \"10s\")";
  }
  if (description.find("control characters other than TAB") != std::string_view::npos) {
    return "text that is not closed on its line, or a control character in it (close it with the "
           "quote that began it, or use three quotes for several lines)";
  }
  if (description.starts_with("Error while parsing inline table") &&
      description.ends_with("'\\n'")) {
    return "braces that are not closed on their line (write all of it on one line, or a table of "
           "its own: [checks.NAME.warn])";
  }
  std::string context;
  if (constexpr std::string_view kPrefix = "Error while parsing ";
      description.starts_with(kPrefix)) {
    const std::size_t colon = description.find(": ");
    const std::string_view part = description.substr(kPrefix.size(), colon - kPrefix.size());
    const bool vowel = !part.empty() && std::string_view("aeiou").find(part[0]) != part.npos;
    context = std::string(vowel ? " (in an " : " (in a ") + std::string(part) + ")";
    description.remove_prefix(colon + 2);
  }
  std::string text;
  for (const char character : description) {
    text += character == '\n' ? ' ' : character;
  }
  return text + context;
}

TextError explain_duplicate(std::string_view text, Position at, const Source& source) {
  TextError error{.at = at, .where = "syntax", .message = "this name was defined before"};
  if (auto first = first_definition(text, at.line)) {
    error.where = std::move(first->path);
    error.message = "defined twice; first at " + source.name + ":" +
                    std::to_string(first->at.line) + ":" + std::to_string(first->at.column) +
                    (first->header ? " (give one of them another name)" : " (leave one out)");
  }
  return error;
}

}  // namespace

std::expected<Tree, TextError> read_toml(std::string_view text, const Source& source) {
  if (auto error = scan_text(text)) {
    return std::unexpected(*std::move(error));
  }
  try {
    const toml::table table = toml::parse(text);
    return convert(table, source);
  } catch (const toml::parse_error& error) {
    const Position at = position_of(error.source());
    if (error.description().find("cannot redefine existing") != std::string_view::npos) {
      return std::unexpected(explain_duplicate(text, at, source));
    }
    return std::unexpected(
        TextError{.at = at, .where = "syntax", .message = explain(error.description())});
  }
}

}  // namespace hale::config
