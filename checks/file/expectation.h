// What is expected of files, and how what was seen compares. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "checks/file/file_look.h"
#include "monitor/check_result.h"

namespace hale::checks {

struct FileExpectation {
  std::string exists = "yes";       // yes, no, maybe
  std::string kind = "any";         // any, file, folder, socket, pipe, device, link
  std::optional<mode_t> mode = {};  // the twelve bits of rights, exactly
  std::optional<mode_t> mode_at_most = {};
  std::string owner = {};  // a name or a number; empty: anybody
  std::string group = {};
  std::string sha256 = {};
  std::string content_regex = {};  // as configured, for messages
  std::string content_not_regex = {};
};

// One file, at the time `now`: its outcome, `age` and `size`.
monitor::ItemResult judge_file(const FileFacts& facts, const FileExpectation& expectation,
                               monitor::WallTime now);

// All of them: items of a pattern, or the one file of a path as the check itself.
monitor::CheckResult judge_files(const FileQuestion& question, const FileExpectation& expectation,
                                 const FilesSeen& seen, monitor::WallTime now);

// The file system says no, and what that means for whoever wanted to look: something that is not
// there or broken fails, what the agent may not see is unknown.
monitor::Outcome file_failure(int error, std::string_view path);

// "0640"
std::string mode_text(mode_t mode);
// The inverse; nullopt where the text is no three or four octal digits.
std::optional<mode_t> parse_mode(std::string_view text);

}  // namespace hale::checks
