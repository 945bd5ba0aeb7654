#include "config/parameters.h"

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace hale::config {
namespace {

using monitor::KeyDescriptor;
using monitor::KeyType;
using monitor::Parameters;
using monitor::ParameterValue;

using Keys = std::span<const KeyDescriptor>;

template <class T>
std::optional<ParameterValue> value_of(std::optional<T> value) {
  return value ? std::optional<ParameterValue>(*std::move(value)) : std::nullopt;
}

// What to write for a key that is missing.
std::string example_of(const KeyDescriptor& key) {
  std::string text(key.name);
  switch (key.type) {
    case KeyType::kBoolean:
      return text + " = true";
    case KeyType::kInteger:
      return text + " = NUMBER";
    case KeyType::kDuration:
      return text + " = \"10s\"";
    case KeyType::kSize:
      return text + " = \"1MiB\"";
    case KeyType::kChoice:
      return text + " = " + in_quotes(key.choices.front());
    case KeyType::kStringList:
      return text + " = [\"...\"]";
    case KeyType::kMap:
    case KeyType::kTable:
      return text + " = { ... }";
    case KeyType::kTableList:
      return text + " = [{ ... }]";
    case KeyType::kPath:
      return text + " = \"FILE\"";
    case KeyType::kString:
      break;
  }
  return text + (key.secret ? " = { file = \"...\" }" : " = \"...\"");
}

class ParameterReader {
 public:
  // `complete`: the tables are all that there is, and a key that is missing is missed.
  ParameterReader(Reader& reader, bool complete) : reader_(reader), complete_(complete) {}

  // `where`: what misses a key, of which `whose` says what it is.
  Parameters read(const Layers& tables, Keys keys, const Node* where, const std::string& whose) {
    Parameters parameters;
    for (const KeyDescriptor& key : keys) {
      if (auto value = read(all_of(tables, key.name), key)) {
        parameters.set(std::string(key.name), *std::move(value));
      } else if (key.required && complete_ && find_in(tables, key.name).node == nullptr) {
        reader_.problems().add(*where, "has no " + in_quotes(key.name) + ", which " + whose +
                                           " needs (add " + example_of(key) + ")");
      }
    }
    return parameters;
  }

 private:
  // `values`: the strongest first; may be empty.
  std::optional<ParameterValue> read(const Layers& values, const KeyDescriptor& key) {
    if (key.type == KeyType::kTable) {
      return table(values, key);
    }
    if (values.empty()) {
      return key.default_value;
    }
    switch (key.type) {
      case KeyType::kMap:
        return map(values, key);
      case KeyType::kTableList:
        return tables(*values.front(), key);
      default:
        return scalar(*values.front(), key);
    }
  }

  std::optional<ParameterValue> scalar(const Node& node, const KeyDescriptor& key) {
    switch (key.type) {
      case KeyType::kBoolean:
        return value_of(reader_.boolean(node));
      case KeyType::kInteger:
        return value_of(reader_.integer(node, key.minimum, key.maximum));
      case KeyType::kDuration:
        return value_of(
            reader_.duration(node, monitor::Duration::zero(), monitor::Duration::max()));
      case KeyType::kSize:
        return value_of(reader_.size(node, key.minimum, key.maximum));
      case KeyType::kStringList:
        return key.secret ? value_of(reader_.secret_list(node)) : value_of(reader_.list(node));
      case KeyType::kPath:
        return value_of(reader_.path(node));
      case KeyType::kChoice:
        if (const auto chosen = reader_.choice(node, key.choices)) {
          return std::string(key.choices[*chosen]);
        }
        return std::nullopt;
      default:
        return key.secret ? value_of(reader_.secret(node)) : value_of(reader_.text(node));
    }
  }

  // Tables are laid over each other key by key.
  std::optional<ParameterValue> table(const Layers& values, const KeyDescriptor& key) {
    Layers tables;
    for (const Node* node : values) {
      if (is_table(*node, "{ " + example_of(key.keys.front()) + " }")) {
        check_names(*node, key);
        tables.push_back(node);
      }
    }
    const bool needed = std::ranges::any_of(key.keys, &KeyDescriptor::required);
    if (tables.empty() && (!values.empty() || needed)) {
      return std::nullopt;
    }
    return std::vector{
        read(tables, key.keys, tables.empty() ? nullptr : tables.front(), in_quotes(key.name))};
  }

  std::optional<ParameterValue> tables(const Node& node, const KeyDescriptor& key) {
    const std::string example = "{ " + example_of(key.keys.front()) + " }";
    if (node.array() == nullptr) {
      reader_.problems().add(node,
                             node.shown() + " is not a list of tables (write [" + example + "])");
      return std::nullopt;
    }
    std::vector<Parameters> all;
    for (const Tree& element : node.array()->elements) {
      if (is_table(*element, example)) {
        check_names(*element, key);
        all.push_back(
            read({element.get()}, key.keys, element.get(), "a table of " + in_quotes(key.name)));
      }
    }
    return all;
  }

  std::optional<ParameterValue> map(const Layers& values, const KeyDescriptor& key) {
    std::map<std::string_view, monitor::Text> merged;
    for (const Node* node : values) {
      if (!is_table(*node, "{ name = \"...\" }")) {
        continue;
      }
      for (const Tree& entry : node->table()->children) {
        if (merged.contains(entry->key)) {
          continue;
        }
        auto text = key.secret ? reader_.maybe_secret(*entry) : plain(*entry);
        if (text) {
          merged.emplace(entry->key, *std::move(text));
        }
      }
    }
    return monitor::TextMap(merged.begin(), merged.end());
  }

  std::optional<monitor::Text> plain(const Node& node) {
    auto text = reader_.text(node);
    return text ? std::optional(monitor::Text{.value = *std::move(text)}) : std::nullopt;
  }

  bool is_table(const Node& node, const std::string& example) {
    if (node.table() == nullptr) {
      reader_.problems().add(node, node.shown() + " is not a table (write " + example + ")");
    }
    return node.table() != nullptr;
  }

  void check_names(const Node& table, const KeyDescriptor& key) {
    std::vector<std::string_view> names;
    std::string known;
    for (const KeyDescriptor& inner : key.keys) {
      names.push_back(inner.name);
      known += (known.empty() ? "known: " : ", ") + std::string(inner.name);
    }
    for (const Tree& child : table.table()->children) {
      if (std::ranges::find(names, child->key) == names.end()) {
        reader_.problems().add_key(
            *child, "unknown key " + in_quotes(child->key) + suggestion(child->key, names, known));
      }
    }
  }

  Reader& reader_;
  bool complete_;
};

}  // namespace

monitor::Parameters read_parameters(const Layers& layers, const monitor::CheckDescriptor& type,
                                    const Node& check, Reader& reader) {
  return ParameterReader(reader, true)
      .read(layers, type.keys, &check, "type " + in_quotes(type.name));
}

void check_parameters(const Node& table, const monitor::CheckDescriptor& type, Reader& reader) {
  ParameterReader(reader, false).read({&table}, type.keys, &table, "");
}

}  // namespace hale::config
