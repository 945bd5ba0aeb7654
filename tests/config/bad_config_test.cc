// Every bad configuration is one file in bad/, beside it the exact messages, one a line.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include <gtest/gtest.h>

#include "config/config.h"
#include "tests/config/fake_types.h"

namespace hale::config {
namespace {

const std::filesystem::path kFolder =
    std::filesystem::path(HALE_SOURCE_DIR) / "tests" / "config" / "bad";

std::vector<std::filesystem::path> bad_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".toml") {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string content_of(const std::filesystem::path& file) {
  std::ostringstream content;
  content << std::ifstream(file).rdbuf();
  return content.str();
}

std::string messages_of(const std::filesystem::path& file) {
  static const std::map<std::string, std::string, std::less<>> kEnvironment = {{"WORD", "eighty"},
                                                                               {"EMPTY", ""}};
  LoadOptions options;
  options.file = file;
  options.registry = &fake_registry();
  options.host_name = "testhost";
  options.environment = [](std::string_view name) -> std::optional<std::string> {
    const auto found = kEnvironment.find(name);
    return found == kEnvironment.end() ? std::nullopt : std::optional(found->second);
  };
  const auto config = load(options);
  if (config) {
    return "no problem was found\n";
  }
  std::string messages;
  for (const Problem& problem : config.error()) {
    messages += problem.to_string() + "\n";
  }
  const std::string folder = kFolder.string() + "/";
  for (std::size_t at = messages.find(folder); at != std::string::npos;
       at = messages.find(folder)) {
    messages.erase(at, folder.size());
  }
  return messages;
}

TEST(BadConfigTest, IsToldExactlyWhatIsWrong) {
  const auto files = bad_files();
  EXPECT_GE(files.size(), 50U);
  for (const std::filesystem::path& file : files) {
    SCOPED_TRACE(file.filename());
    std::filesystem::path expected = file;
    EXPECT_EQ(messages_of(file), content_of(expected.replace_extension(".expected")));
  }
}

}  // namespace
}  // namespace hale::config
