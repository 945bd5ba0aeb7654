// Whether the host waits for a reboot. Looks at ordinary files: only inside a BlockingPool.
#pragma once

#include <filesystem>
#include <string>

namespace hale::checks {

struct RebootNeed {
  bool needed = false;
  std::string why;
};

// Needed where packages left `run_root`/reboot-required (Debian, Ubuntu), or where the modules of
// the running kernel, `release`, are gone from `modules_root` while those of another are there: no
// module can be loaded any more.
RebootNeed look_for_reboot(const std::filesystem::path& run_root,
                           const std::filesystem::path& modules_root, const std::string& release);

}  // namespace hale::checks
