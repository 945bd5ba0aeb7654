#include "checks/name_patterns.h"

#include <algorithm>

#include <fnmatch.h>

#include "checks/disk/mount_selection.h"
#include "checks/disk/mount_table.h"

namespace hale::checks {
namespace {

bool matches(const std::string& pattern, const std::string& name) {
  return pattern == name || ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
}

}  // namespace

Listed listed(const NamePatterns& patterns, const std::string& name) {
  Listed how = Listed::kNot;
  for (const std::string& pattern : patterns.include) {
    if (!is_glob(pattern) && pattern == name) {
      return Listed::kByName;
    }
    if (matches(pattern, name)) {
      how = Listed::kByGlob;
    }
  }
  return how;
}

bool excluded(const NamePatterns& patterns, const std::string& name) {
  return std::any_of(patterns.exclude.begin(), patterns.exclude.end(),
                     [&name](const std::string& pattern) { return matches(pattern, name); });
}

std::vector<std::string> plain_names(const NamePatterns& patterns) {
  std::vector<std::string> names;
  for (const std::string& pattern : patterns.include) {
    if (!is_glob(pattern) && !excluded(patterns, pattern)) {
      names.push_back(pattern);
    }
  }
  return names;
}

std::string shown(const NamePatterns& patterns) {
  std::string text;
  for (const std::string& pattern : patterns.include) {
    text += (text.empty() ? "" : " ") + printable(pattern);
  }
  return text;
}

}  // namespace hale::checks
