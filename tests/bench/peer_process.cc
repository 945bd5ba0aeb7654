#include "tests/bench/peer_process.h"

#include <chrono>
#include <sstream>

#include "monitor/assert.h"

namespace hale::bench {

PeerProcess::PeerProcess()
    : process_({program_beside("hale_bench_peer")}, ChildProcess::Pipe::kOutput) {
  const auto line = process_.read_line(std::chrono::seconds(5));
  HALE_ASSERT(line);
  std::istringstream ports(*line);
  ports >> accepting_ >> swallowing_;
  HALE_ASSERT(accepting_ != 0 && swallowing_ != 0);
}

}  // namespace hale::bench
