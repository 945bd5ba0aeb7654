// Which mounts a disk check looks at. Pure.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "checks/disk/mount_table.h"

namespace hale::checks {

// What the user asked for, in globs where `*` also matches `/`.
struct MountPatterns {
  std::vector<std::string> mounts = {};   // empty: every local writable file system
  std::vector<std::string> exclude = {};  // wins over `mounts`
};

// One thing to look at.
struct SelectedMount {
  std::string point;
  bool mounted = true;  // false: listed by name, and nothing is mounted there
  bool listed = false;  // by its exact name: when it vanishes, that is a failure
  bool local = true;    // answers without a network or another process
  bool image = false;   // a kind that can only be read (squashfs, ISO 9660): always full
  bool read_only = false;
};

// Sorted by mount point, each point once. Without patterns, a file system counts when it is local
// and writable, or when it should be writable: `expected_writable` names the mount points that were
// writable before, or that fstab wants so. A file system that an error turned read-only stays in
// sight that way.
std::vector<SelectedMount> select_mounts(const std::vector<Mount>& table,
                                         const MountPatterns& patterns,
                                         const std::set<std::string>& expected_writable);

// True where the pattern is no plain name.
bool is_glob(std::string_view pattern);

}  // namespace hale::checks
