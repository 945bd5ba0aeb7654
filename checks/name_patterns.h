// Which of many named things a check looks at, as the user lists them: names and globs. Pure.
#pragma once

#include <string>
#include <vector>

namespace hale::checks {

struct NamePatterns {
  std::vector<std::string> include = {};  // empty: the check's own choice
  std::vector<std::string> exclude = {};  // wins over `include`
};

// How a name came to be looked at.
enum class Listed { kNot, kByGlob, kByName };

Listed listed(const NamePatterns& patterns, const std::string& name);
bool excluded(const NamePatterns& patterns, const std::string& name);

// The entries of `include` that are plain names, and not excluded.
std::vector<std::string> plain_names(const NamePatterns& patterns);

// "eth0 wg*": `include`, in printable form.
std::string shown(const NamePatterns& patterns);

}  // namespace hale::checks
