#include "config/check_builder.h"

#include <algorithm>

#include "config/common_settings.h"
#include "config/key_check.h"
#include "config/limit_tables.h"
#include "config/parameters.h"

namespace hale::config {
namespace {

using monitor::CheckDescriptor;
using monitor::CheckSettings;

std::string list_of(const monitor::CheckRegistry& registry) {
  std::string text;
  for (const CheckDescriptor* type : registry.all()) {
    text += (text.empty() ? "known: " : ", ") + std::string(type->name);
  }
  return text;
}

}  // namespace

CheckBuilder::CheckBuilder(const monitor::CheckRegistry& registry, const Assembly& assembly,
                           bool complete, Reader& reader)
    : registry_(registry),
      assembly_(assembly),
      complete_(complete),
      reader_(reader),
      problems_(reader.problems()),
      templates_(assembly.templates, complete, reader),
      builtin_source_{.name = "built in", .origin = Origin::kProgram},
      builtin_defaults_(make_table(builtin_source_)) {
  for (const KeySpec& key : check_keys()) {
    if (!key.default_text.empty()) {
      add_child(*builtin_defaults_, std::string(key.name),
                make_loose(builtin_source_, std::string(key.default_text)));
    }
  }
}

std::vector<monitor::ConfiguredCheck> CheckBuilder::build() {
  reader_.set_in_use(false);
  for (const Named& entry : assembly_.templates) {
    for (const Node* table : entry.layers) {
      check_template(*table, registry_, reader_);
    }
  }
  reader_.set_in_use(true);
  for (const Node* table : assembly_.defaults) {
    check_inherited_keys(*table, kInDefaults, {}, reader_);
  }
  checks_.reserve(assembly_.checks.size());
  for (const Named& entry : assembly_.checks) {
    build_entry(entry);
  }
  std::sort(checks_.begin(), checks_.end(),
            [](const auto& a, const auto& b) { return a.settings->name < b.settings->name; });
  return std::move(checks_);
}

void CheckBuilder::build_entry(const Named& entry) {
  if (const Layers each = all_of(entry.layers, "each"); !each.empty()) {
    build_each(entry, each);
    return;
  }
  Draft draft;
  draft.name = entry.name;
  draft.table = entry.layers.back();
  draft.layers = entry.layers;
  build_one(std::move(draft), entry.layers.size());
}

void CheckBuilder::build_each(const Named& entry, const Layers& each) {
  std::map<std::string_view, Layers> children;
  for (const Node* table : each) {
    if (table->table() == nullptr || table->table()->children.empty()) {
      problems_.add(*table, (table->table() ? "an empty table" : table->shown()) +
                                std::string(" makes no checks (write NAME = { KEY = VALUE })"));
      continue;
    }
    for (const Tree& child : table->table()->children) {
      if (child->table() == nullptr) {
        problems_.add(*child, child->shown() + " is not a table (write " + child->key +
                                  " = { KEY = VALUE })");
      } else if (!is_name(child->key)) {
        problems_.add_at(*child->source, child->key_at, child->path(),
                         in_quotes(child->key) +
                             " is not a name (write a letter or digit, then at "
                             "most 63 letters, digits, \"_\" and \"-\")");
      } else {
        children[child->key].push_back(child.get());
      }
    }
  }
  for (auto& [name, layers] : children) {
    Draft draft;
    draft.name = std::string(entry.name) + "." + std::string(name);
    draft.table = layers.back();
    draft.layers = std::move(layers);
    const std::size_t shared_from = draft.layers.size();
    draft.layers.insert(draft.layers.end(), entry.layers.begin(), entry.layers.end());
    build_one(std::move(draft), shared_from);
  }
}

// Layers from `shared_from` on may have been seen with another check.
void CheckBuilder::build_one(Draft draft, std::size_t shared_from) {
  const std::size_t problems_before = problems_.count();
  reader_.set_in_use(true);
  reader_.take_deferred();
  const std::size_t first_template = draft.layers.size();
  if (const Node* use = find_in(draft.layers, "use").node) {
    templates_.append(*use, draft.layers);
  }
  draft.own = draft.layers.size();
  CheckSettings settings;
  settings.name = draft.name;
  add_group(draft, settings);
  const Node* enabled = find_in(draft.layers, "enabled").node;
  draft.enabled = enabled == nullptr || reader_.boolean(*enabled).value_or(true);
  reader_.set_in_use(draft.enabled);
  find_type(draft);
  if (draft.type != nullptr) {
    draft.layers.push_back(type_defaults(*draft.type));
  }
  draft.layers.insert(draft.layers.end(), assembly_.defaults.begin(), assembly_.defaults.end());
  draft.layers.push_back(builtin_defaults_.get());
  check_keys_of(draft, first_template, shared_from);
  settings.type = draft.type;
  read_common_settings(draft.layers, reader_, settings);
  if (draft.type != nullptr) {
    const Layers own(draft.layers.begin(),
                     draft.layers.begin() + static_cast<std::ptrdiff_t>(draft.own));
    draft.parameters = read_parameters(own, *draft.type, *draft.table, reader_);
    settings.limits = read_limits(draft.layers, *draft.type, reader_);
  }
  const bool deferred = reader_.take_deferred();
  if (draft.type != nullptr && draft.enabled && !deferred && problems_.count() == problems_before) {
    finish(std::move(draft), std::move(settings));
  }
  reader_.set_in_use(true);
}

void CheckBuilder::add_group(Draft& draft, CheckSettings& settings) {
  const Node* node = find_in(draft.layers, "group").node;
  const auto name = node == nullptr ? std::nullopt : reader_.text(*node);
  if (!name || name->empty()) {
    return;
  }
  settings.group = *name;
  const Named* group = find_named(assembly_.groups, *name);
  if (group != nullptr) {
    draft.layers.insert(draft.layers.end(), group->layers.begin(), group->layers.end());
  } else if (complete_) {
    problems_.add(*node, "there is no group " + in_quotes(*name) +
                             suggestion(*name, names_of(assembly_.groups),
                                        "add [groups." + key_text(*name) + "]"));
  }
}

void CheckBuilder::find_type(Draft& draft) {
  const Node* node = find_in(draft.layers, "type", draft.own).node;
  draft.typed = node != nullptr;
  if (node == nullptr) {
    if (!complete_) {
      return;  // it may come from a template that could not be read
    }
    if (draft.table->source->origin == Origin::kCommandLine) {
      std::vector<std::string_view> others = names_of(assembly_.checks);
      std::erase(others, draft.name);
      problems_.add(*draft.table, "there is no check " + in_quotes(draft.name) +
                                      suggestion(draft.name, others, "a new one needs a type"));
    } else {
      problems_.add(*draft.table, "has no type (add type = \"...\"; " + list_of(registry_) + ")");
    }
    return;
  }
  const auto name = reader_.text(*node);
  if (!name) {
    return;
  }
  draft.type = registry_.find(*name);
  if (draft.type != nullptr) {
    return;
  }
  const auto planned = planned_types();
  if (std::find(planned.begin(), planned.end(), *name) != planned.end()) {
    problems_.add(*node, "type " + in_quotes(*name) + " " + std::string(kNotBuilt) + " (" +
                             list_of(registry_) + ")");
    return;
  }
  std::vector<std::string_view> known;
  for (const CheckDescriptor* type : registry_.all()) {
    known.push_back(type->name);
  }
  const std::string all = " (" + list_of(registry_) + ")";
  const std::string hint = suggestion(*name, known, list_of(registry_));
  problems_.add(*node, in_quotes(*name) + " is not a check type" + hint + (hint == all ? "" : all));
}

void CheckBuilder::check_keys_of(const Draft& draft, std::size_t first_template,
                                 std::size_t shared_from) {
  for (std::size_t i = 0; i < draft.own; ++i) {
    const Node& table = *draft.layers[i];
    if (i >= shared_from && !looked_through_.emplace(&table, draft.type).second) {
      continue;
    }
    if (i >= first_template) {
      if (draft.type != nullptr) {
        check_template_use(table, *draft.type, registry_, problems_);
      }
      continue;
    }
    const bool is_child = shared_from < first_template && i < shared_from;
    check_own_keys(table, is_child ? kInEach : kInCheck, draft.type, draft.typed, problems_);
  }
}

// "port", "expect.body_regex", "dialogue[1].expect"; null where the user said nothing about it.
const Node* CheckBuilder::find_path(const Draft& draft, std::string_view path) {
  const std::size_t end = std::min(path.find_first_of(".["), path.size());
  Layers nodes(draft.layers.begin(), draft.layers.begin() + static_cast<std::ptrdiff_t>(draft.own));
  nodes = all_of(nodes, path.substr(0, end));
  path.remove_prefix(end);
  while (!path.empty() && !nodes.empty()) {
    const bool is_index = path.front() == '[';
    path.remove_prefix(1);
    const std::size_t length = std::min(path.find_first_of(is_index ? "]" : ".["), path.size());
    const std::string_view step = path.substr(0, length);
    path.remove_prefix(std::min(length + (is_index ? 1 : 0), path.size()));
    if (is_index) {
      const auto index = parse_integer(step);
      const Node::Array* array = nodes.front()->array();
      const bool exists = index && array != nullptr && *index >= 0 &&
                          static_cast<std::size_t>(*index) < array->elements.size();
      nodes = exists ? Layers{array->elements[static_cast<std::size_t>(*index)].get()} : Layers{};
    } else {
      nodes = all_of(nodes, step);
    }
  }
  return nodes.empty() ? nullptr : nodes.front();
}

void CheckBuilder::finish(Draft draft, CheckSettings settings) {
  auto check = draft.type->make(draft.parameters);
  if (!check) {
    const monitor::ParameterError& error = check.error();
    if (const Node* node = find_path(draft, error.key)) {
      problems_.add(*node, error.message);
    } else {
      problems_.add_at(*draft.table->source, draft.table->at,
                       draft.table->path() + (error.key.empty() ? "" : "." + error.key),
                       error.message);
    }
    return;
  }
  settings.target = (*check)->target();
  checks_.push_back({.settings = std::make_shared<const CheckSettings>(std::move(settings)),
                     .parameters = std::move(draft.parameters),
                     .check = *std::move(check)});
}

// What the type pins, and its own limits, as a table like those of a file.
const Node* CheckBuilder::type_defaults(const CheckDescriptor& type) {
  auto& [source, table] = type_defaults_[&type];
  if (table != nullptr) {
    return table.get();
  }
  source = std::make_unique<Source>();
  source->name = "type " + std::string(type.name);
  source->origin = Origin::kProgram;
  table = make_table(*source);
  const std::pair<std::string_view, std::string_view> pinned[] = {
      {"interval", type.pinned.interval},
      {"timeout", type.pinned.timeout},
      {"fall", type.pinned.fall},
      {"rise", type.pinned.rise},
  };
  for (const auto& [key, text] : pinned) {
    if (!text.empty()) {
      add_child(*table, std::string(key), make_loose(*source, std::string(text)));
    }
  }
  Node* warn = &add_child(*table, "warn", make_table(*source));
  Node* fail = &add_child(*table, "fail", make_table(*source));
  for (const monitor::DefaultLimit& limit : type.default_limits) {
    add_child(limit.severity == monitor::Result::kFail ? *fail : *warn,
              std::string(limit.measurement), make_loose(*source, std::string(limit.text)));
  }
  return table.get();
}

}  // namespace hale::config
