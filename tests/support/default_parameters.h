// The parameters of a check about which the configuration says nothing but what a test adds.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "monitor/check_descriptor.h"
#include "monitor/parameters.h"

namespace hale::test {

inline monitor::Parameters default_parameters(std::span<const monitor::KeyDescriptor> keys) {
  monitor::Parameters parameters;
  for (const monitor::KeyDescriptor& key : keys) {
    bool needed = false;
    for (const monitor::KeyDescriptor& inner : key.keys) {
      needed = needed || inner.required;
    }
    if (key.default_value) {
      parameters.set(std::string(key.name), *key.default_value);
    } else if (key.type == monitor::KeyType::kTable && !needed) {
      parameters.set(std::string(key.name), std::vector{default_parameters(key.keys)});
    }
  }
  return parameters;
}

// Sets one key of the table `table`, which is there already.
inline void set_in(monitor::Parameters& parameters, const std::string& table, std::string key,
                   monitor::ParameterValue value) {
  monitor::Parameters changed = parameters.table(table);
  changed.set(std::move(key), std::move(value));
  parameters.set(table, std::vector{std::move(changed)});
}

}  // namespace hale::test
