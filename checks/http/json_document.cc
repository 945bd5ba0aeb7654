#include "checks/http/json_document.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

#include "checks/excerpt.h"

namespace hale::checks::http {
namespace {

using Kind = JsonValue::Kind;

// The open containers, and how far along each path they lie. A value at depth d (d containers are
// open) stands on a path exactly when the d containers do and the last one's current position is
// the path's step d - 1. `open` counts, for each path, the open containers that stand on it; they
// are always the outermost ones.
//
// The reader hands over events; its names are the library's.
class PathReader {
 public:
  explicit PathReader(const std::vector<JsonPath>& paths) {
    for (const JsonPath& path : paths) {
      searches_.emplace_back().path = &path;
    }
  }

  bool null() {
    JsonValue value;
    value.kind = Kind::kNull;
    return scalar(std::move(value));
  }
  bool boolean(bool boolean) {
    JsonValue value;
    value.kind = Kind::kBoolean;
    value.boolean = boolean;
    return scalar(std::move(value));
  }
  bool number_integer(std::int64_t integer) {
    JsonValue value;
    value.kind = Kind::kInteger;
    value.integer = integer;
    value.number = static_cast<double>(integer);
    return scalar(std::move(value));
  }
  bool number_unsigned(std::uint64_t integer) {
    constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (integer <= kMost) {
      return number_integer(static_cast<std::int64_t>(integer));
    }
    return number_float(static_cast<double>(integer), "");
  }
  bool number_float(double number, const std::string&) {
    JsonValue value;
    value.kind = Kind::kNumber;
    value.number = number;
    return scalar(std::move(value));
  }
  bool string(std::string& text) {
    JsonValue value;
    value.kind = Kind::kString;
    value.text = std::move(text);
    const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; };
    value.length = static_cast<std::size_t>(std::ranges::count_if(value.text, begins));
    return scalar(std::move(value));
  }
  bool binary(nlohmann::json::binary_t&) { return false; }  // JSON has none
  bool start_object(std::size_t) { return start(Kind::kObject); }
  bool end_object() { return end(); }
  bool start_array(std::size_t) { return start(Kind::kArray); }
  bool end_array() { return end(); }
  bool key(std::string& name) {
    containers_.back().key = std::move(name);
    return true;
  }
  bool parse_error(std::size_t position, const std::string& token,
                   const nlohmann::json::exception&) {
    error_ =
        " is not JSON: unexpected " + in_quotes(token, 40) + " at byte " + std::to_string(position);
    return false;
  }

  std::string take_error() { return std::move(error_); }
  std::vector<JsonValue> take_values() {
    std::vector<JsonValue> values;
    for (Search& search : searches_) {
      values.push_back(search.path->length ? length_of(search.value) : std::move(search.value));
    }
    return values;
  }

 private:
  struct Container {
    Kind kind = Kind::kArray;
    std::size_t members = 0;  // begun so far; the current one's index is one less
    std::string key;
  };
  struct Search {
    const JsonPath* path = nullptr;
    std::size_t open = 0;
    bool measuring = false;  // inside the array or object that the path leads to
    JsonValue value;
  };

  static JsonValue length_of(const JsonValue& value) {
    JsonValue length;
    if (value.kind == Kind::kArray || value.kind == Kind::kObject || value.kind == Kind::kString) {
      length.kind = Kind::kInteger;
      length.integer = static_cast<std::int64_t>(value.length);
      length.number = static_cast<double>(value.length);
    }
    return length;
  }

  bool stands_at(const JsonStep& step) const {
    const Container& container = containers_.back();
    if (const auto* const name = std::get_if<std::string>(&step)) {
      return container.kind == Kind::kObject && container.key == *name;
    }
    return container.kind == Kind::kArray && container.members == std::get<std::size_t>(step) + 1;
  }

  bool on_path(const Search& search) const {
    const std::size_t depth = containers_.size();
    return search.open == depth && search.path->steps.size() >= depth &&
           (depth == 0 || stands_at(search.path->steps[depth - 1]));
  }

  bool scalar(JsonValue value) {
    count_member();
    for (Search& search : searches_) {
      if (on_path(search)) {
        const bool there = search.path->steps.size() == containers_.size();
        search.value = there ? value : JsonValue();
      }
    }
    return true;
  }

  bool start(Kind kind) {
    if (containers_.size() == kDeepestJson) {
      error_ = " is JSON of more than " + std::to_string(kDeepestJson) + " levels";
      return false;
    }
    count_member();
    for (Search& search : searches_) {
      if (!on_path(search)) {
        continue;
      }
      search.value = JsonValue();
      if (search.path->steps.size() == containers_.size()) {
        search.value.kind = kind;
        search.measuring = true;
      } else {
        ++search.open;
      }
    }
    Container container;
    container.kind = kind;
    containers_.push_back(std::move(container));
    return true;
  }

  bool end() {
    const std::size_t members = containers_.back().members;
    containers_.pop_back();
    const std::size_t depth = containers_.size();
    for (Search& search : searches_) {
      if (search.measuring && search.path->steps.size() == depth) {
        search.measuring = false;
        search.value.length = members;
      }
      search.open = std::min(search.open, depth);
    }
    return true;
  }

  void count_member() {
    if (!containers_.empty()) {
      ++containers_.back().members;
    }
  }

  std::vector<Search> searches_;
  std::vector<Container> containers_;
  std::string error_;
};

}  // namespace

std::expected<std::vector<JsonValue>, std::string> read_json(std::string_view document,
                                                             const std::vector<JsonPath>& paths) {
  PathReader reader(paths);
  if (!nlohmann::json::sax_parse(document.begin(), document.end(), &reader)) {
    std::string error = reader.take_error();
    return std::unexpected(error.empty() ? std::string(" is not JSON") : std::move(error));
  }
  return reader.take_values();
}

}  // namespace hale::checks::http
