// hale types: the check types that this program knows, from their descriptors.
#include <cstdio>
#include <string>
#include <utility>

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/load.h"
#include "cli/terminal.h"
#include "cli/type_page.h"
#include "cli/type_text.h"
#include "exporters/json/json_writer.h"
#include "monitor/suggest.h"

namespace hale::cli {
namespace {

using monitor::CheckDescriptor;
using monitor::KeyDescriptor;
using monitor::MeasurementDescriptor;

std::string or_dash(std::string text) {
  return text.empty() ? "-" : std::move(text);
}

void print_all() {
  Table table({"TYPE", "SUMMARY"});
  for (const CheckDescriptor* type : registry().all()) {
    table.add({{std::string(type->name), Colour::kBold}, {std::string(type->summary)}});
  }
  fmt::print("{}\nhale types TYPE tells all about one.\n",
             table.render(wants_colour(STDOUT_FILENO), 0));
}

void print_one(const CheckDescriptor& type) {
  const bool colour = wants_colour(STDOUT_FILENO);
  fmt::print("{}: {}\n", paint(type.name, Colour::kBold, colour), type.summary);
  if (!type.keys.empty()) {
    Table keys({"KEY", "TYPE", "DEFAULT", "WHAT"});
    for (const KeyText& key : keys_of(type)) {
      keys.add({{key.name, Colour::kBold},
                {key.type},
                {key.required ? "required" : or_dash(key.default_value)},
                {key.help}});
    }
    fmt::print("\n{}", keys.render(colour, 0));
  }
  Table measurements({"MEASUREMENT", "UNIT", "BAD WHEN", "DEFAULT LIMITS", "WHAT"});
  for (const MeasurementText& measurement : measurements_of(type)) {
    measurements.add(
        {{measurement.open ? "(" + measurement.name + ")" : measurement.name, Colour::kBold},
         {measurement.unit},
         {std::string(measurement.bad)},
         {or_dash(measurement.limits)},
         {std::string(measurement.help)}});
  }
  fmt::print("\n{}", measurements.render(colour, 0));
  if (!type.item_label.empty()) {
    fmt::print("\nLooks at many items, each with its own status. Item: {}.\n", type.item_label);
  }
  if (const auto pinned = pinned_of(type); !pinned.empty()) {
    fmt::print("\nUnless the check says otherwise: {}\n", fmt::join(pinned, ", "));
  }
  if (!type.findings.empty()) {
    Table findings({"FINDING", "WHAT"});
    for (const monitor::FindingKind& kind : type.findings) {
      findings.add({{std::string(kind.name), Colour::kBold}, {std::string(kind.help)}});
    }
    fmt::print("\n{}", findings.render(colour, 0));
  }
  fmt::print("\nReasons: {}\n\nExample:\n\n{}\n", fmt::join(reasons_of(type), ", "), type.example);
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
    json.text(default_of(key));
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
  json.key("findings");
  json.begin_array();
  for (const monitor::FindingKind& kind : type.findings) {
    json.begin_object();
    json.key("name");
    json.string(kind.name);
    json.key("help");
    json.string(kind.help);
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
  } else if (options.markdown) {
    fmt::print("{}", options.type.empty() ? type_index(chosen) : type_reference(*chosen.front()));
  } else if (options.type.empty()) {
    print_all();
  } else {
    print_one(*chosen.front());
  }
  return kOk;
}

}  // namespace hale::cli
