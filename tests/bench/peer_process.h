// The other side (peer.cc) as a benchmark uses it.
#pragma once

#include <cstdint>

#include "tests/bench/child_process.h"

namespace hale::bench {

class PeerProcess {
 public:
  PeerProcess();  // when it returns, both ports can be connected to

  std::uint16_t accepting_port() const { return accepting_; }
  std::uint16_t swallowing_port() const { return swallowing_; }

 private:
  ChildProcess process_;
  std::uint16_t accepting_ = 0;
  std::uint16_t swallowing_ = 0;
};

}  // namespace hale::bench
