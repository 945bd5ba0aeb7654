// From tables to checks: lays a check's tables over each other, reads every key, and has the type's
// factory make the check.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "config/assembly.h"
#include "config/reader.h"
#include "config/templates.h"
#include "monitor/check_registry.h"
#include "monitor/check_settings.h"

namespace hale::config {

class CheckBuilder {
 public:
  // All of them must outlive the builder. `complete`: see Sources.
  CheckBuilder(const monitor::CheckRegistry& registry, const Assembly& assembly, bool complete,
               Reader& reader);

  // Every enabled check, by name. After a problem some are missing.
  std::vector<monitor::ConfiguredCheck> build();

 private:
  // One check on its way.
  struct Draft {
    std::string name;
    const Node* table = nullptr;  // where the check stands, for what it lacks
    Layers layers;                // all its tables, the strongest first
    std::size_t own = 0;          // of these its own and its templates'
    const monitor::CheckDescriptor* type = nullptr;
    bool typed = false;  // it says which type it is, rightly or not
    bool enabled = true;
    monitor::Parameters parameters;  // of its type
  };

  void build_entry(const Named& entry);
  void build_each(const Named& entry, const Layers& each);
  void build_one(Draft draft, std::size_t shared_from);
  void find_type(Draft& draft);
  void add_group(Draft& draft, monitor::CheckSettings& settings);
  void check_keys_of(const Draft& draft, std::size_t first_template, std::size_t shared_from);
  void finish(Draft draft, monitor::CheckSettings settings);
  static const Node* find_path(const Draft& draft, std::string_view path);
  const Node* type_defaults(const monitor::CheckDescriptor& type);

  const monitor::CheckRegistry& registry_;
  const Assembly& assembly_;
  bool complete_;
  Reader& reader_;
  Problems& problems_;
  Templates templates_;
  Source builtin_source_;
  Tree builtin_defaults_;
  std::map<const monitor::CheckDescriptor*, std::pair<std::unique_ptr<Source>, Tree>>
      type_defaults_;
  // Tables that several checks share are looked through once for each type.
  std::set<std::pair<const Node*, const monitor::CheckDescriptor*>> looked_through_;
  std::vector<monitor::ConfiguredCheck> checks_;
};

}  // namespace hale::config
