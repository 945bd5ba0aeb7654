#include "checks/sys/cgroup_tree.h"

#include <memory>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <dirent.h>
#include <sys/stat.h>

namespace hale::checks {
namespace {

// A host with more than this has its control groups made in a loop.
constexpr std::size_t kMost = 200000;
constexpr std::size_t kMostGone = 100000;

std::filesystem::path find_root(const std::filesystem::path& sys_root) {
  const std::filesystem::path base = sys_root / "fs/cgroup";
  std::error_code ignored;
  for (const std::filesystem::path& folder : {base, base / "unified"}) {
    if (std::filesystem::exists(folder / "cgroup.procs", ignored) &&
        std::filesystem::exists(folder / "cgroup.controllers", ignored)) {
      return folder;
    }
  }
  return {};
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

}  // namespace

CgroupTree::CgroupTree(const std::filesystem::path& sys_root) : root_(find_root(sys_root)) {}

void CgroupTree::begin_look() {
  walked_ = false;
}

std::string CgroupTree::path_of(std::uint64_t id) {
  auto found = paths_.find(id);
  if (found == paths_.end() && available() && !walked_ && !gone_.contains(id)) {
    walk();
    found = paths_.find(id);
  }
  if (found != paths_.end()) {
    return found->second;
  }
  // Not what was made after this look's walk: the next one may find it.
  if (walked_) {
    if (gone_.size() >= kMostGone) {
      gone_.clear();
    }
    gone_.insert(id);
  }
  return "";
}

// readdir(3) gives the number of each directory, and so no file is asked for its status.
void CgroupTree::walk() {
  walked_ = true;
  ++walks_;
  paths_.clear();
  struct stat status{};
  if (::stat(root_.c_str(), &status) != 0) {
    return;
  }
  paths_[status.st_ino] = "/";
  std::vector<std::string> open = {""};  // relative to the root
  while (!open.empty() && paths_.size() < kMost) {
    const std::string parent = std::move(open.back());
    open.pop_back();
    const std::unique_ptr<DIR, CloseFolder> folder(::opendir((root_.string() + parent).c_str()));
    if (!folder) {
      continue;  // removed in between
    }
    while (const dirent* entry = ::readdir(folder.get())) {
      const std::string_view name(static_cast<const char*>(entry->d_name));
      if (entry->d_type == DT_DIR && name != "." && name != "..") {
        std::string path = parent + "/" + std::string(name);
        paths_[entry->d_ino] = path;
        open.push_back(std::move(path));
      }
    }
  }
}

}  // namespace hale::checks
