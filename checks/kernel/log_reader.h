// Reads the kernel's log from where the last look ended. Loop thread only: reading never blocks.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <vector>

#include "checks/file_descriptor.h"
#include "checks/kernel/kernel_log.h"
#include "checks/proc/read_file.h"

namespace hale::checks {

class KernelLogReader {
 public:
  explicit KernelLogReader(std::string path) : path_(std::move(path)) {}

  // Adds up to `most` records, the oldest that the kernel still has first; true while there are
  // more. What the kernel has overwritten meanwhile is skipped.
  std::expected<bool, ReadError> read(std::size_t most, std::vector<KernelRecord>& into);

 private:
  std::string path_;
  FileDescriptor log_;
};

}  // namespace hale::checks
