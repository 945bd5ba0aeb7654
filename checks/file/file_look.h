// What a file system says about the files that a pattern matches. Blocks as long as the file system
// does: only inside a BlockingPool.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <re2/re2.h>
#include <sys/types.h>

#include "monitor/time.h"

namespace hale::checks {

// What is to be found out. Immutable once asked; shared with the thread that looks.
struct FileQuestion {
  std::string path;  // absolute; its parts may be patterns as fnmatch(3) has them
  bool is_glob = false;
  bool follow_links = true;
  bool hash = false;                       // SHA-256 of the content
  std::shared_ptr<const re2::RE2> wanted;  // in the content
  std::shared_ptr<const re2::RE2> unwanted;
  std::uint64_t most_read = 0;  // files that are larger are not read
};

enum class Content : std::uint8_t { kNotRead, kRead, kTooLarge, kNotRegular, kFailed };

struct FileFacts {
  std::string path;
  int error = 0;  // errno of stat; then nothing else is set
  mode_t mode = 0;
  uid_t owner = 0;
  gid_t group = 0;
  std::string owner_name;  // the number where it has none
  std::string group_name;
  std::uint64_t size = 0;  // bytes
  monitor::WallTime modified{};
  Content content = Content::kNotRead;
  int content_error = 0;  // errno, with kFailed
  std::string hash;       // lower case, hexadecimal
  bool found_wanted = false;
  bool found_unwanted = false;
};

struct FilesSeen {
  std::vector<FileFacts> files;  // by path, the first kMostFiles
  std::size_t count = 0;         // of all that match, as the rest
  std::uint64_t total_size = 0;  // bytes
  std::optional<monitor::WallTime> newest;
  bool complete = true;  // false: too many to count, the rest was not looked at
  int error = 0;         // errno: a folder of the pattern could not be read
  std::string error_path;
};

inline constexpr std::size_t kMostFiles = 1000;

// Ends early, with what it has, once `stop` is set.
FilesSeen look_at_files(const FileQuestion& question, const std::atomic<bool>& stop);

}  // namespace hale::checks
