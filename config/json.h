// Just enough to write JSON: texts of values, put together.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hale::config {

// A JSON value as text.
struct Json {
  std::string text;
};

class JsonObject {
 public:
  JsonObject& add(std::string_view key, Json value);
  bool has(std::string_view key) const;
  bool empty() const { return members_.empty(); }
  Json json() const;

 private:
  std::vector<std::pair<std::string, Json>> members_;  // in the order in which they were added
};

Json json_string(std::string_view text);
Json json_number(double value);
Json json_boolean(bool value);
Json json_array(const std::vector<Json>& elements);
Json json_strings(const std::vector<std::string_view>& texts);

// The same value over several lines, for people.
std::string indented(const Json& value);

}  // namespace hale::config
