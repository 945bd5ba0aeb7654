// Netdata with nothing on but its StatsD server, beside which ours is measured. Used on one thread.
#pragma once

#include <cstdint>
#include <memory>

#include "tests/bench/child_process.h"
#include "tests/bench/scratch_folder.h"

namespace hale::bench {

class Netdata {
 public:
  static bool is_installed();

  explicit Netdata(std::uint16_t statsd_port);
  pid_t pid() const { return process_->pid(); }

 private:
  ScratchFolder folder_;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace hale::bench
