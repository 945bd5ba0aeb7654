// The control groups of this host by their ids, as sockets name them: the id is the number of the
// directory in the cgroup2 tree. Walks the tree, so it belongs into a BlockingPool; one thread at a
// time.
//
// Invariant: a walk happens only when an id is asked for that was not there at the last one, and
// once for an id that no directory has: the group is gone, and its sockets live on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace hale::checks {

class CgroupTree {
 public:
  // `sys_root` as Services has it: the tree is at fs/cgroup or, on hosts that have the older
  // hierarchies as well, at fs/cgroup/unified.
  explicit CgroupTree(const std::filesystem::path& sys_root);

  bool available() const { return !root_.empty(); }

  // "/system.slice/nginx.service"; "" where no directory has it. At most one walk between two calls
  // of begin_look().
  std::string path_of(std::uint64_t id);
  void begin_look();

  std::uint64_t walks() const { return walks_; }

 private:
  void walk();

  std::filesystem::path root_;
  std::unordered_map<std::uint64_t, std::string> paths_;
  std::unordered_set<std::uint64_t> gone_;
  bool walked_ = false;  // in this look
  std::uint64_t walks_ = 0;
};

}  // namespace hale::checks
