// The parameters of a check type as the configuration would hand them over: every default filled
// in, then what the test sets.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "monitor/check_descriptor.h"

namespace hale::test {

inline monitor::Parameters default_parameters(const std::vector<monitor::KeyDescriptor>& keys) {
  monitor::Parameters parameters;
  for (const monitor::KeyDescriptor& key : keys) {
    if (key.default_value) {
      parameters.set(std::string(key.name), *key.default_value);
    } else if (key.type == monitor::KeyType::kTable) {
      parameters.set(std::string(key.name),
                     std::vector<monitor::Parameters>{default_parameters(key.keys)});
    }
  }
  return parameters;
}

}  // namespace hale::test
