// What a file system says about itself, statvfs(3), and how that reads as the result of an item.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "checks/disk/mount_selection.h"
#include "monitor/check_result.h"
#include "monitor/runtime/blocking_pool.h"
#include "monitor/time.h"

namespace hale::checks {

// Counted as df(1) counts: what is reserved for root is neither used nor free.
struct FileSystemStats {
  std::uint64_t free_bytes = 0;  // for everyone, not only for root
  std::uint64_t used_bytes = 0;
  std::uint64_t inodes_free = 0;
  std::uint64_t inodes = 0;  // 0: this kind does not count them (btrfs, vfat)
};

// The stats, or an errno.
using StatReply = std::expected<FileSystemStats, int>;

// Asks the kernel. Hangs as long as the file system does: only inside a BlockingPool.
StatReply query_file_system(const std::string& point);

// The item's name, outcome and measurements; pure. `patience` is how long the answer was awaited.
// nullopt: an unlisted mount that is gone by now, so there is nothing to report.
std::optional<monitor::ItemResult> item_of(
    const SelectedMount& mount, const std::expected<StatReply, monitor::PoolFailure>& reply,
    monitor::Duration patience);

// The item of a mount that is listed and not there.
monitor::ItemResult not_mounted(const std::string& point);

}  // namespace hale::checks
