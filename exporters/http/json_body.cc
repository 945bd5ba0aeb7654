#include "exporters/http/json_body.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <Poco/Dynamic/Var.h>
#include <Poco/Exception.h>
#include <Poco/JSON/Array.h>
#include <Poco/JSON/Parser.h>

#include "exporters/http/target.h"
#include "monitor/format.h"

namespace hale::exporters {
namespace {

using Poco::Dynamic::Var;

Var parse_json(std::string_view body) {
  constexpr std::size_t kMaxDepth = 8;
  Poco::JSON::Parser parser;
  parser.setDepth(kMaxDepth);
  return parser.parse(std::string(body));
}

bool has_control_character(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

std::string quoted(const std::string& key) {
  return "\"" + key + "\"";
}

// What is wrong with `text` as one line of at most `max_size` bytes; empty: nothing.
std::string line_problem(std::string_view text, std::size_t max_size) {
  if (text.size() > max_size) {
    return " is longer than " + std::to_string(max_size) + " bytes";
  }
  return has_control_character(text) ? " holds a control character" : "";
}

}  // namespace

ApiError bad_request(std::string message) {
  return {400, "bad_request", std::move(message)};
}

Result<JsonObject> JsonObject::checked(Poco::JSON::Object::Ptr object, std::string where,
                                       std::span<const std::string_view> known) {
  for (const std::string& key : object->getNames()) {
    if (std::ranges::find(known, key) == known.end()) {
      return std::unexpected(
          bad_request(where + "unknown key " + quoted(key) + did_you_mean(key, known)));
    }
  }
  return JsonObject(std::move(object), std::move(where));
}

Result<JsonObject> JsonObject::parse(std::string_view body,
                                     std::span<const std::string_view> known) {
  Poco::JSON::Object::Ptr object;
  try {
    object = body.empty() ? Poco::makeShared<Poco::JSON::Object>()
                          : parse_json(body).extract<Poco::JSON::Object::Ptr>();
  } catch (const Poco::Exception&) {
    return std::unexpected(bad_request("the body is not a JSON object"));
  }
  return checked(std::move(object), "", known);
}

Result<std::vector<JsonObject>> JsonObject::parse_list(std::string_view body,
                                                       std::span<const std::string_view> known,
                                                       std::size_t most) {
  const ApiError not_a_list = bad_request("the body is not a JSON list of objects");
  Poco::JSON::Array::Ptr array;
  try {
    array = parse_json(body).extract<Poco::JSON::Array::Ptr>();
  } catch (const Poco::Exception&) {
    return std::unexpected(not_a_list);
  }
  if (array->size() > most) {
    return std::unexpected(
        bad_request("the list holds more than " + std::to_string(most) + " objects"));
  }
  std::vector<JsonObject> objects;
  for (unsigned int i = 0; i < array->size(); ++i) {
    auto element = array->getObject(i);
    if (element.isNull()) {
      return std::unexpected(not_a_list);
    }
    auto object = checked(std::move(element), "[" + std::to_string(i) + "]: ", known);
    if (!object) {
      return std::unexpected(std::move(object.error()));
    }
    objects.push_back(std::move(*object));
  }
  return objects;
}

Result<std::string> JsonObject::any_text(const std::string& key) const {
  if (!has(key)) {
    return "";
  }
  const Var value = object_->get(key);
  if (!value.isString()) {
    return std::unexpected(wrong(quoted(key) + " must be a string"));
  }
  return value.extract<std::string>();
}

Result<std::string> JsonObject::text(const std::string& key, std::size_t max_size) const {
  auto text = any_text(key);
  if (text) {
    if (const std::string problem = line_problem(*text, max_size); !problem.empty()) {
      return std::unexpected(wrong(quoted(key) + problem));
    }
  }
  return text;
}

Result<std::optional<double>> JsonObject::number(const std::string& key, double minimum,
                                                 double maximum) const {
  if (!has(key)) {
    return std::nullopt;
  }
  const Var value = object_->get(key);
  double number = std::nan("");
  try {
    if (value.isNumeric() && !value.isBoolean()) {
      number = value.convert<double>();
    }
  } catch (const Poco::Exception&) {  // beyond what a double holds
    number = std::nan("");
  }
  if (!(number >= minimum && number <= maximum)) {
    return std::unexpected(wrong(quoted(key) + " must be a number from " +
                                 monitor::format_value(monitor::Unit::kNone, minimum) + " to " +
                                 monitor::format_value(monitor::Unit::kNone, maximum)));
  }
  return number;
}

Result<std::optional<bool>> JsonObject::boolean(const std::string& key) const {
  if (!has(key)) {
    return std::nullopt;
  }
  const Var value = object_->get(key);
  if (!value.isBoolean()) {
    return std::unexpected(wrong(quoted(key) + " must be true or false"));
  }
  return value.extract<bool>();
}

Result<std::map<std::string, std::string>> JsonObject::text_map(const std::string& key,
                                                                std::size_t most,
                                                                std::size_t max_size) const {
  std::map<std::string, std::string> map;
  if (!has(key)) {
    return map;
  }
  const auto table = object_->getObject(key);
  if (table.isNull()) {
    return std::unexpected(wrong(quoted(key) + " must be an object"));
  }
  if (table->size() > most) {
    return std::unexpected(
        wrong(quoted(key) + " holds more than " + std::to_string(most) + " names"));
  }
  for (const auto& [name, value] : *table) {
    const std::string place = quoted(key + "." + name);
    if (!value.isString()) {
      return std::unexpected(wrong(place + " must be a string"));
    }
    auto text = value.extract<std::string>();
    for (const std::string& line : {name, text}) {
      if (const std::string problem = line_problem(line, max_size); !problem.empty()) {
        return std::unexpected(wrong(place + problem));
      }
    }
    map.emplace(name, std::move(text));
  }
  return map;
}

Result<void> expect_empty_body(std::string_view body) {
  if (auto object = JsonObject::parse(body, {}); !object) {
    return std::unexpected(std::move(object.error()));
  }
  return {};
}

}  // namespace hale::exporters
