#include "checks/kernel/log_reader.h"

#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "checks/proc/text.h"

namespace hale::checks {
namespace {

// One record of the device, or, of a file that stands in for it, several: lines that begin with a
// blank belong to the one before.
void add_records(std::string_view text, std::vector<KernelRecord>& into) {
  while (!text.empty()) {
    if (auto record = parse_kernel_record(next_line(text))) {
      into.push_back(*std::move(record));
    }
  }
}

}  // namespace

std::expected<bool, ReadError> KernelLogReader::read(std::size_t most,
                                                     std::vector<KernelRecord>& into) {
  if (!log_.is_open()) {
    log_.reset(::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    if (!log_.is_open()) {
      return std::unexpected(ReadError{errno, path_});
    }
  }
  std::array<char, 16384> record;  // larger than any record: a smaller one would be refused
  for (std::size_t count = 0; count < most; ++count) {
    const ssize_t got = ::read(log_.get(), record.data(), record.size());
    if (got > 0) {
      add_records(std::string_view(record.data(), static_cast<std::size_t>(got)), into);
    } else if (got == 0 || errno == EAGAIN) {
      return false;
    } else if (errno != EINTR && errno != EPIPE) {
      const ReadError error{errno, path_};
      log_.reset();
      return std::unexpected(error);
    }
  }
  return true;
}

}  // namespace hale::checks
