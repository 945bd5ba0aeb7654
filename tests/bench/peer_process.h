// The other side (peer.cc) as a benchmark uses it.
#pragma once

#include <cstdint>

#include "tests/bench/child_process.h"

namespace hale::bench {

class PeerProcess {
 public:
  struct Ports {
    std::uint16_t accepting = 0;
    std::uint16_t swallowing = 0;
    std::uint16_t http = 0;
    std::uint16_t dns = 0;  // UDP
  };

  PeerProcess();  // when it returns, all ports can be talked to

  const Ports& ports() const { return ports_; }

 private:
  ChildProcess process_;
  Ports ports_;
};

}  // namespace hale::bench
