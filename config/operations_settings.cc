#include "config/operations_settings.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/agent_settings.h"
#include "config/key_check.h"
#include "config/labels.h"
#include "config/slo_settings.h"

namespace hale::config {
namespace {

std::vector<std::string> read_label_names(const Node& node, Reader& reader) {
  std::vector<std::string> names;
  for (std::string& name : reader.list(node).value_or(std::vector<std::string>{})) {
    if (std::string wrong = label_name_problem(name, "operation"); !wrong.empty()) {
      reader.problems().add(node, std::move(wrong));
    } else if (name == "success" || name == "reason") {
      reader.problems().add(node, in_quotes(name) +
                                      " is not free: it says how a call ended (write " +
                                      in_quotes("my_" + name) + ")");
    } else if (std::ranges::find(names, name) == names.end()) {
      names.push_back(std::move(name));
    }
  }
  if (names.size() > monitor::kMaxOperationLabels) {
    reader.problems().add(node, std::to_string(names.size()) + " labels are more than " +
                                    std::to_string(monitor::kMaxOperationLabels) +
                                    " (each combination of their values is a series of its own)");
    names.resize(monitor::kMaxOperationLabels);
  }
  return names;
}

using Slos = decltype(monitor::OperationsSettings::slos);

// A name may have a table in several layers, which are laid over each other.
Slos read_slos(const Layers& tables, Reader& reader) {
  std::map<std::string_view, Layers> by_name;
  for (const Node* table : tables) {
    if (table->table() == nullptr) {
      reader.problems().add(*table,
                            table->shown() + " is not a table (write [operations.slo.NAME])");
      continue;
    }
    for (const Tree& child : table->table()->children) {
      if (child->table() == nullptr) {
        reader.problems().add(*child, child->shown() + " is not a table (write [operations.slo." +
                                          key_text(child->key) + "])");
      } else if (!monitor::is_operation_name(child->key)) {
        reader.problems().add_at(*child->source, child->key_at, child->path(),
                                 in_quotes(child->key) +
                                     " is not the name of an operation (write letters, digits, "
                                     "\"_\", \".\", \":\", \"/\" and \"-\")");
      } else {
        by_name[child->key].push_back(child.get());
      }
    }
  }
  Slos slos;
  for (const auto& [name, layers] : by_name) {
    auto slo = read_slo(layers, reader);
    if (slo != nullptr && slo->degrade) {
      reader.problems().add(*find_in(layers, "degrade").node,
                            "an operation has no status that could be degraded (leave it out)");
    } else if (slo != nullptr) {
      slos.emplace(name, std::move(slo));
    }
  }
  return slos;
}

}  // namespace

monitor::StatsdSettings read_statsd(const Layers& statsd, Reader& reader) {
  for (const Node* table : statsd) {
    check_plain_keys(*table, statsd_keys(), reader.problems());
  }
  monitor::StatsdSettings settings;
  if (const Node* node = find_in(statsd, "listen").node) {
    if (node->array() != nullptr) {
      for (const std::string& text : reader.list(*node).value_or(std::vector<std::string>{})) {
        add_address(*node, text, settings.listen, reader);
      }
    } else if (const auto text = reader.text(*node)) {
      add_address(*node, *text, settings.listen, reader);
    }
  }
  if (const Node* node = find_in(statsd, "unit").node) {
    constexpr std::array<std::string_view, 2> kUnits = {"ms", "s"};
    constexpr std::array<double, 2> kSeconds = {1e-3, 1};
    if (const auto unit = reader.choice(*node, kUnits)) {
      settings.seconds_per_unit = kSeconds[*unit];
    }
  }
  return settings;
}

monitor::OperationsSettings read_operations(const Layers& operations, Reader& reader) {
  for (const Node* table : operations) {
    check_plain_keys(*table, operations_keys(), reader.problems());
  }
  monitor::OperationsSettings settings;
  if (const Node* node = find_in(operations, "labels").node) {
    settings.labels = read_label_names(*node, reader);
  }
  if (const Node* node = find_in(operations, "max_operations").node) {
    const KeySpec& spec = *find_key(operations_keys(), "max_operations");
    if (const auto most = reader.integer(*node, spec.minimum, spec.maximum)) {
      settings.max_operations = static_cast<std::size_t>(*most);
    }
  }
  settings.slos = read_slos(all_of(operations, "slo"), reader);
  return settings;
}

}  // namespace hale::config
