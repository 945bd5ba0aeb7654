#include "checks/systemd/unit_selection.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "checks/disk/mount_selection.h"
#include "checks/systemd/unit_picture.h"

namespace hale::checks {
namespace {

constexpr std::array<std::string_view, 11> kKinds = {".service", ".socket", ".timer",     ".target",
                                                     ".path",    ".mount",  ".automount", ".swap",
                                                     ".slice",   ".scope",  ".device"};

}  // namespace

std::vector<SelectedUnit> select_units(const Units& units, const NamePatterns& patterns) {
  std::map<std::string, bool> selected;
  for (std::string& name : plain_names(patterns)) {
    selected.insert_or_assign(std::move(name), true);
  }
  for (const auto& [name, unit] : units) {
    if (is_enabled(unit) && listed(patterns, name) == Listed::kByGlob &&
        !excluded(patterns, name)) {
      selected.emplace(name, false);
    }
  }
  std::vector<SelectedUnit> list;
  for (const auto& [name, by_name] : selected) {
    list.push_back({.name = name, .by_name = by_name});
  }
  return list;
}

std::string with_suffix(std::string name) {
  const bool known =
      std::ranges::any_of(kKinds, [&name](std::string_view kind) { return name.ends_with(kind); });
  // "*" alone is every kind.
  if (!known && !name.empty() && name != "*" && !name.ends_with(".*")) {
    name += ".service";
  }
  return name;
}

std::string unit_name_error(const std::string& name) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@";
  const bool glob = is_glob(name);
  if (name.empty() || name.size() > 255) {
    return "is not the name of a unit (write one such as \"nginx.service\")";
  }
  for (const char character : name) {
    if (!kPlain.contains(character) && !(glob && std::string_view("*?[]!^").contains(character))) {
      return "\"" + printable(name) +
             "\" is not the name of a unit (write a name or a glob, \"nginx.service\", "
             "\"web-*.service\")";
    }
  }
  if (name.contains("@.") && !glob) {
    return "\"" + printable(name) +
           "\" is a template (write one of its instances, \"getty@tty1.service\")";
  }
  return "";
}

}  // namespace hale::checks
