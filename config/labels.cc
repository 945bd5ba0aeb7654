#include "config/labels.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>

namespace hale::config {
namespace {

// The labels that hale's own series carry, or that Prometheus gives a meaning to.
constexpr std::array<std::string_view, 22> kTaken = {
    "check", "type", "critical", "severity", "group", "status",  "result", "reason",
    "phase", "item", "target",   "host",     "agent", "window",  "stat",   "slo",
    "state", "name", "instance", "job",      "le",    "quantile"};

bool is_label_name(std::string_view name) {
  const auto letter = [](char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           character == '_';
  };
  return !name.empty() && letter(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char character) {
           return letter(character) || (character >= '0' && character <= '9');
         });
}

}  // namespace

std::string label_name_problem(std::string_view name, std::string_view taken) {
  if (!is_label_name(name)) {
    return in_quotes(name) +
           " is not the name of a label (write letters, digits and \"_\", not a "
           "digit first)";
  }
  if (name.starts_with("__")) {
    return in_quotes(name) +
           " is not free: names with \"__\" in front are Prometheus's own (write " +
           in_quotes(name.substr(2)) + ")";
  }
  if (std::find(kTaken.begin(), kTaken.end(), name) != kTaken.end() || name == taken) {
    return in_quotes(name) + " is not free: hale or Prometheus gives it a meaning (write " +
           in_quotes("my_" + std::string(name)) + ")";
  }
  return "";
}

monitor::Labels read_labels(const Layers& tables, Reader& reader, std::string_view taken) {
  std::map<std::string_view, std::string> merged;
  for (const Node* table : tables) {
    if (table->table() == nullptr) {
      reader.problems().add(*table, table->shown() + " is not a table (write { env = \"prod\" })");
      continue;
    }
    for (const Tree& label : table->table()->children) {
      if (std::string wrong = label_name_problem(label->key, taken); !wrong.empty()) {
        reader.problems().add_key(*label, std::move(wrong));
      } else if (!merged.contains(label->key)) {
        merged.emplace(label->key, reader.text(*label).value_or(""));
      }
    }
  }
  return {merged.begin(), merged.end()};
}

}  // namespace hale::config
