#include <span>

#include "config/config.h"
#include "config/json.h"
#include "config/keys.h"

namespace hale::config {
namespace {

using monitor::CheckDescriptor;
using monitor::CheckRegistry;
using monitor::KeyDescriptor;
using monitor::KeyType;
using monitor::ParameterValue;

constexpr std::string_view kDurationPattern =
    "^[0-9]+(\\.[0-9]+)? ?(ms|s|m|h|d)( ?[0-9]+(\\.[0-9]+)? ?(ms|s|m|h))*$|\\$\\{";
constexpr std::string_view kSizePattern =
    "^0$|^[0-9]+(\\.[0-9]+)? ?(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)$|\\$\\{";
constexpr std::string_view kSharePattern = "^[0-9]+(\\.[0-9]+)? ?%$|\\$\\{";
constexpr std::string_view kLabelPattern = "^([a-zA-Z]|_[a-zA-Z0-9]|_$)[a-zA-Z0-9_]*$";
constexpr std::string_view kListenPattern =
    "^([0-9.]+|localhost|\\[[0-9a-fA-F:.]+\\]):[0-9]{1,5}$|^unix:/|\\$\\{";

JsonObject typed(std::string_view type) {
  return JsonObject().add("type", json_string(type));
}

Json reference(std::string_view definition) {
  return JsonObject().add("$ref", json_string("#/definitions/" + std::string(definition))).json();
}

// `value`, or text that gets its value from a variable.
JsonObject or_variable(Json value) {
  return JsonObject().add("anyOf", json_array({std::move(value), reference("variable")}));
}

JsonObject integer_schema(std::optional<std::int64_t> minimum,
                          std::optional<std::int64_t> maximum) {
  JsonObject integer = typed("integer");
  if (minimum) {
    integer.add("minimum", {std::to_string(*minimum)});
  }
  if (maximum) {
    integer.add("maximum", {std::to_string(*maximum)});
  }
  return or_variable(integer.json());
}

JsonObject text_list_schema() {
  return or_variable(typed("array").add("items", typed("string").json()).json());
}

JsonObject duration_schema() {
  return typed("string").add("pattern", json_string(kDurationPattern));
}

// A table from any name to `value`.
JsonObject table_of(Json value, std::string_view name_pattern = "") {
  JsonObject table = typed("object").add("additionalProperties", std::move(value));
  if (!name_pattern.empty()) {
    table.add("propertyNames", JsonObject().add("pattern", json_string(name_pattern)).json());
  }
  return table;
}

// A table with exactly these keys.
JsonObject closed_table(const JsonObject& properties) {
  return typed("object")
      .add("properties", properties.json())
      .add("additionalProperties", json_boolean(false));
}

JsonObject kind_schema(const KeySpec& key) {
  switch (key.kind) {
    case Kind::kBoolean:
      return or_variable(typed("boolean").json());
    case Kind::kInteger:
      return integer_schema(key.minimum, key.maximum);
    case Kind::kDuration:
      return duration_schema();
    case Kind::kText:
      return typed("string");
    case Kind::kTextOrList:
      return JsonObject().add(
          "anyOf", json_array({typed("string").json(),
                               typed("array").add("items", typed("string").json()).json()}));
    case Kind::kTextList:
      return text_list_schema();
    case Kind::kThreshold:
      return JsonObject().add(
          "anyOf",
          json_array(
              {typed("integer").add("minimum", {"1"}).add("maximum", {"64"}).json(),
               typed("string").add("pattern", json_string("^[0-9]+(/[0-9]+)?$|\\$\\{")).json()}));
    case Kind::kSeverity:
      return JsonObject().add("enum",
                              json_strings({std::begin(kSeverities), std::end(kSeverities)}));
    case Kind::kLabels:
      return table_of(typed("string").json(), kLabelPattern);
    case Kind::kLimits:
      return table_of(reference("limit"));
    case Kind::kItems:
      return table_of(closed_table(JsonObject()
                                       .add("warn", table_of(reference("limit")).json())
                                       .add("fail", table_of(reference("limit")).json()))
                          .json());
    case Kind::kEach:
      return table_of(reference("each"), kNamePattern);
    case Kind::kShare:
      return typed("string").add("pattern", json_string(kSharePattern));
    case Kind::kSlo:
      return JsonObject().add("allOf", json_array({reference("slo")}));
    case Kind::kSlos:
      return table_of(reference("slo"));
  }
  return {};
}

Json default_of(const KeySpec& key) {
  switch (key.kind) {
    case Kind::kBoolean:
    case Kind::kInteger:
    case Kind::kThreshold:
      return {std::string(key.default_text)};
    case Kind::kTextList:
      return json_strings({key.default_text});
    default:
      return json_string(key.default_text);
  }
}

Json key_schema(const KeySpec& key) {
  JsonObject schema = kind_schema(key);
  schema.add("description", json_string(key.help));
  if (!key.default_text.empty()) {
    schema.add("default", default_of(key));
  }
  return schema.json();
}

Json string_or_secret() {
  return JsonObject()
      .add("anyOf", json_array({typed("string").json(), reference("secret")}))
      .json();
}

struct DefaultJson {
  const KeyDescriptor& key;

  Json operator()(bool value) const { return json_boolean(value); }
  Json operator()(std::int64_t value) const {
    return key.type == KeyType::kSize ? json_string(size_to_text(value))
                                      : Json{std::to_string(value)};
  }
  Json operator()(monitor::Duration value) const { return json_string(to_text(value)); }
  Json operator()(const std::string& value) const { return json_string(value); }
  Json operator()(const std::vector<std::string>& value) const {
    return json_strings({value.begin(), value.end()});
  }
  // Nothing that is secret, and no table, is given by default.
  template <class T>
  Json operator()(const T&) const {
    return json_string("");
  }
};

Json key_schema(const KeyDescriptor& key);

Json keys_schema(const std::vector<KeyDescriptor>& keys) {
  JsonObject properties;
  std::vector<std::string_view> required;
  for (const KeyDescriptor& key : keys) {
    properties.add(key.name, key_schema(key));
    if (key.required) {
      required.push_back(key.name);
    }
  }
  JsonObject table = closed_table(properties);
  if (!required.empty()) {
    table.add("required", json_strings(required));
  }
  return table.json();
}

JsonObject type_schema(const KeyDescriptor& key) {
  switch (key.type) {
    case KeyType::kBoolean:
      return or_variable(typed("boolean").json());
    case KeyType::kInteger:
      return integer_schema(key.minimum, key.maximum);
    case KeyType::kDuration:
      return duration_schema();
    case KeyType::kSize:
      return typed("string").add("pattern", json_string(kSizePattern));
    case KeyType::kChoice:
      return JsonObject().add("enum", json_strings(key.choices));
    case KeyType::kStringList:
      return key.secret ? typed("array").add("items", string_or_secret()) : text_list_schema();
    case KeyType::kMap:
      return table_of(key.secret ? string_or_secret() : typed("string").json());
    case KeyType::kTable:
      return JsonObject().add("allOf", json_array({keys_schema(key.keys)}));
    case KeyType::kTableList:
      return typed("array").add("items", keys_schema(key.keys));
    case KeyType::kString:
    case KeyType::kPath:
      break;
  }
  return key.secret ? JsonObject().add("allOf", json_array({string_or_secret()})) : typed("string");
}

Json key_schema(const KeyDescriptor& key) {
  JsonObject schema = type_schema(key);
  schema.add("description", json_string(key.help));
  if (key.default_value) {
    schema.add("default", std::visit(DefaultJson{key}, *key.default_value));
  }
  return schema.json();
}

void add_common(JsonObject& properties, Places place) {
  for (const KeySpec& key : check_keys()) {
    if (key.built && (key.places & place) != 0 && key.name != "type") {
      properties.add(key.name, key_schema(key));
    }
  }
}

// Limits of a type name its measurements.
Json limits_of(const CheckDescriptor& type) {
  JsonObject properties;
  const auto add = [&properties](const monitor::MeasurementDescriptor& measurement) {
    properties.add(measurement.name, JsonObject()
                                         .add("allOf", json_array({reference("limit")}))
                                         .add("description", json_string(measurement.help))
                                         .json());
  };
  for (const monitor::MeasurementDescriptor& measurement : type.measurements) {
    if (!measurement.open) {
      add(measurement);
    }
  }
  add(monitor::duration_measurement());
  if (type.open_measurement() != nullptr) {
    return typed("object")
        .add("properties", properties.json())
        .add("additionalProperties", reference("limit"))
        .json();
  }
  return closed_table(properties).json();
}

// What holds once `type` says which type it is.
Json when_type(const CheckDescriptor& type, Places place) {
  std::vector<std::string_view> names;
  const bool own = (place & (kInCheck | kInEach)) != 0;
  for (const KeySpec& key : check_keys()) {
    const bool pointless = own && type.passive && is_about_runs(key.name);
    if (key.built && (key.places & place) != 0 && !pointless) {
      names.push_back(key.name);
    }
  }
  JsonObject properties;
  for (const KeyDescriptor& key : type.keys) {
    names.push_back(key.name);
    properties.add(key.name, key_schema(key));
  }
  properties.add("warn", limits_of(type)).add("fail", limits_of(type));
  const Json is_type =
      JsonObject()
          .add("properties",
               JsonObject()
                   .add("type", JsonObject().add("const", json_string(type.name)).json())
                   .json())
          .add("required", json_strings({"type"}))
          .json();
  return JsonObject()
      .add("if", is_type)
      .add("then", JsonObject()
                       .add("propertyNames", JsonObject().add("enum", json_strings(names)).json())
                       .add("properties", properties.json())
                       .json())
      .json();
}

Json check_schema(const CheckRegistry& registry, Places place) {
  JsonObject properties;
  std::vector<Json> types;
  std::vector<Json> conditions;
  for (const CheckDescriptor* type : registry.all()) {
    types.push_back(JsonObject()
                        .add("const", json_string(type->name))
                        .add("description", json_string(type->summary))
                        .json());
    conditions.push_back(when_type(*type, place));
  }
  properties.add("type", JsonObject()
                             .add("anyOf", json_array(types))
                             .add("description", json_string(check_key("type").help))
                             .json());
  add_common(properties, place);
  for (const CheckDescriptor* type : registry.all()) {
    for (const KeyDescriptor& key : type->keys) {
      // Several types may have a key of this name; the conditions know what each one takes.
      if (!properties.has(key.name)) {
        properties.add(key.name, JsonObject().add("description", json_string(key.help)).json());
      }
    }
  }
  return closed_table(properties).add("allOf", json_array(conditions)).json();
}

Json keys_schema(std::span<const KeySpec> keys, Places place) {
  JsonObject properties;
  for (const KeySpec& key : keys) {
    if (key.built) {
      properties.add(key.name, key_schema(key));
    }
  }
  if (place != 0) {
    add_common(properties, place);
  }
  return closed_table(properties).json();
}

Json section_schema(const SectionSpec& section) {
  const std::string definition(section.name);
  switch (section.shape) {
    case Shape::kKey:
      return typed("array")
          .add("items", typed("string").json())
          .add("description", json_string(section.help))
          .json();
    case Shape::kTable:
      return JsonObject()
          .add("allOf", json_array({reference(definition)}))
          .add("description", json_string(section.help))
          .json();
    case Shape::kNamedTables:
      break;
  }
  return table_of(reference(definition), kNamePattern)
      .add("description", json_string(section.help))
      .json();
}

Json http_schema() {
  const KeySpec& listen = *find_key(http_keys(), "listen");
  const Json address = typed("string").add("pattern", json_string(kListenPattern)).json();
  JsonObject addresses =
      or_variable(typed("array").add("items", address).add("minItems", {"1"}).json());
  addresses.add("description", json_string(listen.help)).add("default", default_of(listen));
  return closed_table(JsonObject().add("listen", addresses.json())).json();
}

}  // namespace

std::string json_schema(const CheckRegistry& registry) {
  JsonObject properties;
  for (const SectionSpec& section : sections()) {
    if (section.built) {
      properties.add(section.name, section_schema(section));
    }
  }
  JsonObject definitions;
  definitions.add("variable", typed("string").add("pattern", json_string("\\$\\{")).json())
      .add("secret", closed_table(JsonObject().add("file", typed("string").json()))
                         .add("required", json_strings({"file"}))
                         .json())
      .add("limit", JsonObject().add("type", json_strings({"string", "number", "boolean"})).json())
      .add("agent", keys_schema(agent_keys(), 0))
      .add("http", http_schema())
      .add("metrics", keys_schema(metrics_keys(), 0))
      .add("systemd", keys_schema(systemd_keys(), 0))
      .add("statsd", keys_schema(statsd_keys(), 0))
      .add("operations", keys_schema(operations_keys(), 0))
      .add("defaults", keys_schema({}, kInDefaults))
      .add("groups", keys_schema(group_keys(), kInGroup))
      .add("slo", keys_schema(slo_keys(), 0))
      .add("templates", check_schema(registry, kInTemplate))
      .add("checks", check_schema(registry, kInCheck))
      .add("each", check_schema(registry, kInEach));
  return indented(closed_table(properties)
                      .add("$schema", json_string("http://json-schema.org/draft-07/schema#"))
                      .add("title", json_string("Configuration of hale"))
                      .add("definitions", definitions.json())
                      .json());
}

}  // namespace hale::config
