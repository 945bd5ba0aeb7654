// What the configuration hands to a check's factory: the defaults of the keys, and what a test
// sets.
#pragma once

#include <cstdlib>
#include <initializer_list>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "monitor/check_descriptor.h"
#include "tests/support/default_parameters.h"

namespace hale::test {

using Set = std::pair<std::string, monitor::ParameterValue>;

inline monitor::Parameters check_parameters(std::span<const monitor::KeyDescriptor> keys,
                                            std::initializer_list<Set> set = {}) {
  monitor::Parameters parameters = default_parameters(keys);
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
