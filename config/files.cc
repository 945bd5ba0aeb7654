#include "config/files.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <system_error>

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hale::config {
namespace {

std::unexpected<std::string> os_error(int error) {
  return std::unexpected(std::generic_category().message(error));
}

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  ~Descriptor() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
    }
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

// The directory is a name, not part of the pattern.
std::string escape_pattern(const std::string& text) {
  std::string out;
  for (const char character : text) {
    if (character == '*' || character == '?' || character == '[' || character == '\\') {
      out += '\\';
    }
    out += character;
  }
  return out;
}

// What glob() met last in this thread; it has no other way to hand it out.
thread_local std::string glob_failure;

// A directory that does not exist holds no files, and that is no failure.
int judge_failure(const char* path, int error) {
  if (error == ENOENT || error == ENOTDIR) {
    return 0;
  }
  glob_failure = std::string(path) + ": " + std::generic_category().message(error);
  return 1;
}

}  // namespace

std::expected<std::string, std::string> read_file(const std::filesystem::path& file,
                                                  std::size_t max_bytes) {
  const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (descriptor.get() < 0) {
    return os_error(errno);
  }
  struct stat status = {};
  if (::fstat(descriptor.get(), &status) != 0) {
    return os_error(errno);
  }
  if (S_ISDIR(status.st_mode)) {
    return os_error(EISDIR);
  }
  std::string text;
  std::array<char, 65536> buffer{};
  while (true) {
    const ssize_t got = ::read(descriptor.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return os_error(errno);
    }
    if (got == 0) {
      return text;
    }
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > max_bytes) {
      return std::unexpected(std::string(kTooLarge) + " " + std::to_string(max_bytes) + " bytes");
    }
  }
}

bool is_pattern(const std::string& text) {
  return text.find_first_of("*?[") != std::string::npos;
}

std::expected<std::vector<std::filesystem::path>, std::string> find_files(
    const std::filesystem::path& directory, const std::string& pattern) {
  std::string whole = pattern;
  if (!pattern.starts_with('/') && !directory.empty()) {
    whole = escape_pattern(directory.string()) + "/" + pattern;
  }
  glob_t found = {};
  const std::unique_ptr<glob_t, decltype(&::globfree)> owner(&found, &::globfree);
  const int result = ::glob(whole.c_str(), GLOB_NOSORT, &judge_failure, &found);
  if (result != 0 && result != GLOB_NOMATCH) {
    return std::unexpected(result == GLOB_NOSPACE ? "Out of memory" : glob_failure);
  }
  std::vector<std::filesystem::path> files;
  files.reserve(found.gl_pathc);
  for (std::size_t i = 0; i < found.gl_pathc; ++i) {
    files.emplace_back(found.gl_pathv[i]);
  }
  // By bytes: the order must not depend on the locale.
  std::sort(files.begin(), files.end(),
            [](const auto& a, const auto& b) { return a.native() < b.native(); });
  return files;
}

}  // namespace hale::config
