#include "config/assembly.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "config/keys.h"

namespace hale::config {
namespace {

std::string place_of(const Node& node) {
  return node.source->name + ":" + std::to_string(node.at.line) + ":" +
         std::to_string(node.at.column);
}

void check_sections(const Node& root, Problems& problems) {
  std::vector<std::string_view> known;
  for (const SectionSpec& section : sections()) {
    known.push_back(section.name);
  }
  for (const Tree& child : root.table()->children) {
    const SectionSpec* section = find_section(child->key);
    const bool is_table = child->table() != nullptr;
    if (section == nullptr) {
      const bool may_be_check_key = !is_table && find_key(check_keys(), child->key) != nullptr;
      problems.add_key(*child,
                       std::string(is_table ? "unknown section" : "unknown key") +
                           suggestion(child->key, known,
                                      may_be_check_key ? "it belongs in a [checks.NAME] table"
                                                       : "see `hale schema` for what is known"));
    } else if (!section->built) {
      problems.add_key(*child, "this section " + std::string(kNotBuilt) + " (leave it out)");
    } else if (section->shape != Shape::kKey && !is_table) {
      problems.add(*child, child->shown() + " is not a table (write [" + child->key +
                               (section->shape == Shape::kTable ? "])" : ".NAME])"));
    } else if (section->shape == Shape::kKey && child->source->origin == Origin::kCommandLine) {
      problems.add_key(*child, "cannot be set on the command line (write it in the file)");
    }
  }
}

void add_layer(const Node& root, std::string_view section, Layers& layers) {
  if (const Node* table = root.find(section); table != nullptr && table->table() != nullptr) {
    layers.insert(layers.begin(), table);
  }
}

class Names {
 public:
  explicit Names(Problems& problems) : problems_(problems) {}

  // Trees come the weakest first.
  void add(const Node& section) {
    for (const Tree& child : section.table()->children) {
      if (child->table() == nullptr) {
        problems_.add(*child, child->shown() + " is not a table (write [" +
                                  (child->array() ? section.key + "." + child->key + "] once"
                                                  : section.key + ".NAME]") +
                                  ")");
      } else if (!is_name(child->key)) {
        problems_.add_at(*child->source, child->key_at, child->path(), name_rule(child->key));
      } else {
        add_entry(*child);
      }
    }
  }

  std::vector<Named> take() {
    std::sort(entries_.begin(), entries_.end(),
              [](const Named& a, const Named& b) { return a.name < b.name; });
    return std::move(entries_);
  }

 private:
  static std::string name_rule(std::string_view name) {
    if (name.find('.') != std::string_view::npos) {
      return in_quotes(name) +
             " is not a name: a dot comes only from `each` (write letters, digits, "
             "\"_\" and \"-\")";
    }
    return in_quotes(name) +
           " is not a name (write a letter or digit, then at most 63 letters, "
           "digits, \"_\" and \"-\")";
  }

  void add_entry(const Node& table) {
    const auto [place, is_new] = index_.emplace(table.key, entries_.size());
    if (is_new) {
      entries_.push_back({table.key, {&table}});
      return;
    }
    Layers& layers = entries_[place->second].layers;
    const Node& before = *layers.back();
    if (table.source->origin == Origin::kCommandLine) {
      layers.insert(layers.begin(), &table);
    } else if (before.source->origin == Origin::kBuiltin) {
      layers = {&table};
    } else {
      problems_.add_at(
          *table.source, table.at, table.path(),
          "defined twice; first at " + place_of(before) +
              (table.source->origin == Origin::kBuiltin
                   ? " (include \"builtin:host\" first: later files replace its checks)"
                   : " (give one of them another name)"));
    }
  }

  Problems& problems_;
  std::vector<Named> entries_;
  std::unordered_map<std::string_view, std::size_t> index_;
};

}  // namespace

Assembly assemble(const Sources& sources, Problems& problems) {
  Assembly assembly;
  Names groups(problems);
  Names templates(problems);
  Names checks(problems);
  const auto add_names = [](const Node& root, std::string_view section, Names& names) {
    if (const Node* table = root.find(section); table != nullptr && table->table() != nullptr) {
      names.add(*table);
    }
  };
  for (const Tree& tree : sources.trees) {
    check_sections(*tree, problems);
    add_layer(*tree, "agent", assembly.agent);
    add_layer(*tree, "http", assembly.http);
    add_layer(*tree, "metrics", assembly.metrics);
    add_layer(*tree, "systemd", assembly.systemd);
    add_layer(*tree, "statsd", assembly.statsd);
    add_layer(*tree, "operations", assembly.operations);
    add_layer(*tree, "defaults", assembly.defaults);
    add_names(*tree, "groups", groups);
    add_names(*tree, "templates", templates);
    add_names(*tree, "checks", checks);
  }
  assembly.groups = groups.take();
  assembly.templates = templates.take();
  assembly.checks = checks.take();
  return assembly;
}

const Named* find_named(const std::vector<Named>& entries, std::string_view name) {
  const auto found =
      std::lower_bound(entries.begin(), entries.end(), name,
                       [](const Named& entry, std::string_view key) { return entry.name < key; });
  return found != entries.end() && found->name == name ? &*found : nullptr;
}

std::vector<std::string_view> names_of(const std::vector<Named>& entries) {
  std::vector<std::string_view> names;
  names.reserve(entries.size());
  for (const Named& entry : entries) {
    names.push_back(entry.name);
  }
  return names;
}

}  // namespace hale::config
