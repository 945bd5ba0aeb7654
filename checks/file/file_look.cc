#include "checks/file/file_look.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <grp.h>
#include <openssl/evp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "checks/file/glob.h"
#include "checks/file_descriptor.h"
#include "checks/tls/handles.h"

namespace hale::checks {
namespace {

constexpr std::size_t kMostEntries = 100'000;

class Sha256 {
 public:
  Sha256() : context_(::EVP_MD_CTX_new()) {
    working_ = context_ && ::EVP_DigestInit_ex(context_.get(), ::EVP_sha256(), nullptr) == 1;
  }
  void add(std::string_view bytes) {
    working_ = working_ && ::EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1;
  }
  // Empty when the library refused.
  std::string hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (!working_ || ::EVP_DigestFinal_ex(context_.get(), digest.data(), &size) != 1) {
      return "";
    }
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (unsigned int i = 0; i < size; ++i) {
      text += kDigits[digest[i] >> 4U];
      text += kDigits[digest[i] & 0x0FU];
    }
    return text;
  }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { ::EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
  bool working_ = false;
};

std::string name_of_user(uid_t user) {
  std::array<char, 16384> buffer;
  passwd entry{};
  passwd* found = nullptr;
  ::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found);
  return found != nullptr ? found->pw_name : std::to_string(user);
}

std::string name_of_group(gid_t number) {
  std::array<char, 16384> buffer;
  group entry{};
  group* found = nullptr;
  ::getgrgid_r(number, &entry, buffer.data(), buffer.size(), &found);
  return found != nullptr ? found->gr_name : std::to_string(number);
}

// Names are looked up once a look: a thousand files have few owners.
class Names {
 public:
  void add_to(FileFacts& facts) {
    if (!known_ || user_ != facts.owner) {
      user_ = facts.owner;
      user_name_ = name_of_user(user_);
    }
    if (!known_ || group_ != facts.group) {
      group_ = facts.group;
      group_name_ = name_of_group(group_);
    }
    known_ = true;
    facts.owner_name = user_name_;
    facts.group_name = group_name_;
  }

 private:
  bool known_ = false;
  uid_t user_ = 0;
  gid_t group_ = 0;
  std::string user_name_;
  std::string group_name_;
};

void fail(FileFacts& facts, int error) {
  facts.content = Content::kFailed;
  facts.content_error = error;
}

// Reads to the end, which may be further away than the size said: a file that grows, or one of
// /proc, has no other end.
void read_content(const FileQuestion& question, const std::atomic<bool>& stop, FileFacts& facts) {
  const int links = question.follow_links ? 0 : O_NOFOLLOW;
  const FileDescriptor file(
      ::open(facts.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | links));
  struct stat status{};
  if (!file.is_open() || ::fstat(file.get(), &status) != 0) {
    return fail(facts, errno);
  }
  if (!S_ISREG(status.st_mode)) {
    facts.content = Content::kNotRegular;  // it was swapped after the first look
    return;
  }
  const bool keep = question.wanted || question.unwanted;
  Sha256 hash;
  std::string text;
  std::vector<char> chunk(std::size_t{256} << 10U);
  for (std::uint64_t total = 0; !stop.load(std::memory_order_relaxed);) {
    const ssize_t got = ::read(file.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return fail(facts, errno);
    }
    if (got == 0) {
      facts.content = Content::kRead;
      break;
    }
    const std::string_view bytes(chunk.data(), static_cast<std::size_t>(got));
    total += bytes.size();
    if (total > question.most_read) {
      facts.content = Content::kTooLarge;
      return;
    }
    hash.add(bytes);
    if (keep) {
      text += bytes;
    }
  }
  facts.hash = hash.hex();
  const auto found = [&text](const std::shared_ptr<const re2::RE2>& pattern) {
    return pattern && re2::RE2::PartialMatch(text, *pattern);
  };
  facts.found_wanted = found(question.wanted);
  facts.found_unwanted = found(question.unwanted);
}

monitor::WallTime wall_time(const timespec& time) {
  constexpr std::int64_t kFar = 9'000'000'000;  // seconds; more do not fit in nanoseconds
  return monitor::WallTime(std::chrono::duration_cast<monitor::WallTime::duration>(
      std::chrono::seconds(std::clamp<std::int64_t>(time.tv_sec, -kFar, kFar)) +
      std::chrono::nanoseconds(time.tv_nsec)));
}

FileFacts look_at(const FileQuestion& question, std::string path) {
  const tls::PoolThreadUse use;
  FileFacts facts;
  facts.path = std::move(path);
  struct stat status{};
  const int failed = question.follow_links ? ::stat(facts.path.c_str(), &status)
                                           : ::lstat(facts.path.c_str(), &status);
  if (failed != 0) {
    facts.error = errno;
    return facts;
  }
  facts.mode = status.st_mode;
  facts.owner = status.st_uid;
  facts.group = status.st_gid;
  facts.size = static_cast<std::uint64_t>(std::max<off_t>(status.st_size, 0));
  facts.modified = wall_time(status.st_mtim);
  return facts;
}

void look_closer(const FileQuestion& question, const std::atomic<bool>& stop, FileFacts& facts) {
  if (!question.hash && !question.wanted && !question.unwanted) {
    return;
  }
  if (!S_ISREG(facts.mode)) {
    facts.content = Content::kNotRegular;
  } else if (facts.size > question.most_read) {
    facts.content = Content::kTooLarge;
  } else {
    read_content(question, stop, facts);
  }
}

}  // namespace

FilesSeen look_at_files(const FileQuestion& question, const std::atomic<bool>& stop) {
  FilesSeen seen;
  std::vector<std::string> paths = {question.path};
  if (question.is_glob) {
    GlobMatches matches = match_paths(question.path, kMostEntries, stop);
    paths = std::move(matches.paths);
    seen.complete = matches.complete;
    seen.error = matches.error;
    seen.error_path = std::move(matches.error_path);
  }
  Names names;
  for (std::string& path : paths) {
    if (stop.load(std::memory_order_relaxed)) {
      seen.complete = false;
      break;
    }
    FileFacts facts = look_at(question, std::move(path));
    if (question.is_glob && facts.error == ENOENT) {
      continue;  // gone since the folder was read
    }
    ++seen.count;
    seen.total_size += facts.size;
    if (facts.error == 0 && (!seen.newest || *seen.newest < facts.modified)) {
      seen.newest = facts.modified;
    }
    if (seen.files.size() < kMostFiles) {
      if (facts.error == 0) {
        names.add_to(facts);
        look_closer(question, stop, facts);
      }
      seen.files.push_back(std::move(facts));
    }
  }
  return seen;
}

}  // namespace hale::checks
