// What a unit uses, as its cgroup tells: memory.*, pids.* and cpu.stat of cgroup v2
// (Documentation/admin-guide/cgroup-v2.rst). Read where a file may block: in a BlockingPool.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hale::checks {

struct UnitResources {
  std::optional<std::uint64_t> memory;        // bytes, without what can be dropped at once
  std::optional<std::uint64_t> memory_limit;  // the lower of memory.high and memory.max
  std::optional<std::uint64_t> tasks;
  std::optional<std::uint64_t> tasks_limit;
  std::optional<std::uint64_t> cpu_us;     // time used since the cgroup was made
  std::optional<std::uint64_t> oom_kills;  // since the cgroup was made
};

// What can be read; a controller that is off leaves its part absent.
UnitResources read_unit_resources(const std::filesystem::path& group);

// Where cgroup v2 is mounted below `sys`: "/sys/fs/cgroup", or "/sys/fs/cgroup/unified" on a host
// that has version 1 besides.
std::filesystem::path cgroup_root(const std::filesystem::path& sys);

// Of many units, by their cgroups ("/system.slice/nginx.service").
std::map<std::string, UnitResources> read_resources(const std::filesystem::path& sys,
                                                    const std::vector<std::string>& groups);

// The value of `key` in a file of "KEY VALUE" lines. Pure.
std::optional<std::uint64_t> keyed_value(std::string_view text, std::string_view key);

}  // namespace hale::checks
