// The style of the house as a test: every source against rules.h, and what the other files of the
// repository promise each other.
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tests/tidy/rules.h"
#include "tests/tidy/source.h"

namespace hale::tidy {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 7> kCodeFolders = {"monitor",   "config", "checks", "ingest",
                                                          "exporters", "cli",    "tests"};

fs::path root() {
  return HALE_SOURCE_DIR;
}

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}

std::string path_in_tree(const fs::path& path) {
  return path.lexically_relative(root()).string();
}

// Files below `folder` whose name ends like one of `endings`, in order.
std::vector<fs::path> files_below(const fs::path& folder, const std::set<std::string>& endings) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && endings.contains(entry.path().extension().string())) {
      files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);
  return files;
}

TEST(TidyTest, SourcesFollowTheRulesOfTheHouse) {
  std::size_t seen = 0;
  for (const std::string_view folder : kCodeFolders) {
    for (const fs::path& path : files_below(root() / folder, {".cc", ".h"})) {
      ++seen;
      for (const Finding& finding : check(make_source(path_in_tree(path), read(path)))) {
        ADD_FAILURE() << finding.path << ":" << finding.line << ": " << finding.what;
      }
    }
  }
  EXPECT_GT(seen, 20U) << "looked in the wrong place";
}

TEST(TidyTest, EveryCheckTypeIsInTheListAndHasATest) {
  const Source list = make_source("", read(root() / "checks/builtin_checks.cc"));
  for (const fs::path& path : files_below(root() / "checks", {".cc"})) {
    const std::string stem = path.stem().string();
    if (!stem.ends_with("_check")) {
      continue;
    }
    const std::string descriptor = stem.substr(0, stem.rfind('_')) + "_descriptor";
    EXPECT_NE(find_word(list.code, descriptor, 0), std::string::npos)
        << path_in_tree(path) << ": checks/builtin_checks.cc does not add " << descriptor << "()";
    EXPECT_TRUE(fs::exists(root() / "tests/checks" / (stem + "_test.cc")))
        << path_in_tree(path) << " has no test in tests/checks";
  }
}

// What a README puts in backticks and looks like a file or folder of ours: `checks/`, `board.h`.
std::vector<std::string> files_named_in(const std::string& text) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./";
  const std::set<std::string> endings = {".h",    ".cc",   ".md",  ".toml", ".txt",
                                         ".json", ".html", ".css", ".js",   ".cmake"};
  std::vector<std::string> names;
  bool code_block = false;
  for (const std::string& line : lines_of(text)) {
    if (line.starts_with("```")) {
      code_block = !code_block;
    }
    std::size_t open = code_block ? std::string::npos : line.find('`');
    while (open != std::string::npos) {
      const std::size_t close = line.find('`', open + 1);
      if (close == std::string::npos) {
        break;
      }
      const std::string name = line.substr(open + 1, close - open - 1);
      const bool plain = !name.empty() && name.find_first_not_of(kAllowed) == std::string::npos;
      if (plain && !name.starts_with('/') && !name.starts_with('.') &&
          (name.find('/') != std::string::npos ||
           endings.contains(fs::path(name).extension().string()))) {
        names.push_back(name);
      }
      open = line.find('`', close + 1);
    }
  }
  return names;
}

TEST(TidyTest, FileNamesAreFoundInProse) {
  EXPECT_EQ(files_named_in("`checks/` and `board.h`, not `board`, `GET /x`, `a.b`, `/proc/x` or\n"
                           "```\n`other.h`\n```\n`packaging/run`"),
            (std::vector<std::string>{"checks/", "board.h", "packaging/run"}));
}

// Every file name of the tree, without its folder.
std::set<std::string> all_file_names() {
  std::set<std::string> names;
  for (const fs::path folder : {"monitor", "config", "checks", "ingest", "exporters", "cli",
                                "tests", "packaging", "docs", "cmake", ".ci"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root() / folder)) {
      names.insert(entry.path().filename().string());
    }
  }
  return names;
}

TEST(TidyTest, FoldersHaveAReadmeOfOnePageThatNamesOnlyWhatExists) {
  const std::set<std::string> names_alone = all_file_names();
  std::vector<fs::path> folders = {"packaging"};
  folders.insert(folders.end(), kCodeFolders.begin(), kCodeFolders.end());
  for (const fs::path& folder : folders) {
    EXPECT_TRUE(fs::exists(root() / folder / "README.md")) << folder << " has no README.md";
    for (const fs::path& path : files_below(root() / folder, {".md"})) {
      if (path.filename() != "README.md") {
        continue;
      }
      const std::string text = read(path);
      EXPECT_LE(lines_of(text).size(), 60U) << path_in_tree(path) << ": a README is a page";
      for (const std::string& name : files_named_in(text)) {
        EXPECT_TRUE(fs::exists(path.parent_path() / name) || fs::exists(root() / name) ||
                    names_alone.contains(name))
            << path_in_tree(path) << " names " << name << ", which does not exist";
      }
    }
  }
}

// "- [FEATURE] area: what", a heading, a continuation ("  more"), or nothing.
bool is_changelog_line(const std::string& line) {
  if (line.empty() || line.starts_with("# ") || line.starts_with("## ") || line.starts_with("  ")) {
    return true;
  }
  for (const std::string_view kind : {"FEATURE", "ENHANCEMENT", "BUGFIX", "CHANGE"}) {
    const std::string begin = "- [" + std::string(kind) + "] ";
    if (line.starts_with(begin)) {
      const std::size_t colon = line.find(": ", begin.size());
      return colon != std::string::npos && colon > begin.size() && colon + 2 < line.size() &&
             line.find(' ', begin.size()) == colon + 1;
    }
  }
  return false;
}

TEST(TidyTest, ChangelogLinesAreRecognised) {
  for (const char* line : {"", "# Changelog", "## 0.1.0 / unreleased", "- [FEATURE] cli: run",
                           "- [BUGFIX] checks/tcp: no more leaks", "  and more of it"}) {
    EXPECT_TRUE(is_changelog_line(line)) << line;
  }
  for (const char* line : {"cli: run", "- cli: run", "- [FIX] cli: run", "- [FEATURE] run",
                           "- [FEATURE] the cli: run", "- [FEATURE] : run", "- [FEATURE] cli: "}) {
    EXPECT_FALSE(is_changelog_line(line)) << line;
  }
}

TEST(TidyTest, TheChangelogKeepsItsForm) {
  const std::vector<std::string> lines = lines_of(read(root() / "CHANGELOG.md"));
  EXPECT_GT(lines.size(), 3U);
  for (const std::string& line : lines) {
    EXPECT_TRUE(is_changelog_line(line))
        << "write \"- [FEATURE|ENHANCEMENT|BUGFIX|CHANGE] area: what\": " << line;
  }
}

TEST(TidyTest, EveryPackageIsExplained) {
  const std::string reasons = read(root() / "docs/dependencies.md");
  std::size_t packages = 0;
  for (const std::string& line : lines_of(read(root() / "packaging/packages"))) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string set;
    std::string package;
    if (words >> set >> package) {
      ++packages;
      EXPECT_TRUE(set == "build" || set == "test" || set == "lint") << line;
      EXPECT_NE(reasons.find("`" + package + "`"), std::string::npos)
          << "docs/dependencies.md does not say why `" << package << "` is needed";
    }
  }
  EXPECT_GT(packages, 10U);
}

TEST(TidyTest, EverySkipThatIsAllowedNamesATestAndAReason) {
  std::string tests;
  for (const fs::path& path : files_below(root() / "tests", {".cc"})) {
    tests += read(path);
  }
  for (const std::string& line : lines_of(read(root() / "tests/allowed_skips.txt"))) {
    if (line.empty() || line.starts_with('#')) {
      continue;
    }
    const std::size_t colon = line.find(": ");
    ASSERT_TRUE(colon != std::string::npos && colon + 2 < line.size())
        << "write \"SUITE.NAME: reason\": " << line;
    std::string name = line.substr(0, colon);
    name.replace(std::min(name.find('.'), name.size() - 1), 1, ", ");
    EXPECT_NE(tests.find("(" + name + ")"), std::string::npos) << "there is no test " << name;
  }
}

}  // namespace
}  // namespace hale::tidy
