// Check type `disk`: space, inodes and read-only state of the mounted file systems, each an item. A
// mount that does not answer costs the others nothing.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "checks/disk/mount_selection.h"
#include "monitor/check.h"

namespace hale::checks {

const monitor::CheckDescriptor& disk_descriptor();

struct MountsRead;

class DiskCheck final : public monitor::Check {
 public:
  explicit DiskCheck(MountPatterns patterns, std::string fstab = "/etc/fstab");

  std::string target() const override;
  monitor::Task<monitor::CheckResult> run(monitor::RunContext& context) override;

 private:
  std::vector<SelectedMount> select(const MountsRead& read);

  MountPatterns patterns_;
  std::string fstab_;
  std::set<std::string> seen_writable_;  // mount points that were writable the last time they were
};

}  // namespace hale::checks
