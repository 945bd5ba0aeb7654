#include "tests/bench/scratch_folder.h"

#include <cstdlib>
#include <string>
#include <system_error>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include "monitor/assert.h"

namespace hale::bench {

ScratchFolder::ScratchFolder() {
  std::string pattern = std::filesystem::temp_directory_path() / "hale-bench-XXXXXX";
  HALE_ASSERT(::mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void wait_for(monitor::Duration duration) {
  asio::io_context loop;
  asio::steady_timer timer(loop, duration);
  timer.wait();
}

}  // namespace hale::bench
