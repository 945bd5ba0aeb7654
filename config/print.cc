#include <algorithm>
#include <map>

#include "config/config.h"
#include "config/document.h"
#include "config/expansion.h"
#include "config/keys.h"
#include "config/slo_settings.h"
#include "monitor/assert.h"

namespace hale::config {
namespace {

using monitor::CheckSettings;
using monitor::Limit;
using monitor::Result;

constexpr std::string_view kMask = "***";

// A string that reads back as itself, also where it contains `${`.
std::string text_value(std::string_view text) {
  return toml_string(escape_expansion(text));
}

std::string list_value(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& text : texts) {
    out += (out.size() > 1 ? ", " : "") + text_value(text);
  }
  return out + "]";
}

// An inline table; `values` are TOML already.
std::string table_value(const std::map<std::string, std::string>& values) {
  std::string out;
  for (const auto& [key, value] : values) {
    out += (out.empty() ? "{ " : ", ") + key_text(key) + " = " + value;
  }
  return out.empty() ? "{}" : out + " }";
}

std::string labels_value(const monitor::Labels& labels) {
  std::map<std::string, std::string> values;
  for (const auto& [name, value] : labels) {
    values.emplace(name, text_value(value));
  }
  return table_value(values);
}

std::string threshold_value(const monitor::Threshold& threshold) {
  const std::string text = to_text(threshold);
  return threshold.count == threshold.of ? text : toml_string(text);
}

std::string parameters_value(const std::vector<monitor::KeyDescriptor>& keys,
                             const monitor::Parameters& parameters);

// The value of a key of a check type as TOML, without what is secret in it.
struct ValueText {
  const monitor::KeyDescriptor& key;

  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const {
    return key.type == monitor::KeyType::kSize ? toml_string(size_to_text(value))
                                               : std::to_string(value);
  }
  std::string operator()(monitor::Duration value) const { return toml_string(to_text(value)); }
  std::string operator()(const std::string& value) const { return text_value(value); }
  std::string operator()(const std::vector<std::string>& value) const { return list_value(value); }
  std::string operator()(const monitor::Secret&) const { return toml_string(kMask); }
  std::string operator()(const monitor::Text& value) const {
    return value.secret ? toml_string(kMask) : text_value(value.value);
  }
  std::string operator()(const monitor::TextList& values) const { return list(values, *this); }
  std::string operator()(const monitor::TextMap& values) const {
    std::map<std::string, std::string> texts;
    for (const auto& [name, value] : values) {
      texts.emplace(name, (*this)(value));
    }
    return table_value(texts);
  }
  std::string operator()(const std::vector<monitor::Parameters>& tables) const {
    const auto text = [this](const monitor::Parameters& table) {
      return parameters_value(key.keys, table);
    };
    return key.type == monitor::KeyType::kTable ? text(tables.front()) : list(tables, text);
  }

 private:
  template <class T, class ToText>
  static std::string list(const std::vector<T>& values, const ToText& to_text) {
    std::string out;
    for (const T& value : values) {
      out += (out.empty() ? "[" : ", ") + to_text(value);
    }
    return out.empty() ? "[]" : out + "]";
  }
};

std::string parameters_value(const std::vector<monitor::KeyDescriptor>& keys,
                             const monitor::Parameters& parameters) {
  std::map<std::string, std::string> values;
  for (const monitor::KeyDescriptor& key : keys) {
    if (const monitor::ParameterValue* value = parameters.find(key.name)) {
      values.emplace(key.name, std::visit(ValueText{key}, *value));
    }
  }
  return table_value(values);
}

// Limits of one severity. `expected` are measurements that would have a limit if nothing were said.
std::string limits_value(const std::vector<Limit>& limits, Result severity,
                         const std::vector<std::string_view>& expected) {
  std::map<std::string, std::string> values;
  for (const std::string_view measurement : expected) {
    values.emplace(measurement, toml_string("off"));
  }
  for (const Limit& limit : limits) {
    if (limit.severity == severity) {
      values.insert_or_assign(std::string(limit.name()), toml_string(to_text(limit)));
    }
  }
  return table_value(values);
}

std::vector<std::string_view> measurements_of(const std::vector<Limit>& limits, Result severity) {
  std::vector<std::string_view> names;
  for (const Limit& limit : limits) {
    if (limit.severity == severity) {
      names.push_back(limit.name());
    }
  }
  return names;
}

std::string check_limits(const CheckSettings& settings, Result severity) {
  std::vector<std::string_view> defaults;
  for (const monitor::DefaultLimit& limit : settings.type->default_limits) {
    if (limit.severity == severity) {
      defaults.push_back(limit.measurement);
    }
  }
  return limits_value(settings.limits.check, severity, defaults);
}

std::string items_value(const CheckSettings& settings) {
  std::map<std::string, std::string> items;
  for (const auto& [item, limits] : settings.limits.items) {
    std::map<std::string, std::string> tables;
    for (const Result severity : {Result::kWarn, Result::kFail}) {
      tables.emplace(
          monitor::to_string(severity),
          limits_value(limits, severity, measurements_of(settings.limits.check, severity)));
    }
    items.emplace(item, table_value(tables));
  }
  return table_value(items);
}

// The value of a key that every check has; empty where the printed check does without the key,
// since what it says is resolved, or since there is none.
std::string common_value(std::string_view key, const CheckSettings& settings) {
  const auto duration = [](monitor::Duration value) { return toml_string(to_text(value)); };
  if (key == "type") {
    return toml_string(settings.type->name);
  }
  if (key == "use" || key == "each" || (key == "items" && settings.type->item_label.empty()) ||
      (settings.type->passive && is_about_runs(key))) {
    return "";
  }
  const std::map<std::string_view, std::string> values = {
      {"enabled", "true"},
      {"critical", settings.critical ? "true" : "false"},
      {"severity", toml_string(monitor::to_string(settings.severity))},
      {"runbook", text_value(settings.runbook)},
      {"description", text_value(settings.description)},
      {"group", text_value(settings.group)},
      {"labels", labels_value(settings.labels)},
      {"interval", duration(settings.interval)},
      {"interval_unhealthy", duration(settings.interval_unhealthy)},
      {"timeout", duration(settings.timeout)},
      {"fall", threshold_value(settings.fall)},
      {"rise", threshold_value(settings.rise)},
      {"max_unknown", std::to_string(settings.max_unknown)},
      {"stale_after", duration(settings.stale_after)},
      {"warn", check_limits(settings, Result::kWarn)},
      {"fail", check_limits(settings, Result::kFail)},
      {"items", items_value(settings)},
      {"slo", slo_to_text(settings.slo.get())},
  };
  const auto found = values.find(key);
  HALE_ASSERT(found != values.end());  // a key was added to check_keys() and not here
  return found->second;
}

void add_line(std::string& out, std::string_view key, const std::string& value) {
  if (!value.empty()) {
    out += key_text(key) + " = " + value + "\n";
  }
}

// A dot in a name comes from `each`, and only there it may stand.
std::string check_header(const std::string& name) {
  const std::size_t dot = name.find('.');
  if (dot == std::string::npos) {
    return "[checks." + key_text(name) + "]\n";
  }
  return "[checks." + key_text(name.substr(0, dot)) + ".each." + key_text(name.substr(dot + 1)) +
         "]\n";
}

void add_check(std::string& out, const monitor::ConfiguredCheck& check) {
  const CheckSettings& settings = *check.settings;
  out += "\n" + check_header(settings.name);
  for (const KeySpec& key : check_keys()) {
    if (key.built) {
      add_line(out, key.name, common_value(key.name, settings));
    }
  }
  for (const monitor::KeyDescriptor& key : settings.type->keys) {
    if (const monitor::ParameterValue* value = check.parameters.find(key.name)) {
      add_line(out, key.name, std::visit(ValueText{key}, *value));
    }
  }
}

void add_agent(std::string& out, const Config& config) {
  const std::map<std::string_view, std::string> values = {
      {"name", text_value(config.agent.name)},
      {"labels", labels_value(config.agent.labels)},
      {"profile", text_value(config.agent.profile)},
      {"state_dir", text_value(config.agent.state_dir)},
      {"workers", "1"},
  };
  out += "\n[agent]\n";
  for (const KeySpec& key : agent_keys()) {
    const auto found = values.find(key.name);
    HALE_ASSERT(found != values.end());
    add_line(out, key.name, found->second);
  }
}

void add_metrics(std::string& out, const monitor::MetricsSettings& metrics) {
  out += "\n[metrics]\n";
  add_line(out, "histograms", text_value(std::string(to_string(metrics.histograms))));
  if (metrics.windows) {
    std::vector<std::string> names;
    for (const monitor::Window window : *metrics.windows) {
      names.emplace_back(to_string(window));
    }
    add_line(out, "windows", list_value(names));
  }
  add_line(out, "percentiles", metrics.percentiles ? "true" : "false");
}

std::string addresses_value(const std::vector<monitor::ListenAddress>& addresses) {
  std::vector<std::string> texts;
  texts.reserve(addresses.size());
  for (const monitor::ListenAddress& address : addresses) {
    texts.push_back(monitor::to_string(address));
  }
  return list_value(texts);
}

void add_ingest(std::string& out, const Config& config) {
  out += "\n[statsd]\n";
  add_line(out, "listen", addresses_value(config.statsd.listen));
  add_line(out, "unit", text_value(config.statsd.seconds_per_unit == 1 ? "s" : "ms"));
  out += "\n[operations]\n";
  add_line(out, "labels", list_value(config.operations.labels));
  add_line(out, "max_operations", std::to_string(config.operations.max_operations));
  std::map<std::string, std::string> slos;
  for (const auto& [name, slo] : config.operations.slos) {
    slos.emplace(name, slo_to_text(slo.get()));
  }
  add_line(out, "slo", table_value(slos));
}

}  // namespace

std::string print(const Config& config) {
  std::string out =
      "# The effective configuration: every default filled in, templates, groups and variables\n"
      "# resolved, checks that are not enabled left out, secrets masked.\n";
  add_agent(out, config);
  out += "\n[http]\n";
  add_line(out, "listen", addresses_value(config.listen));
  add_metrics(out, config.metrics);
  out += "\n[systemd]\n";
  add_line(out, "bus", text_value(config.systemd_bus));
  add_ingest(out, config);
  for (const GroupConfig& group : config.groups) {
    out += "\n[groups." + key_text(group.name) + "]\n";
    add_line(out, "title", text_value(group.title));
    add_line(out, "order", std::to_string(group.order));
    add_line(out, "labels", labels_value(group.labels));
  }
  for (const monitor::ConfiguredCheck& check : config.checks) {
    add_check(out, check);
  }
  return out;
}

}  // namespace hale::config
