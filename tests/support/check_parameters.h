// What the configuration hands to a check's factory: the defaults of the keys, and what a test
// sets.
#pragma once

#include <cstdlib>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "monitor/check_descriptor.h"

namespace hale::test {

using Set = std::pair<std::string, monitor::ParameterValue>;

inline monitor::Parameters check_parameters(const std::vector<monitor::KeyDescriptor>& keys,
                                            std::initializer_list<Set> set = {}) {
  monitor::Parameters parameters;
  for (const monitor::KeyDescriptor& key : keys) {
    if (key.default_value) {
      parameters.set(std::string(key.name), *key.default_value);
    } else if (key.type == monitor::KeyType::kTable) {
      parameters.set(std::string(key.name), std::vector{check_parameters(key.keys)});
    }
  }
  for (const auto& [name, value] : set) {
    parameters.set(name, value);
  }
  return parameters;
}

// The keys of a table or of a list of tables; a bug where there is no such key.
inline const std::vector<monitor::KeyDescriptor>& keys_of(
    const std::vector<monitor::KeyDescriptor>& keys, const std::string& table) {
  for (const monitor::KeyDescriptor& key : keys) {
    if (key.name == table) {
      return key.keys;
    }
  }
  std::abort();
}

}  // namespace hale::test
