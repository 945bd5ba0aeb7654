#include "config/limit_tables.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>

namespace hale::config {
namespace {

using monitor::CheckDescriptor;
using monitor::Limit;
using monitor::Result;

struct SeverityKey {
  std::string_view name;
  Result severity;
};
constexpr std::array<SeverityKey, 2> kSeverityKeys = {
    {{"warn", Result::kWarn}, {"fail", Result::kFail}}};

// By measurement and severity; a limit that is "off" is there and empty.
using LimitMap = std::map<std::pair<std::string_view, Result>, std::optional<Limit>>;

std::vector<std::string_view> measurement_names(const CheckDescriptor& type) {
  std::vector<std::string_view> names;
  names.reserve(type.measurements.size() + 1);
  for (const monitor::MeasurementDescriptor& measurement : type.measurements) {
    if (!measurement.open) {
      names.push_back(measurement.name);
    }
  }
  names.push_back(monitor::duration_measurement().name);
  return names;
}

std::string joined(const std::vector<std::string_view>& names) {
  std::string text;
  for (const std::string_view name : names) {
    text += (text.empty() ? "" : ", ") + std::string(name);
  }
  return text;
}

bool is_by_user(const Node& node) {
  return node.source->origin == Origin::kFile || node.source->origin == Origin::kCommandLine;
}

// `held` is not asked for where it says what `weaker` says.
void forget_if_repeated(std::optional<Limit>& held, std::optional<Limit> weaker) {
  if (held && weaker) {
    weaker->asked_for = held->asked_for;
    held->asked_for = held->asked_for && *held != *weaker;
  }
}

class LimitReader {
 public:
  LimitReader(const CheckDescriptor& type, Reader& reader) : type_(type), reader_(reader) {}

  // Adds what one table says and the map does not have yet.
  void add(const Node& table, Result severity, LimitMap& into) {
    if (table.table() == nullptr) {
      check_limit_table(table, reader_);
      return;
    }
    for (const Tree& entry : table.table()->children) {
      const auto place = std::pair(std::string_view(entry->key), severity);
      const auto stronger = into.find(place);
      if (stronger != into.end() && is_by_user(*entry)) {
        continue;  // what the program brings along is compared below
      }
      const monitor::MeasurementDescriptor* measurement = type_.measurement(entry->key);
      measurement = measurement == nullptr ? type_.open_measurement() : measurement;
      if (measurement == nullptr) {
        const auto names = measurement_names(type_);
        reader_.problems().add_key(
            *entry, in_quotes(entry->key) + " is no measurement of type " + in_quotes(type_.name) +
                        suggestion(entry->key, names, "it has: " + joined(names)));
        continue;
      }
      if (auto value = reader_.limit(*entry, *measurement, severity)) {
        if (value->limit) {
          value->limit->open_name = measurement->open ? entry->key : "";
          value->limit->asked_for = is_by_user(*entry);
        }
        if (stronger == into.end()) {
          into.emplace(place, std::move(value->limit));
        } else {
          // Who writes down what holds anyway, as `hale validate --print` does, asks for nothing.
          forget_if_repeated(stronger->second, value->limit);
        }
      }
    }
  }

  // Those that are not off, in the order of the type's measurements, open ones last, warn before
  // fail.
  std::vector<Limit> in_order(const LimitMap& limits) const {
    std::vector<std::string_view> names = measurement_names(type_);
    for (const auto& [place, limit] : limits) {
      if (limit && limit->measurement->open && place.first != names.back()) {
        names.push_back(place.first);
      }
    }
    std::vector<Limit> list;
    for (const std::string_view name : names) {
      for (const SeverityKey& key : kSeverityKeys) {
        const auto found = limits.find(std::pair(name, key.severity));
        if (found == limits.end()) {
          continue;
        }
        if (const std::optional<Limit>& limit = found->second) {
          list.push_back(*limit);
        }
      }
    }
    return list;
  }

 private:
  const CheckDescriptor& type_;
  Reader& reader_;
};

}  // namespace

void check_limit_table(const Node& limits, Reader& reader) {
  if (limits.table() == nullptr) {
    reader.problems().add(limits, limits.shown() + " is not a table (write { duration = \"2s\" })");
    return;
  }
  for (const Tree& entry : limits.table()->children) {
    if (entry->table() != nullptr || entry->array() != nullptr) {
      reader.problems().add(*entry,
                            entry->shown() + " is not a limit (write \">= 100\" or \"off\")");
    }
  }
}

void check_items_table(const Node& items, Reader& reader) {
  if (items.table() == nullptr) {
    reader.problems().add(items,
                          items.shown() + " is not a table (write { \"/\" = { fail = { ... } } })");
    return;
  }
  for (const Tree& item : items.table()->children) {
    if (item->table() == nullptr) {
      reader.problems().add(*item, item->shown() + " is not a table (write { fail = { ... } })");
      continue;
    }
    for (const Tree& entry : item->table()->children) {
      if (entry->key == "warn" || entry->key == "fail") {
        check_limit_table(*entry, reader);
      } else {
        reader.problems().add_key(*entry, "unknown key " + in_quotes(entry->key) +
                                              suggestion(entry->key, {"warn", "fail"},
                                                         "an item has only `warn` and `fail`"));
      }
    }
  }
}

monitor::LimitSet read_limits(const Layers& layers, const CheckDescriptor& type, Reader& reader) {
  LimitReader limits(type, reader);
  LimitMap of_check;
  for (const SeverityKey& key : kSeverityKeys) {
    for (const Node* table : all_of(layers, key.name)) {
      limits.add(*table, key.severity, of_check);
    }
  }
  std::map<std::string_view, LimitMap> of_items;
  for (const Node* items : all_of(layers, "items")) {
    check_items_table(*items, reader);
    if (type.item_label.empty()) {
      reader.problems().add_key(*items, "type " + in_quotes(type.name) +
                                            " looks at one thing only and has no items (use warn "
                                            "and fail of the check)");
      continue;
    }
    if (items->table() == nullptr) {
      continue;
    }
    for (const Tree& item : items->table()->children) {
      for (const SeverityKey& key : kSeverityKeys) {
        if (const Node* table = item->find(key.name); table != nullptr && table->table()) {
          limits.add(*table, key.severity, of_items[item->key]);
        }
      }
    }
  }
  monitor::LimitSet set;
  set.check = limits.in_order(of_check);
  for (auto& [item, own] : of_items) {
    for (auto [place, limit] : of_check) {
      if (limit) {
        limit->asked_for = false;  // of every item: it is enough that one of them has it
      }
      const auto [at, inserted] = own.emplace(place, limit);
      if (!inserted) {
        forget_if_repeated(at->second, limit);
      }
    }
    set.items.emplace(item, limits.in_order(own));
  }
  return set;
}

}  // namespace hale::config
