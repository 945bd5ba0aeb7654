// Whether a file of certificates changed, and what it means where it cannot be used. These block,
// but for the outcomes: in a BlockingPool only.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "monitor/check_result.h"
#include "monitor/runtime/blocking_pool.h"

namespace hale::checks::tls {

// Two that differ: the file changed. All zero: there is none.
struct FileStamp {
  std::int64_t modified_ns = 0;
  std::int64_t size = 0;
  std::uint64_t inode = 0;
  bool operator==(const FileStamp&) const = default;
};

FileStamp stamp_of(const std::string& path);

struct FileProblem {
  std::string path;
  int error = 0;          // errno; 0: it was read and cannot be used
  std::string text = {};  // then why: "holds no certificate"
};

std::expected<std::string, FileProblem> read_text(const std::string& path);

// Unknown: the agent lacks what it needs to look. Pure.
monitor::Outcome could_not_use(const FileProblem& problem, monitor::Phase phase);
monitor::Outcome could_not_load(monitor::PoolFailure failure, const std::string& path,
                                monitor::Phase phase);

}  // namespace hale::checks::tls
