#include "cli/type_text.h"

#include <cstdint>
#include <optional>
#include <utility>
#include <variant>

#include "monitor/values.h"

namespace hale::cli {
namespace {

using monitor::CheckDescriptor;
using monitor::KeyDescriptor;
using monitor::KeyType;
using monitor::MeasurementDescriptor;
using monitor::Unit;

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
    return "";
  }
};

std::string limits_of(const CheckDescriptor& type, const MeasurementDescriptor& measurement) {
  std::string text;
  for (const monitor::DefaultLimit& limit : type.default_limits) {
    if (limit.measurement == measurement.name) {
      text += text.empty() ? "" : ", ";
      text += to_string(limit.severity);
      text += " ";
      text += limit.text;
    }
  }
  return text;
}

std::string choices_of(const KeyDescriptor& key) {
  std::string words;
  for (const std::string_view word : key.choices) {
    words += words.empty() ? " One of: " : ", ";
    words += word;
  }
  return words.empty() ? "" : words + ".";
}

std::string range_of(const KeyDescriptor& key) {
  const auto text = [&key](std::int64_t value) {
    return key.type == KeyType::kSize ? monitor::size_to_text(value) : std::to_string(value);
  };
  if (key.minimum && key.maximum) {
    return " From " + text(*key.minimum) + " to " + text(*key.maximum) + ".";
  }
  if (key.minimum && *key.minimum != 0) {
    return " At least " + text(*key.minimum) + ".";
  }
  return key.maximum ? " At most " + text(*key.maximum) + "." : "";
}

void add_keys(std::vector<KeyText>& rows, const std::vector<KeyDescriptor>& keys,
              const std::string& path) {
  for (const KeyDescriptor& key : keys) {
    const std::string name = path + std::string(key.name);
    rows.push_back({.name = name,
                    .type = std::string(name_of(key.type)) + (key.secret ? ", secret" : ""),
                    .default_value = default_of(key),
                    .required = key.required,
                    .help = std::string(key.help) + choices_of(key) + range_of(key)});
    add_keys(rows, key.keys, name + (key.type == KeyType::kTableList ? "[]." : "."));
  }
}

MeasurementText text_of(const CheckDescriptor& type, const MeasurementDescriptor& measurement) {
  return {.name = std::string(measurement.name),
          .open = measurement.open,
          .unit = measurement.open ? "any"
                                   : std::string(name_of(measurement.unit)) +
                                         (measurement.has_total ? " or share" : ""),
          .bad = measurement.bad == monitor::Bad::kHigh ? "high" : "low",
          .limits = limits_of(type, measurement),
          .metric = "hale_" + std::string(measurement.metric),
          .help = measurement.help};
}

}  // namespace

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
    case KeyType::kPath:
      return "path";
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

std::string default_of(const KeyDescriptor& key) {
  return key.default_value ? std::visit(DefaultText{key}, *key.default_value) : "";
}

std::vector<KeyText> keys_of(const CheckDescriptor& type) {
  std::vector<KeyText> rows;
  add_keys(rows, type.keys, "");
  return rows;
}

std::vector<MeasurementText> measurements_of(const CheckDescriptor& type) {
  std::vector<MeasurementText> rows;
  for (const MeasurementDescriptor& measurement : type.measurements) {
    rows.push_back(text_of(type, measurement));
  }
  rows.push_back(text_of(type, monitor::duration_measurement()));
  return rows;
}

std::vector<std::string_view> reasons_of(const CheckDescriptor& type) {
  std::vector<std::string_view> words;
  for (const monitor::Reason reason : type.reasons) {
    words.push_back(to_string(reason));
  }
  return words;
}

std::vector<std::string> pinned_of(const CheckDescriptor& type) {
  std::vector<std::string> lines;
  const auto add = [&lines](std::string_view key, std::string_view value) {
    if (!value.empty()) {
      lines.push_back(std::string(key) + " = \"" + std::string(value) + "\"");
    }
  };
  add("interval", type.pinned.interval);
  add("timeout", type.pinned.timeout);
  add("fall", type.pinned.fall);
  add("rise", type.pinned.rise);
  return lines;
}

}  // namespace hale::cli
