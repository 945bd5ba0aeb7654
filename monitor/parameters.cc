#include "monitor/parameters.h"

#include <utility>

#include "monitor/assert.h"

namespace hale::monitor {

void Parameters::set(std::string key, ParameterValue value) {
  values_.insert_or_assign(std::move(key), std::move(value));
}

const ParameterValue* Parameters::find(std::string_view key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? nullptr : &found->second;
}

template <class T>
const T& Parameters::get(std::string_view key) const {
  const ParameterValue* value = find(key);
  HALE_ASSERT(value != nullptr);
  const T* typed = std::get_if<T>(value);
  HALE_ASSERT(typed != nullptr);
  return *typed;
}

bool Parameters::boolean(std::string_view key) const {
  return get<bool>(key);
}
std::int64_t Parameters::integer(std::string_view key) const {
  return get<std::int64_t>(key);
}
Duration Parameters::duration(std::string_view key) const {
  return get<Duration>(key);
}
const std::string& Parameters::text(std::string_view key) const {
  return get<std::string>(key);
}
const std::vector<std::string>& Parameters::list(std::string_view key) const {
  return get<std::vector<std::string>>(key);
}
const Secret& Parameters::secret(std::string_view key) const {
  return get<Secret>(key);
}
const TextList& Parameters::texts(std::string_view key) const {
  return get<TextList>(key);
}
const TextMap& Parameters::map(std::string_view key) const {
  return get<TextMap>(key);
}
const Parameters& Parameters::table(std::string_view key) const {
  return tables(key).front();
}
const std::vector<Parameters>& Parameters::tables(std::string_view key) const {
  return get<std::vector<Parameters>>(key);
}

}  // namespace hale::monitor
