// nginx as a peer of benchmarks, where it is installed: it is not among hale's packages. Used on
// one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tests/bench/child_process.h"
#include "tests/bench/scratch_folder.h"

namespace hale::bench {

// One worker, no log, a free port on all addresses of the loopback.
class Nginx {
 public:
  // `server`: what its server block says besides the port. `listen`: parameters of the port, "ssl".
  explicit Nginx(const std::string& server, const std::string& listen = "");

  static bool is_installed();
  std::uint16_t port() const { return port_; }
  bool wait_until_it_listens() const;

 private:
  ScratchFolder folder_;
  std::uint16_t port_;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace hale::bench
