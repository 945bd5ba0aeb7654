#include "config/document.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "monitor/assert.h"

namespace hale::config {
namespace {

constexpr std::size_t kShownCharacters = 60;

struct Describe {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(double value) const {
    std::array<char, 32> buffer{};
    const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    return {buffer.data(), end};
  }
  std::string operator()(const std::string& value) const { return in_quotes(value); }
  std::string operator()(const Node::Date&) const { return "a date or time"; }
  std::string operator()(const Node::Array&) const { return "a list"; }
  std::string operator()(const Node::Table&) const { return "a table"; }
};

bool less_key(const Tree& node, std::string_view key) {
  return node->key < key;
}

void append_escaped(std::string& out, char character) {
  switch (character) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(character);
  if (byte >= 0x20 && byte != 0x7F) {
    out += character;
    return;
  }
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  out += "\\u00";
  out += kDigits[byte >> 4U];
  out += kDigits[byte & 0x0FU];
}

bool is_continuation(char character) {
  return (static_cast<unsigned char>(character) & 0xC0U) == 0x80U;
}

bool is_bare(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
         (character >= '0' && character <= '9') || character == '_' || character == '-';
}

}  // namespace

const Node* Node::find(std::string_view name) const {
  const Table* self = table();
  if (self == nullptr) {
    return nullptr;
  }
  const auto found = std::lower_bound(self->children.begin(), self->children.end(), name, less_key);
  return found != self->children.end() && (*found)->key == name ? found->get() : nullptr;
}

std::string Node::path() const {
  if (parent == nullptr) {
    return "";
  }
  std::string path = parent->path();
  if (parent->array() != nullptr) {
    return path + "[" + key + "]";
  }
  if (!path.empty()) {
    path += '.';
  }
  return path + key_text(key);
}

std::string Node::shown() const {
  return std::visit(Describe{}, value);
}

Node& add_child(Node& parent, std::string key, Tree child) {
  auto* table = std::get_if<Node::Table>(&parent.value);
  HALE_ASSERT(table != nullptr);
  const auto place = std::lower_bound(table->children.begin(), table->children.end(),
                                      std::string_view(key), less_key);
  HALE_ASSERT(place == table->children.end() || (*place)->key != key);
  child->key = std::move(key);
  child->parent = &parent;
  return **table->children.insert(place, std::move(child));
}

Tree make_table(const Source& source) {
  auto node = std::make_unique<Node>();
  node->value = Node::Table{};
  node->source = &source;
  return node;
}

Tree make_loose(const Source& source, std::string text) {
  auto node = std::make_unique<Node>();
  node->value = std::move(text);
  node->loose = true;
  node->source = &source;
  return node;
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  std::size_t characters = 0;
  for (const char character : text) {
    if (!is_continuation(character) && ++characters > kShownCharacters) {
      return out + "...\"";
    }
    append_escaped(out, character);
  }
  return out + "\"";
}

std::string key_text(std::string_view key) {
  const bool bare = !key.empty() && std::all_of(key.begin(), key.end(), is_bare);
  return bare ? std::string(key) : toml_string(key);
}

std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char character : text) {
    append_escaped(out, character);
  }
  return out + "\"";
}

}  // namespace hale::config
