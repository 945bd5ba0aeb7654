// Reads the small text files of /proc. Pure of policy; any thread. Files that may block (those of a
// foreign file system) do not belong here: call it inside a BlockingPool.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "monitor/check_result.h"

namespace hale::checks {

struct ReadError {
  int error = 0;  // errno
  std::string path;
};

// The whole file. EFBIG when it is larger than `max_bytes`: what is cut off would be misread.
std::expected<std::string, ReadError> read_file(const std::string& path, std::size_t max_bytes);

// The agent could not look, and why: a missing file is `unsupported`, a forbidden one `permission`,
// anything else `internal`.
monitor::Outcome could_not_read(const ReadError& error);

// The file was read and does not look as the kernel documents it: unknown, `internal`, naming the
// line (cut where it is long).
monitor::Outcome could_not_parse(const std::string& path, std::string_view line);

}  // namespace hale::checks
