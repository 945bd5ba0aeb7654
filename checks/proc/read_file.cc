#include "checks/proc/read_file.h"

#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "checks/file_descriptor.h"
#include "checks/os_error.h"

namespace hale::checks {
namespace {

using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;

Reason reason_of(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case EOPNOTSUPP:
      return Reason::kUnsupported;
    case EACCES:
    case EPERM:
      return Reason::kPermission;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return Reason::kAgent;
    default:
      return Reason::kInternal;
  }
}

}  // namespace

std::expected<std::string, ReadError> read_file(const std::string& path, std::size_t max_bytes) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (file.get() < 0) {
    return std::unexpected(ReadError{errno, path});
  }
  std::string text;
  // A file of /proc has no size beforehand. Most fit one read of this size, the second one says so.
  std::array<char, 8192> chunk;
  while (true) {
    const ssize_t got = ::read(file.get(), chunk.data(), chunk.size());
    if (got == 0) {
      return text;
    }
    if (got < 0) {
      if (errno == EINTR) {
        continue;
      }
      return std::unexpected(ReadError{errno, path});
    }
    if (text.size() + static_cast<std::size_t>(got) > max_bytes) {
      return std::unexpected(ReadError{EFBIG, path});
    }
    text.append(chunk.data(), static_cast<std::size_t>(got));
  }
}

Outcome could_not_read(const ReadError& error) {
  return Outcome::unknown(reason_of(error.error), Phase::kRun,
                          "cannot read " + error.path + ": " + errno_text(error.error),
                          errno_name(error.error));
}

Outcome could_not_parse(const std::string& path, std::string_view line) {
  constexpr std::size_t kShown = 120;
  std::string message = path + " has an unexpected line: \"";
  for (const char c : line.substr(0, kShown)) {
    message += c >= ' ' && c <= '~' ? c : '?';
  }
  message += line.size() > kShown ? "...\"" : "\"";
  return Outcome::unknown(Reason::kInternal, Phase::kRun, std::move(message));
}

}  // namespace hale::checks
