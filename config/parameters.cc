#include "config/parameters.h"

#include <optional>
#include <string>
#include <utility>

namespace hale::config {
namespace {

using monitor::KeyDescriptor;
using monitor::KeyType;
using monitor::ParameterValue;

template <class T>
std::optional<ParameterValue> value_of(std::optional<T> value) {
  return value ? std::optional<ParameterValue>(*std::move(value)) : std::nullopt;
}

std::optional<ParameterValue> read(const Node& node, const KeyDescriptor& key, Reader& reader) {
  switch (key.type) {
    case KeyType::kBoolean:
      return value_of(reader.boolean(node));
    case KeyType::kInteger:
      return value_of(reader.integer(node, key.minimum, key.maximum));
    case KeyType::kDuration:
      return value_of(reader.duration(node, monitor::Duration::zero(), monitor::Duration::max()));
    case KeyType::kStringList:
      return value_of(reader.list(node));
    case KeyType::kString:
      break;
  }
  return key.secret ? value_of(reader.secret(node)) : value_of(reader.text(node));
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
    case KeyType::kStringList:
      return text + " = [\"...\"]";
    case KeyType::kString:
      break;
  }
  return text + (key.secret ? " = { file = \"...\" }" : " = \"...\"");
}

}  // namespace

monitor::Parameters read_parameters(const Layers& layers, const monitor::CheckDescriptor& type,
                                    const Node& check, Reader& reader) {
  monitor::Parameters parameters;
  for (const KeyDescriptor& key : type.keys) {
    if (const Node* node = find_in(layers, key.name).node) {
      if (auto value = read(*node, key, reader)) {
        parameters.set(std::string(key.name), *std::move(value));
      }
    } else if (key.default_value) {
      parameters.set(std::string(key.name), *key.default_value);
    } else if (key.required) {
      reader.problems().add(check, "has no " + in_quotes(key.name) + ", which type " +
                                       in_quotes(type.name) + " needs (add " + example_of(key) +
                                       ")");
    }
  }
  return parameters;
}

void check_parameters(const Node& table, const monitor::CheckDescriptor& type, Reader& reader) {
  for (const KeyDescriptor& key : type.keys) {
    if (const Node* node = table.find(key.name)) {
      read(*node, key, reader);
    }
  }
}

}  // namespace hale::config
