#include "checks/disk/mount_selection.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <utility>

#include <fnmatch.h>

namespace hale::checks {
namespace {

using std::string_view;

template <std::size_t N>
bool contains(const std::array<string_view, N>& list, string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool on_block_device(const Mount& mount) {
  return !mount.device.starts_with("0:");
}

// File systems that need no block device of their own and still keep files on local disks.
bool keeps_files_locally(const Mount& mount) {
  constexpr std::array<string_view, 4> kTypes = {"btrfs", "zfs", "bcachefs", "ubifs"};
  return on_block_device(mount) || contains(kTypes, mount.type);
}

// What a wildcard never means: interfaces of the kernel, and autofs, where looking would mount.
bool is_pseudo(const Mount& mount) {
  constexpr std::array<string_view, 24> kTypes = {
      "proc",    "sysfs",    "devtmpfs", "devpts",     "cgroup",      "cgroup2",
      "debugfs", "tracefs",  "configfs", "securityfs", "selinuxfs",   "smackfs",
      "pstore",  "bpf",      "mqueue",   "hugetlbfs",  "binfmt_misc", "fusectl",
      "nsfs",    "efivarfs", "ramfs",    "rpc_pipefs", "nfsd",        "autofs"};
  return contains(kTypes, mount.type);
}

// Kinds that can only be read.
bool is_image(const Mount& mount) {
  constexpr std::array<string_view, 5> kTypes = {"squashfs", "iso9660", "erofs", "cramfs", "romfs"};
  return contains(kTypes, mount.type);
}

bool lies_below(string_view point, string_view folder) {
  return point.size() > folder.size() && point.starts_with(folder) && point[folder.size()] == '/';
}

// Places where the system and container runtimes put mounts of their own. Below /etc lie only the
// files that a runtime binds into a container.
bool is_system_place(string_view point) {
  constexpr std::array<string_view, 5> kPlaces = {"/proc", "/sys", "/dev", "/run", "/etc"};
  return std::any_of(kPlaces.begin(), kPlaces.end(), [point](string_view place) {
    return point == place ? place != "/etc" : lies_below(point, place);
  });
}

bool matches(const std::vector<std::string>& patterns, const std::string& point) {
  return std::any_of(patterns.begin(), patterns.end(), [&point](const std::string& pattern) {
    return ::fnmatch(pattern.c_str(), point.c_str(), 0) == 0;
  });
}

SelectedMount selected(const Mount& mount, bool listed) {
  SelectedMount result;
  result.point = mount.point;
  result.listed = listed;
  result.local = keeps_files_locally(mount) || mount.type == "tmpfs" || mount.type == "overlay";
  result.image = is_image(mount);
  result.read_only = mount.read_only;
  return result;
}

// By mount point; the later of two mounts on one point lies on top and is the one that is seen.
std::map<std::string, const Mount*> visible(const std::vector<Mount>& table) {
  std::map<std::string, const Mount*> mounts;
  for (const Mount& mount : table) {
    mounts.insert_or_assign(mount.point, &mount);
  }
  return mounts;
}

using Selection = std::map<std::string, SelectedMount>;

bool is_default(const Mount& mount, const std::set<std::string>& expected_writable) {
  if (mount.read_only && (is_image(mount) || !expected_writable.contains(mount.point))) {
    return false;
  }
  if (mount.point == "/") {
    return true;  // whatever it is: without it nothing works
  }
  if (mount.type == "tmpfs") {
    return mount.point == "/tmp";  // others live in memory, which has a check of its own
  }
  return keeps_files_locally(mount) && !is_system_place(mount.point);
}

// One file system mounted in several places is one disk: the whole of it before a part of it (a
// bind mount), then the shortest name.
void select_default(const std::map<std::string, const Mount*>& mounts,
                    const MountPatterns& patterns, const std::set<std::string>& expected_writable,
                    Selection& selection) {
  const auto rank = [](const Mount& mount) {
    return std::tuple(mount.root != "/", mount.point.size(), string_view(mount.point));
  };
  std::map<string_view, const Mount*> by_device;
  for (const auto& [point, mount] : mounts) {
    if (!is_default(*mount, expected_writable) || matches(patterns.exclude, point)) {
      continue;
    }
    const auto [found, is_new] = by_device.emplace(mount->device, mount);
    if (!is_new && rank(*mount) < rank(*found->second)) {
      found->second = mount;
    }
  }
  for (const auto& [device, mount] : by_device) {
    selection.emplace(mount->point, selected(*mount, false));
  }
}

void select_listed(const std::map<std::string, const Mount*>& mounts, const MountPatterns& patterns,
                   Selection& selection) {
  for (const std::string& pattern : patterns.mounts) {
    if (is_glob(pattern)) {
      for (const auto& [point, mount] : mounts) {
        if (!is_pseudo(*mount) && !is_image(*mount) &&
            ::fnmatch(pattern.c_str(), point.c_str(), 0) == 0) {
          selection.emplace(point, selected(*mount, false));
        }
      }
      continue;
    }
    const auto found = mounts.find(pattern);
    SelectedMount entry;
    entry.point = pattern;
    entry.listed = true;
    entry.mounted = false;
    selection.insert_or_assign(pattern,
                               found == mounts.end() ? entry : selected(*found->second, true));
  }
  std::erase_if(selection,
                [&](const auto& entry) { return matches(patterns.exclude, entry.first); });
}

}  // namespace

bool is_glob(string_view pattern) {
  return pattern.find_first_of("*?[\\") != string_view::npos;
}

std::vector<SelectedMount> select_mounts(const std::vector<Mount>& table,
                                         const MountPatterns& patterns,
                                         const std::set<std::string>& expected_writable) {
  const std::map<std::string, const Mount*> mounts = visible(table);
  Selection selection;
  if (patterns.mounts.empty()) {
    select_default(mounts, patterns, expected_writable, selection);
  } else {
    select_listed(mounts, patterns, selection);
  }
  std::vector<SelectedMount> result;
  result.reserve(selection.size());
  for (auto& [point, mount] : selection) {
    result.push_back(std::move(mount));
  }
  return result;
}

}  // namespace hale::checks
