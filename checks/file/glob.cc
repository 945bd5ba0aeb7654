#include "checks/file/glob.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include <dirent.h>
#include <fnmatch.h>
#include <sys/stat.h>

namespace hale::checks {
namespace {

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

class Walk {
 public:
  Walk(std::size_t most_entries, const std::atomic<bool>& stop)
      : left_(most_entries), stop_(stop) {}

  // Extends every path by one part of the pattern.
  std::vector<std::string> step(const std::vector<std::string>& paths, const std::string& part,
                                bool last) {
    std::vector<std::string> next;
    for (const std::string& path : paths) {
      if (is_pattern(part)) {
        read_folder(path, part, next);
      } else if (const std::string longer = path + "/" + part; !last || exists(longer)) {
        next.push_back(longer);
      }
    }
    return next;
  }

  GlobMatches matches;

 private:
  bool exists(const std::string& path) {
    struct stat status{};
    if (::lstat(path.c_str(), &status) == 0) {
      return true;
    }
    note(errno, path);
    return false;
  }

  void note(int error, const std::string& path) {
    if (error != ENOENT && error != ENOTDIR && matches.error == 0) {
      matches.error = error;
      matches.error_path = path;
    }
  }

  void read_folder(const std::string& path, const std::string& part,
                   std::vector<std::string>& into) {
    const std::string name = path.empty() ? "/" : path;
    const std::unique_ptr<DIR, CloseFolder> folder(::opendir(name.c_str()));
    if (!folder) {
      return note(errno, name);
    }
    while (true) {
      errno = 0;
      const dirent* entry = ::readdir(folder.get());
      if (entry == nullptr) {
        return errno == 0 ? void() : note(errno, name);
      }
      if (left_ == 0 || stop_.load(std::memory_order_relaxed)) {
        matches.complete = false;
        return;
      }
      --left_;
      const std::string found = entry->d_name;
      if (found != "." && found != ".." &&
          ::fnmatch(part.c_str(), found.c_str(), FNM_PERIOD) == 0) {
        into.push_back(path + "/" + found);
      }
    }
  }

  std::size_t left_;
  const std::atomic<bool>& stop_;
};

}  // namespace

bool is_pattern(std::string_view path) {
  return path.find_first_of("*?[") != std::string_view::npos;
}

GlobMatches match_paths(const std::string& pattern, std::size_t most_entries,
                        const std::atomic<bool>& stop) {
  Walk walk(most_entries, stop);
  std::vector<std::string> paths = {""};
  for (std::size_t begin = 0; begin < pattern.size() && !paths.empty();) {
    const std::size_t end = std::min(pattern.find('/', begin), pattern.size());
    if (end > begin) {
      const bool last = pattern.find_first_not_of('/', end) == std::string::npos;
      paths = walk.step(paths, pattern.substr(begin, end - begin), last);
    }
    begin = end + 1;
  }
  std::sort(paths.begin(), paths.end());
  walk.matches.paths = std::move(paths);
  return std::move(walk.matches);
}

}  // namespace hale::checks
