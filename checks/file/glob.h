// Paths that a pattern matches, part by part: "/var/backups/*.tar" or "/srv/*/state". Blocks as
// long as the file system does: only inside a BlockingPool.
#pragma once

#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hale::checks {

// Whether a path has a part that is a pattern: one of * ? [ in it.
bool is_pattern(std::string_view path);

struct GlobMatches {
  std::vector<std::string> paths;  // sorted
  bool complete = true;            // false: `most_entries` were read and more are there
  int error = 0;                   // errno of the first folder that could not be read
  std::string error_path;
};

// As glob(3): names that begin with a dot are matched by a pattern that does too; a folder that is
// not there matches nothing. Reads at most `most_entries` names of folders.
GlobMatches match_paths(const std::string& pattern, std::size_t most_entries,
                        const std::atomic<bool>& stop);

}  // namespace hale::checks
