// hale types: the check types that this program knows, from their descriptors.
#include <cstdio>
#include <string>
#include <variant>

#include <fmt/core.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/load.h"
#include "cli/terminal.h"
#include "exporters/json/json_writer.h"
#include "monitor/suggest.h"
#include "monitor/values.h"

namespace hale::cli {
namespace {

using monitor::CheckDescriptor;
using monitor::KeyDescriptor;
using monitor::KeyType;
using monitor::MeasurementDescriptor;
using monitor::Unit;

std::string_view name_of(KeyType type) {
  switch (type) {
    case KeyType::kBoolean:
      return "boolean";
    case KeyType::kInteger:
      return "integer";
    case KeyType::kDuration:
      return "duration";
    case KeyType::kSize:
      return "size";
    case KeyType::kChoice:
      return "word";
    case KeyType::kMap:
      return "table of strings";
    case KeyType::kTable:
      return "table";
    case KeyType::kTableList:
      return "list of tables";
    case KeyType::kString:
      return "string";
    case KeyType::kStringList:
      return "list of strings";
  }
  return "";
}

std::string_view name_of(Unit unit) {
  switch (unit) {
    case Unit::kSeconds:
      return "seconds";
    case Unit::kBytes:
      return "bytes";
    case Unit::kRatio:
      return "share";
    case Unit::kNone:
      break;
  }
  return "number";
}

struct DefaultText {
  const KeyDescriptor& key;

  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const {
    return key.type == KeyType::kSize ? "\"" + monitor::size_to_text(value) + "\""
                                      : std::to_string(value);
  }
  std::string operator()(monitor::Duration value) const {
    return "\"" + monitor::to_text(value) + "\"";
  }
  std::string operator()(const std::string& value) const { return "\"" + value + "\""; }
  std::string operator()(const std::vector<std::string>& values) const {
    std::string text = "[";
    for (const std::string& value : values) {
      text += (text.size() > 1 ? ", \"" : "\"") + value + "\"";
    }
    return text + "]";
  }
  // Nothing that is secret, and no table, is given by default.
  template <class T>
  std::string operator()(const T& /*value*/) const {
    return "-";
  }
};

std::string default_of(const KeyDescriptor& key) {
  if (key.required) {
    return "required";
  }
  return key.default_value ? std::visit(DefaultText{key}, *key.default_value) : "-";
}

// "warn 10%, fail 5%"; empty: no limit by default.
std::string limits_of(const CheckDescriptor& type, const MeasurementDescriptor& measurement) {
  std::string text;
  for (const monitor::DefaultLimit& limit : type.default_limits) {
    if (limit.measurement == measurement.name) {
      text +=
          fmt::format("{}{} {}", text.empty() ? "" : ", ", to_string(limit.severity), limit.text);
    }
  }
  return text.empty() ? "-" : text;
}

std::string reasons_of(const CheckDescriptor& type) {
  std::string text;
  for (const monitor::Reason reason : type.reasons) {
    text += (text.empty() ? "" : ", ") + std::string(to_string(reason));
  }
  return text;
}

void print_all() {
  Table table({"TYPE", "SUMMARY"});
  for (const CheckDescriptor* type : registry().all()) {
    table.add({{std::string(type->name), Colour::kBold}, {std::string(type->summary)}});
  }
  fmt::print("{}\nhale types TYPE tells all about one.\n",
             table.render(wants_colour(STDOUT_FILENO), 0));
}

std::string help_of(const KeyDescriptor& key) {
  std::string text(key.help);
  std::string words;
  for (const std::string_view word : key.choices) {
    words += (words.empty() ? "" : ", ") + std::string(word);
  }
  return words.empty() ? text : text + " One of: " + words + ".";
}

// Keys of tables stand below them, under their whole path.
void add_keys(Table& table, const std::vector<KeyDescriptor>& keys, const std::string& path) {
  for (const KeyDescriptor& key : keys) {
    const std::string name = path + std::string(key.name);
    table.add({{name, Colour::kBold},
               {std::string(name_of(key.type)) + (key.secret ? ", secret" : "")},
               {default_of(key)},
               {help_of(key)}});
    add_keys(table, key.keys, name + (key.type == KeyType::kTableList ? "[]." : "."));
  }
}

void print_one(const CheckDescriptor& type) {
  const bool colour = wants_colour(STDOUT_FILENO);
  fmt::print("{}: {}\n", paint(type.name, Colour::kBold, colour), type.summary);
  if (!type.keys.empty()) {
    Table keys({"KEY", "TYPE", "DEFAULT", "WHAT"});
    add_keys(keys, type.keys, "");
    fmt::print("\n{}", keys.render(colour, 0));
  }
  Table measurements({"MEASUREMENT", "UNIT", "BAD WHEN", "DEFAULT LIMITS", "WHAT"});
  const auto add = [&](const MeasurementDescriptor& measurement) {
    measurements.add({{measurement.open ? "(" + std::string(measurement.name) + ")"
                                        : std::string(measurement.name),
                       Colour::kBold},
                      {measurement.open ? "any"
                                        : std::string(name_of(measurement.unit)) +
                                              (measurement.has_total ? " or share" : "")},
                      {measurement.bad == monitor::Bad::kHigh ? "high" : "low"},
                      {limits_of(type, measurement)},
                      {std::string(measurement.help)}});
  };
  for (const MeasurementDescriptor& measurement : type.measurements) {
    add(measurement);
  }
  add(monitor::duration_measurement());
  fmt::print("\n{}", measurements.render(colour, 0));
  if (!type.item_label.empty()) {
    fmt::print("\nLooks at many items, each with its own status. Item: {}.\n", type.item_label);
  }
  fmt::print("\nReasons: {}\n\nExample:\n\n{}\n", reasons_of(type), type.example);
}

void write_keys(exporters::JsonWriter& json, const std::vector<KeyDescriptor>& keys) {
  json.begin_array();
  for (const KeyDescriptor& key : keys) {
    json.begin_object();
    json.key("name");
    json.string(key.name);
    json.key("type");
    json.string(name_of(key.type));
    json.key("required");
    json.boolean(key.required);
    json.key("default");
    json.text(key.default_value ? default_of(key) : "");
    json.key("secret");
    json.boolean(key.secret);
    json.key("help");
    json.string(key.help);
    if (!key.choices.empty()) {
      json.key("choices");
      json.begin_array();
      for (const std::string_view choice : key.choices) {
        json.string(choice);
      }
      json.end_array();
    }
    if (!key.keys.empty()) {
      json.key("keys");
      write_keys(json, key.keys);
    }
    json.end_object();
  }
  json.end_array();
}

void write_type(exporters::JsonWriter& json, const CheckDescriptor& type) {
  json.begin_object();
  json.key("name");
  json.string(type.name);
  json.key("summary");
  json.string(type.summary);
  json.key("item_label");
  json.text(type.item_label);
  json.key("keys");
  write_keys(json, type.keys);
  json.key("measurements");
  json.begin_array();
  for (const MeasurementDescriptor& measurement : type.measurements) {
    json.begin_object();
    json.key("name");
    json.string(measurement.name);
    json.key("metric");
    json.string("hale_" + std::string(measurement.metric));
    json.key("unit");
    json.string(name_of(measurement.unit));
    if (measurement.open) {
      json.key("open");
      json.boolean(true);
    }
    json.key("bad");
    json.string(measurement.bad == monitor::Bad::kHigh ? "high" : "low");
    json.key("limits");
    json.begin_object();
    for (const monitor::DefaultLimit& limit : type.default_limits) {
      if (limit.measurement == measurement.name) {
        json.key(to_string(limit.severity));
        json.string(limit.text);
      }
    }
    json.end_object();
    json.key("help");
    json.string(measurement.help);
    json.end_object();
  }
  json.end_array();
  json.key("reasons");
  json.begin_array();
  for (const monitor::Reason reason : type.reasons) {
    json.string(to_string(reason));
  }
  json.end_array();
  json.key("example");
  json.string(type.example);
  json.end_object();
}

}  // namespace

int types_command(const TypesOptions& options) {
  std::vector<const CheckDescriptor*> chosen = registry().all();
  if (!options.type.empty()) {
    const CheckDescriptor* type = registry().find(options.type);
    if (type == nullptr) {
      std::vector<std::string_view> names;
      for (const CheckDescriptor* known : chosen) {
        names.push_back(known->name);
      }
      const auto near = monitor::closest(options.type, names);
      fmt::print(stderr, "hale: no check type \"{}\"{}\n", printable(options.type),
                 near ? "; did you mean \"" + *near + "\"?" : " (hale types lists them)");
      return kUsage;
    }
    chosen = {type};
  }
  if (options.json) {
    std::string text;
    exporters::JsonWriter json(text);
    json.begin_object();
    json.key("types");
    json.begin_array();
    for (const CheckDescriptor* type : chosen) {
      write_type(json, *type);
    }
    json.end_array();
    json.end_object();
    fmt::print("{}\n", text);
  } else if (options.type.empty()) {
    print_all();
  } else {
    print_one(*chosen.front());
  }
  return kOk;
}

}  // namespace hale::cli
