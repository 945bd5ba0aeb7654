#include "checks/tls/file_stamp.h"

#include <utility>

#include <sys/stat.h>

#include "checks/os_error.h"
#include "checks/proc/read_file.h"

namespace hale::checks::tls {
namespace {

using monitor::Outcome;
using monitor::PoolFailure;
using monitor::Reason;

constexpr std::size_t kLargest = std::size_t{16} << 20U;

}  // namespace

FileStamp stamp_of(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    return {};
  }
  constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
  return {.modified_ns = status.st_mtim.tv_sec * kNanosecondsPerSecond + status.st_mtim.tv_nsec,
          .size = status.st_size,
          .inode = status.st_ino};
}

std::expected<std::string, FileProblem> read_text(const std::string& path) {
  auto text = read_file(path, kLargest);
  if (!text) {
    return std::unexpected(FileProblem{.path = path, .error = text.error().error});
  }
  return std::move(*text);
}

Outcome could_not_use(const FileProblem& problem, monitor::Phase phase) {
  if (problem.error == 0) {
    return Outcome::unknown(Reason::kAgent, phase, problem.path + " " + problem.text);
  }
  const bool forbidden = problem.error == EACCES || problem.error == EPERM;
  return Outcome::unknown(forbidden ? Reason::kPermission : Reason::kAgent, phase,
                          "cannot read " + problem.path + ": " + errno_text(problem.error),
                          errno_name(problem.error));
}

Outcome could_not_load(PoolFailure failure, const std::string& path, monitor::Phase phase) {
  switch (failure) {
    case PoolFailure::kTimeout:
      return Outcome::unknown(Reason::kTimeout, phase, "reading " + path + " took too long");
    case PoolFailure::kStuck:
      return Outcome::unknown(Reason::kStuck, phase,
                              "an earlier attempt to read " + path + " still hangs");
    case PoolFailure::kFull:
      return Outcome::unknown(Reason::kAgent, phase,
                              "the agent had no thread free to read " + path);
    case PoolFailure::kCancelled:
    case PoolFailure::kFailed:
      break;
  }
  return Outcome::unknown(Reason::kInternal, phase, "the agent failed to read " + path);
}

}  // namespace hale::checks::tls
