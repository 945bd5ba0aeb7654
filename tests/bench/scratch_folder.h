// A folder that goes away with everything in it, and time that passes. Benchmarks only.
#pragma once

#include <filesystem>

#include "monitor/time.h"

namespace hale::bench {

class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

void wait_for(monitor::Duration duration);

}  // namespace hale::bench
