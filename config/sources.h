// The texts that make up a configuration: the file, what it includes, and what the command line
// adds; read and parsed, in order of precedence.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.h"
#include "config/expansion.h"
#include "config/problems.h"

namespace hale::config {

struct Sources {
  std::vector<std::unique_ptr<Source>> all;  // the trees point here
  // One tree a source, the weakest first: what a file includes comes before the file itself, what
  // the command line adds comes last.
  std::vector<Tree> trees;
  // False where a text could not be read or parsed: what seems to be missing may stand in there.
  bool complete = true;
};

struct CommandLine {
  std::vector<std::string> set;     // "agent.name=x"
  std::vector<std::string> listen;  // instead of http.listen
  std::optional<std::string> profile;
};

// Without a file: the embedded default.
Sources read_sources(const std::optional<std::filesystem::path>& file,
                     const CommandLine& command_line, const Environment& environment,
                     Problems& problems);

// The name by which the embedded default is included.
inline constexpr std::string_view kBuiltinHost = "builtin:host";

inline constexpr std::size_t kMaxFiles = 10'000;
inline constexpr std::size_t kMaxIncludeDepth = 16;

}  // namespace hale::config
