#include "config/differences.h"

#include <algorithm>
#include <utility>

namespace hale::config {
namespace {

struct Line {
  std::string_view key;
  std::string_view value;
};
struct Table {
  std::string_view name;
  std::vector<Line> lines;
};

// print() writes one table header or one `key = value` a line, and comments.
std::vector<Table> tables_of(std::string_view text) {
  std::vector<Table> tables = {{}};
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t equals = line.find(" = ");
    if (line.starts_with('[')) {
      tables.push_back({.name = line.substr(1, line.size() - 2), .lines = {}});
    } else if (!line.starts_with('#') && equals != std::string_view::npos) {
      tables.back().lines.push_back(
          {.key = line.substr(0, equals), .value = line.substr(equals + 3)});
    }
  }
  return tables;
}

template <class T>
const T* find(const std::vector<T>& all, std::string_view T::* name, std::string_view wanted) {
  const auto found = std::ranges::find(all, wanted, name);
  return found == all.end() ? nullptr : &*found;
}

void compare(const Table& from, const Table& to, std::vector<std::string>& differences) {
  const std::string prefix = to.name.empty() ? "" : std::string(to.name) + ".";
  for (const Line& line : to.lines) {
    const Line* before = find(from.lines, &Line::key, line.key);
    if (before == nullptr) {
      differences.push_back("+ " + prefix + std::string(line.key) + " = " +
                            std::string(line.value));
    } else if (before->value != line.value) {
      differences.push_back("~ " + prefix + std::string(line.key) + ": " +
                            std::string(before->value) + " -> " + std::string(line.value));
    }
  }
  for (const Line& line : from.lines) {
    if (find(to.lines, &Line::key, line.key) == nullptr) {
      differences.push_back("- " + prefix + std::string(line.key));
    }
  }
}

}  // namespace

std::vector<std::string> differences(std::string_view from, std::string_view to) {
  const std::vector<Table> before = tables_of(from);
  const std::vector<Table> after = tables_of(to);
  std::vector<std::string> all;
  for (const Table& table : after) {
    if (const Table* same = find(before, &Table::name, table.name)) {
      compare(*same, table, all);
    } else {
      all.push_back("+ " + std::string(table.name));
    }
  }
  for (const Table& table : before) {
    if (find(after, &Table::name, table.name) == nullptr) {
      all.push_back("- " + std::string(table.name));
    }
  }
  return all;
}

}  // namespace hale::config
