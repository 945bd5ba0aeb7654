#include "config/slo_settings.h"

#include <optional>
#include <string_view>
#include <utility>

#include "config/key_check.h"
#include "monitor/assert.h"

namespace hale::config {
namespace {

using monitor::SloObjective;
using monitor::SloSettings;

struct Percentile {
  std::string_view key;
  double share;
};
constexpr Percentile kPercentiles[] = {
    {"latency_p50", 0.5}, {"latency_p90", 0.9}, {"latency_p95", 0.95}, {"latency_p99", 0.99}};

const KeySpec& slo_key(std::string_view name) {
  const KeySpec* key = find_key(slo_keys(), name);
  HALE_ASSERT(key != nullptr);
  return *key;
}

std::optional<double> read_share(const Node& node, Reader& reader) {
  if (node.text() == nullptr) {
    reader.problems().add(node, node.shown() + " is not a share (write \"99.9%\")");
    return std::nullopt;
  }
  const auto text = reader.text(node);
  if (!text) {
    return std::nullopt;
  }
  const Parsed<double> share = parse_share(*text);
  if (!share) {
    reader.problems().add(node, in_quotes(*text) + " is not a share (write \"99.9%\")");
    return std::nullopt;
  }
  if (*share <= 0 || *share >= 1) {
    reader.problems().add(
        node, in_quotes(*text) +
                  (*share >= 1 ? " leaves no room for a single failure" : " asks for nothing") +
                  " (write more than 0% and less than 100%: \"99.9%\")");
    return std::nullopt;
  }
  return *share;
}

std::optional<monitor::Duration> read_duration(const Node& node, std::string_view key,
                                               Reader& reader) {
  const KeySpec& spec = slo_key(key);
  return reader.duration(node, spec.shortest, spec.longest);
}

std::optional<std::int64_t> read_min_failures(const Node& node, Reader& reader) {
  const KeySpec& spec = slo_key("min_failures");
  return reader.integer(node, spec.minimum, spec.maximum);
}

// Whether the table holds for checks that may want no SLO at all.
bool is_for_many(const Node& table) {
  const Node* section = &table;
  while (section->parent != nullptr && section->parent->parent != nullptr) {
    section = section->parent;
  }
  return section->key == "defaults" || section->key == "groups";
}

// False: no objective is named, rightly or not.
bool read_objectives(const Layers& tables, Reader& reader, SloSettings& settings) {
  bool named = false;
  if (const Node* node = find_in(tables, "success").node) {
    named = true;
    if (const auto share = read_share(*node, reader)) {
      settings.objectives.push_back({.name = "success", .share = *share, .latency = std::nullopt});
    }
  }
  for (const Percentile& percentile : kPercentiles) {
    if (const Node* node = find_in(tables, percentile.key).node) {
      named = true;
      if (const auto latency = read_duration(*node, percentile.key, reader)) {
        settings.objectives.push_back(
            {.name = std::string(percentile.key), .share = percentile.share, .latency = *latency});
      }
    }
  }
  return named;
}

// Tables, but what is none of them.
Layers whole_tables(const Layers& tables, Reader& reader) {
  Layers whole;
  for (const Node* table : tables) {
    if (table->table() == nullptr) {
      reader.problems().add(*table,
                            table->shown() + " is not a table (write { success = \"99.9%\" })");
    } else {
      check_plain_keys(*table, slo_keys(), reader.problems());
      whole.push_back(table);
    }
  }
  return whole;
}

}  // namespace

std::shared_ptr<const SloSettings> read_slo(const Layers& tables, Reader& reader) {
  const std::size_t problems_before = reader.problems().count();
  const Layers whole = whole_tables(tables, reader);
  if (whole.empty()) {
    return nullptr;
  }
  const bool keys_are_known = reader.problems().count() == problems_before;
  auto settings = std::make_shared<SloSettings>();
  const bool named = read_objectives(whole, reader, *settings);
  if (const Node* node = find_in(whole, "window").node) {
    settings->window = read_duration(*node, "window", reader).value_or(settings->window);
  }
  if (const Node* node = find_in(whole, "degrade").node) {
    settings->degrade = reader.boolean(*node).value_or(false);
  }
  if (const Node* node = find_in(whole, "min_failures").node) {
    settings->min_failures =
        static_cast<std::uint64_t>(read_min_failures(*node, reader).value_or(1));
  }
  if (!named && keys_are_known && !is_for_many(*whole.front())) {
    reader.problems().add(*whole.front(),
                          "has no objective (add success = \"99.9%\" or latency_p95 = \"2s\")");
  }
  return settings->objectives.empty() ? nullptr : settings;
}

void check_slo_table(const Node& table, Reader& reader) {
  const Layers whole = whole_tables({&table}, reader);
  if (whole.empty()) {
    return;
  }
  SloSettings ignored;
  read_objectives(whole, reader, ignored);
  if (const Node* node = table.find("window")) {
    read_duration(*node, "window", reader);
  }
  if (const Node* node = table.find("degrade")) {
    reader.boolean(*node);
  }
  if (const Node* node = table.find("min_failures")) {
    read_min_failures(*node, reader);
  }
}

std::string slo_to_text(const SloSettings* settings) {
  if (settings == nullptr) {
    return "";
  }
  std::string text = "{ ";
  for (const SloObjective& objective : settings->objectives) {
    text += objective.name + " = " +
            toml_string(objective.latency ? to_text(*objective.latency)
                                          : share_to_text(objective.share)) +
            ", ";
  }
  return text + "window = " + toml_string(to_text(settings->window)) +
         ", degrade = " + (settings->degrade ? "true" : "false") +
         ", min_failures = " + std::to_string(settings->min_failures) + " }";
}

}  // namespace hale::config
