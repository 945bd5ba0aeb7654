// Reads which sockets wait for peers: from sock_diag(7), a table at a time, or from /proc/net where
// the kernel lacks that. Of the network namespace of the calling thread. Asks the kernel and walks
// the tree of control groups: belongs into a BlockingPool; one thread at a time.
#pragma once

#include <expected>
#include <filesystem>
#include <vector>

#include "checks/sockets/diag_message.h"
#include "checks/sockets/listener.h"
#include "checks/sys/cgroup_tree.h"
#include "monitor/check_result.h"

namespace hale::checks {

class SocketTable {
 public:
  SocketTable(std::filesystem::path proc_root, const std::filesystem::path& sys_root);

  // Sorted. The error is the outcome for whoever wanted to know.
  std::expected<std::vector<Listener>, monitor::Outcome> read();

  // For tests: as on a kernel without sock_diag.
  void use_files_only() { files_only_ = true; }

 private:
  std::expected<void, monitor::Outcome> read_table(int netlink, DiagTable table,
                                                   std::vector<DiagSocket>& sockets) const;
  std::expected<void, monitor::Outcome> read_file_of(DiagTable table,
                                                     std::vector<DiagSocket>& sockets) const;
  std::vector<Listener> name_owners(std::vector<DiagSocket> sockets);

  std::filesystem::path proc_root_;
  CgroupTree groups_;
  bool files_only_ = false;
};

}  // namespace hale::checks
