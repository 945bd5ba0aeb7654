#include "checks/systemd/unit_resources.h"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include "checks/proc/read_file.h"

namespace hale::checks {
namespace {

namespace fs = std::filesystem;

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data()) {
    return std::nullopt;
  }
  return value;
}

// "max" is no limit, and no number.
std::optional<std::uint64_t> value_in(const fs::path& file) {
  const auto text = read_file(file.string(), 4096);
  return text ? number(*text) : std::nullopt;
}

std::optional<std::uint64_t> key_in(const fs::path& file, std::string_view key) {
  const auto text = read_file(file.string(), 65536);
  return text ? keyed_value(*text, key) : std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> keyed_value(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.size() > key.size() && line.starts_with(key) && line[key.size()] == ' ') {
      return number(line.substr(key.size() + 1));
    }
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return std::nullopt;
}

UnitResources read_unit_resources(const fs::path& group) {
  UnitResources found;
  found.memory = value_in(group / "memory.current");
  if (found.memory) {
    // Files in the cache that nobody uses just now: the kernel drops them before anything else.
    const std::uint64_t cache = key_in(group / "memory.stat", "inactive_file").value_or(0);
    *found.memory -= std::min(*found.memory, cache);
    found.memory_limit = value_in(group / "memory.max");
    const auto high = value_in(group / "memory.high");
    if (high && (!found.memory_limit || *high < *found.memory_limit)) {
      found.memory_limit = high;
    }
    found.oom_kills = key_in(group / "memory.events", "oom_kill");
  }
  found.tasks = value_in(group / "pids.current");
  if (found.tasks) {
    found.tasks_limit = value_in(group / "pids.max");
  }
  found.cpu_us = key_in(group / "cpu.stat", "usage_usec");
  return found;
}

fs::path cgroup_root(const fs::path& sys) {
  std::error_code ignored;
  const fs::path unified = sys / "fs/cgroup/unified";
  return fs::exists(unified / "cgroup.controllers", ignored) ? unified : sys / "fs/cgroup";
}

std::map<std::string, UnitResources> read_resources(const fs::path& sys,
                                                    const std::vector<std::string>& groups) {
  const fs::path root = cgroup_root(sys);
  std::map<std::string, UnitResources> found;
  for (const std::string& group : groups) {
    // It comes from systemd, but it becomes a path.
    if (group.starts_with('/') && !group.contains("/../") && !group.ends_with("/..")) {
      found.emplace(group, read_unit_resources(root / group.substr(1)));
    }
  }
  return found;
}

}  // namespace hale::checks
