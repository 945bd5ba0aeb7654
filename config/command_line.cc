#include "config/command_line.h"

#include <string_view>
#include <utility>

#include "config/toml_reader.h"
#include "monitor/utf8.h"

namespace hale::config {
namespace {

// The `=` that ends the key: the first one outside quotes.
std::size_t end_of_key(std::string_view argument) {
  char quote = 0;
  for (std::size_t i = 0; i < argument.size(); ++i) {
    const char character = argument[i];
    if (quote != 0) {
      quote = character == quote ? '\0' : quote;
    } else if (character == '"' || character == '\'') {
      quote = character;
    } else if (character == '=') {
      return i;
    }
  }
  return std::string_view::npos;
}

// Everything that came from an argument stands at its beginning.
void set_position(Node& node) {
  node.at = {};
  node.key_at = {};
  if (auto* table = std::get_if<Node::Table>(&node.value)) {
    for (const Tree& child : table->children) {
      set_position(*child);
    }
  } else if (auto* array = std::get_if<Node::Array>(&node.value)) {
    for (const Tree& element : array->elements) {
      set_position(*element);
    }
  }
}

// A TOML value if it is one, else the text itself. What is neither a list, a table nor a quoted
// string stays text that the key's type decides about.
void set_value(Node& leaf, std::string_view text, const Source& source) {
  const auto root = read_toml("value = " + std::string(text), source);
  Node* value = nullptr;
  if (root) {
    auto& children = std::get<Node::Table>((*root)->value).children;
    value = children.size() == 1 ? children.front().get() : nullptr;
  }
  if (value != nullptr && (value->table() || value->array() || value->text())) {
    leaf.value = std::move(value->value);
    if (auto* table = std::get_if<Node::Table>(&leaf.value)) {
      for (const Tree& child : table->children) {
        child->parent = &leaf;
      }
    } else if (auto* array = std::get_if<Node::Array>(&leaf.value)) {
      for (const Tree& element : array->elements) {
        element->parent = &leaf;
      }
    }
    return;
  }
  leaf.value = std::string(text);
  leaf.loose = true;
}

class Arguments {
 public:
  Arguments(Sources& sources, Problems& problems) : sources_(sources), problems_(problems) {}

  void set(std::string_view argument) {
    const std::size_t equals = end_of_key(argument);
    const std::string_view key = argument.substr(0, equals);
    const Source& source = add_source("--set " + std::string(key));
    if (equals == std::string_view::npos) {
      problems_.add_at(source, {}, "argument", "has no value (write --set KEY=VALUE)");
      return;
    }
    auto tree = read_toml(std::string(key) + " = 0", source);
    Node* leaf = tree ? tree->get() : nullptr;
    std::size_t parts = 0;
    while (leaf != nullptr && leaf->table() != nullptr) {
      const NodeList& children = std::get<Node::Table>(leaf->value).children;
      leaf = children.size() == 1 ? children.front().get() : nullptr;
      ++parts;
    }
    if (!monitor::is_utf8(argument)) {
      problems_.add_at(source, {}, "argument", "is not UTF-8");
      return;
    }
    // A line break would let the argument be more than a key.
    if (leaf == nullptr || key.find('\n') != std::string_view::npos || parts < 2) {
      problems_.add_at(source, {}, "argument",
                       in_quotes(key) + " is not the name of a key (write agent.name)");
      return;
    }
    set_value(*leaf, argument.substr(equals + 1), source);
    set_position(**tree);
    sources_.trees.push_back(*std::move(tree));
  }

  void listen(const std::vector<std::string>& addresses) {
    const Source& source = add_source("--listen");
    auto list = std::make_unique<Node>();
    list->source = &source;
    Node::Array elements;
    for (const std::string& address : addresses) {
      Tree element = make_loose(source, address);
      element->key = std::to_string(elements.elements.size());
      element->parent = list.get();
      elements.elements.push_back(std::move(element));
    }
    list->value = std::move(elements);
    add_tree(source, "http", "listen", std::move(list));
  }

  void profile(const std::string& name) {
    const Source& source = add_source("--profile");
    add_tree(source, "agent", "profile", make_loose(source, name));
  }

 private:
  const Source& add_source(std::string name) {
    auto source = std::make_unique<Source>();
    source->name = std::move(name);
    source->origin = Origin::kCommandLine;
    source->order = sources_.all.size();
    sources_.all.push_back(std::move(source));
    return *sources_.all.back();
  }

  void add_tree(const Source& source, std::string section, std::string key, Tree value) {
    Tree root = make_table(source);
    Node& table = add_child(*root, std::move(section), make_table(source));
    add_child(table, std::move(key), std::move(value));
    sources_.trees.push_back(std::move(root));
  }

  Sources& sources_;
  Problems& problems_;
};

}  // namespace

void add_command_line(const CommandLine& command_line, Sources& sources, Problems& problems) {
  Arguments arguments(sources, problems);
  for (const std::string& argument : command_line.set) {
    arguments.set(argument);
  }
  if (command_line.profile) {
    arguments.profile(*command_line.profile);
  }
  if (!command_line.listen.empty()) {
    arguments.listen(command_line.listen);
  }
}

}  // namespace hale::config
