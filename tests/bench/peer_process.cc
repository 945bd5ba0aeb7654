#include "tests/bench/peer_process.h"

#include <chrono>
#include <sstream>

#include "monitor/assert.h"

namespace hale::bench {

PeerProcess::PeerProcess()
    : process_({program_beside("hale_bench_peer")}, ChildProcess::Pipe::kOutput) {
  const auto line = process_.read_line(std::chrono::seconds(5));
  HALE_ASSERT(line);
  std::istringstream text(*line);
  text >> ports_.accepting >> ports_.swallowing >> ports_.http >> ports_.dns;
  HALE_ASSERT(ports_.accepting != 0 && ports_.swallowing != 0 && ports_.http != 0 &&
              ports_.dns != 0);
}

}  // namespace hale::bench
