// Tables laid over each other: for each key the first table that has it decides.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "config/document.h"

namespace hale::config {

using Layers = std::vector<const Node*>;  // tables, the strongest first

struct Found {
  const Node* node = nullptr;
  std::size_t rank = 0;  // of its table; a smaller one is more specific
};

// Among the first `count` layers. `node` is null where no table has the key.
inline Found find_in(const Layers& layers, std::string_view key,
                     std::size_t count = static_cast<std::size_t>(-1)) {
  for (std::size_t rank = 0; rank < layers.size() && rank < count; ++rank) {
    if (const Node* node = layers[rank]->find(key)) {
      return {node, rank};
    }
  }
  return {};
}

// What every layer says about `key`, the strongest first.
inline Layers all_of(const Layers& layers, std::string_view key) {
  Layers found;
  for (const Node* layer : layers) {
    if (const Node* node = layer->find(key)) {
      found.push_back(node);
    }
  }
  return found;
}

}  // namespace hale::config
