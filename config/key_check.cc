#include "config/key_check.h"

#include <algorithm>
#include <string>

#include "config/assembly.h"
#include "config/labels.h"
#include "config/limit_tables.h"
#include "config/parameters.h"
#include "config/slo_settings.h"
#include "monitor/check_settings.h"

namespace hale::config {
namespace {

using monitor::CheckDescriptor;
using monitor::CheckRegistry;
using monitor::KeyDescriptor;

bool has_key(const CheckDescriptor& type, std::string_view name) {
  return std::any_of(type.keys.begin(), type.keys.end(),
                     [name](const KeyDescriptor& key) { return key.name == name; });
}

bool known_to_some_type(const CheckRegistry& registry, std::string_view name) {
  const auto& types = registry.all();
  return std::any_of(types.begin(), types.end(),
                     [name](const CheckDescriptor* type) { return has_key(*type, name); });
}

void refuse_unbuilt(const Node& key, Problems& problems) {
  problems.add_key(key, in_quotes(key.key) + " " + std::string(kNotBuilt) + " (leave it out)");
}

std::vector<std::string_view> common_names(Places place) {
  std::vector<std::string_view> names;
  for (const KeySpec& key : check_keys()) {
    if (key.built && (key.places & place) != 0) {
      names.push_back(key.name);
    }
  }
  return names;
}

std::string where_allowed(const KeySpec& key) {
  return (key.places & kInTemplate) != 0 ? "it belongs in a check or a template"
                                         : "it belongs in a [checks.NAME] table";
}

// True if `key` is one that every check has; says so if it may not stand here.
bool check_common_key(const Node& key, Places place, Problems& problems) {
  const KeySpec* spec = find_key(check_keys(), key.key);
  if (spec == nullptr) {
    return false;
  }
  if (!spec->built) {
    refuse_unbuilt(key, problems);
  } else if ((spec->places & place) == 0) {
    problems.add_key(key,
                     in_quotes(key.key) + " has no meaning here (" + where_allowed(*spec) + ")");
  }
  return true;
}

// Reads a value only for the problems that it has.
void check_value(const Node& node, const KeySpec& spec, Reader& reader) {
  switch (spec.kind) {
    case Kind::kBoolean:
      reader.boolean(node);
      return;
    case Kind::kInteger:
      reader.integer(node, spec.minimum, spec.maximum);
      return;
    case Kind::kDuration:
      reader.duration(node, spec.shortest, spec.longest);
      return;
    case Kind::kText:
      reader.text(node);
      return;
    case Kind::kTextList:
      reader.list(node);
      return;
    case Kind::kThreshold:
      reader.threshold(node);
      return;
    case Kind::kSeverity:
      reader.choice(node, kSeverities);
      return;
    case Kind::kLabels:
      read_labels({&node}, reader);
      return;
    case Kind::kLimits:
      check_limit_table(node, reader);
      return;
    case Kind::kItems:
      check_items_table(node, reader);
      return;
    case Kind::kSlo:
      check_slo_table(node, reader);
      return;
    case Kind::kShare:       // in `slo` only
    case Kind::kSlos:        // in [operations] only
    case Kind::kTextOrList:  // `use`, which Templates reads
    case Kind::kEach:
      return;
  }
}

void check_common_values(const Node& table, Places place, bool limits, Reader& reader) {
  for (const Tree& key : table.table()->children) {
    const KeySpec* spec = find_key(check_keys(), key->key);
    const bool is_limit =
        spec != nullptr && (spec->kind == Kind::kLimits || spec->kind == Kind::kItems);
    if (spec != nullptr && spec->built && (spec->places & place) != 0 && (limits || !is_limit)) {
      check_value(*key, *spec, reader);
    }
  }
}

}  // namespace

void check_plain_keys(const Node& table, std::span<const KeySpec> keys, Problems& problems) {
  std::vector<std::string_view> names;
  std::string known;
  for (const KeySpec& spec : keys) {
    if (spec.built) {
      names.push_back(spec.name);
      known += (known.empty() ? "known: " : ", ") + std::string(spec.name);
    }
  }
  for (const Tree& key : table.table()->children) {
    const KeySpec* spec = find_key(keys, key->key);
    if (spec == nullptr) {
      problems.add_key(*key,
                       "unknown key " + in_quotes(key->key) + suggestion(key->key, names, known));
    } else if (!spec->built) {
      refuse_unbuilt(*key, problems);
    }
  }
}

void check_own_keys(const Node& table, Places place, const CheckDescriptor* type, bool typed,
                    Problems& problems) {
  for (const Tree& key : table.table()->children) {
    if (type != nullptr && type->passive && is_about_runs(key->key)) {
      problems.add_key(*key, in_quotes(key->key) + " has no meaning for type " +
                                 in_quotes(type->name) +
                                 ", which is reported to and not run (leave it out)");
      continue;
    }
    if (check_common_key(*key, place, problems) || (type != nullptr && has_key(*type, key->key))) {
      continue;
    }
    std::vector<std::string_view> names = common_names(place);
    if (type == nullptr) {
      const std::string hint = typed ? "" : suggestion(key->key, names, "");
      if (hint.starts_with(';')) {
        problems.add_key(*key, "unknown key " + in_quotes(key->key) + hint);
      }
      continue;
    }
    for (const KeyDescriptor& known : type->keys) {
      names.push_back(known.name);
    }
    problems.add_key(
        *key, "unknown key " + in_quotes(key->key) +
                  suggestion(key->key, names,
                             "`hale types " + std::string(type->name) + "` lists what there is"));
  }
}

void check_template(const Node& table, const CheckRegistry& registry, Reader& reader) {
  std::vector<std::string_view> names = common_names(kInTemplate);
  for (const CheckDescriptor* type : registry.all()) {
    for (const KeyDescriptor& known : type->keys) {
      names.push_back(known.name);
    }
  }
  for (const Tree& key : table.table()->children) {
    if (check_common_key(*key, kInTemplate, reader.problems()) ||
        known_to_some_type(registry, key->key)) {
      continue;
    }
    const Node* type = table.find("type");
    if (type != nullptr && type->text() != nullptr && registry.find(*type->text()) == nullptr) {
      continue;  // the type is the mistake, or not built, and so are its keys
    }
    reader.problems().add_key(
        *key, "unknown key " + in_quotes(key->key) +
                  suggestion(key->key, names, "no check type has it; see `hale types`"));
  }
  const Node* type = table.find("type");
  const CheckDescriptor* known =
      type != nullptr && type->text() != nullptr ? registry.find(*type->text()) : nullptr;
  check_common_values(table, kInTemplate, known == nullptr, reader);
  if (known != nullptr) {
    check_parameters(table, *known, reader);
    read_limits({&table}, *known, reader);
  }
}

void check_template_use(const Node& table, const CheckDescriptor& type,
                        const CheckRegistry& registry, Problems& problems) {
  for (const Tree& key : table.table()->children) {
    if (find_key(check_keys(), key->key) == nullptr && !has_key(type, key->key) &&
        known_to_some_type(registry, key->key)) {
      problems.add_key(*key, in_quotes(key->key) + " is no key of type " + in_quotes(type.name) +
                                 ", which a check with this template has (leave it out)");
    }
  }
}

void check_inherited_keys(const Node& table, Places place, std::span<const KeySpec> own_keys,
                          Reader& reader) {
  std::vector<std::string_view> names = common_names(place);
  for (const KeySpec& spec : own_keys) {
    names.push_back(spec.name);
  }
  for (const Tree& key : table.table()->children) {
    const KeySpec* own = find_key(own_keys, key->key);
    if (own != nullptr && !own->built) {
      refuse_unbuilt(*key, reader.problems());
    } else if (own == nullptr && !check_common_key(*key, place, reader.problems())) {
      reader.problems().add_key(
          *key, "unknown key " + in_quotes(key->key) +
                    suggestion(key->key, names, "only keys that every check has may stand here"));
    }
  }
  check_common_values(table, place, true, reader);
}

}  // namespace hale::config
