// docs/checks: a page for each type. What the program knows about itself is generated, what
// somebody thought about it is written by hand, and the configurations that it shows are accepted.
#include "cli/type_page.h"

#include <algorithm>
#include <expected>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "cli/load.h"
#include "config/config.h"
#include "monitor/check.h"
#include "tests/support/golden.h"
#include "tests/support/probe_folder.h"

namespace hale::cli {
namespace {

namespace fs = std::filesystem;

using monitor::CheckDescriptor;

constexpr std::string_view kBegin =
    "<!-- generated from the type's descriptor; HALE_UPDATE_GOLDEN=1 renews it -->\n\n";
constexpr std::string_view kEnd = "\n<!-- end of what is generated -->\n";

std::string path_of(std::string_view name) {
  return "docs/checks/" + std::string(name) + ".md";
}

std::string read(const std::string& path_in_tree) {
  std::ifstream file(std::string(HALE_SOURCE_DIR) + "/" + path_in_tree, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// From the first heading of the second level to what is generated.
std::string written_by_hand(const std::string& page) {
  const std::size_t end = page.find(kBegin);
  const std::size_t begin = page.find("## ");
  return begin < end ? page.substr(begin, end == page.npos ? end : end - begin) : "";
}

std::string whole_page(const CheckDescriptor& type, const std::string& by_hand) {
  std::string page = "# " + std::string(type.name) + "\n\n" + std::string(type.summary) + "\n\n";
  page += by_hand;
  page += kBegin;
  page += type_reference(type);
  return page.append(kEnd);
}

// What stands between every `before` and the next `after`.
std::vector<std::string> all_between(const std::string& text, std::string_view before,
                                     std::string_view after) {
  std::vector<std::string> found;
  std::size_t at = text.find(before);
  while (at != std::string::npos) {
    at += before.size();
    const std::size_t end = std::min(text.find(after, at), text.size());
    found.push_back(text.substr(at, end - at));
    at = text.find(before, end);
  }
  return found;
}

std::vector<std::string> configurations_in(const std::string& page) {
  return all_between(page, "```toml\n", "```");
}

// As a file of its own, with every secret that it names beside it.
std::expected<config::Config, std::vector<config::Problem>> load_alone(const std::string& text) {
  const test::ProbeFolder folder;
  for (const std::string& name : all_between(text, "{ file = \"", "\"")) {
    folder.write(name, "secret\n");
  }
  config::LoadOptions options;
  options.file = folder.write("hale.toml", text);
  options.registry = &registry();
  options.host_name = "testhost";
  return config::load(options);
}

TEST(TypePageTest, SaysWhatTheDescriptorSays) {
  for (const CheckDescriptor* type : registry().all()) {
    SCOPED_TRACE(type->name);
    const std::string path = path_of(type->name);
    const std::string by_hand = written_by_hand(read(path));
    ASSERT_EQ(by_hand.find("<!--"), std::string::npos) << "the mark before the generated part?";
    hale::testing::expect_file(path, whole_page(*type, by_hand));
  }
}

TEST(TypePageTest, SaysWhatItTellsAndWhatItCannot) {
  for (const CheckDescriptor* type : registry().all()) {
    SCOPED_TRACE(type->name);
    const std::string text = written_by_hand(read(path_of(type->name)));
    for (const char* heading : {"## What it tells you\n", "## What it cannot\n",
                                "## Rights and cost\n", "## Configurations\n"}) {
      EXPECT_NE(text.find(heading), std::string::npos) << heading;
    }
    EXPECT_GE(configurations_in(text).size(), 2U);
  }
}

TEST(TypePageTest, ShowsConfigurationsThatAreAccepted) {
  for (const CheckDescriptor* type : registry().all()) {
    for (const std::string& text : configurations_in(read(path_of(type->name)))) {
      SCOPED_TRACE(path_of(type->name) + ":\n" + text);
      const auto config = load_alone(text);
      for (const config::Problem& problem :
           config ? std::vector<config::Problem>{} : config.error()) {
        ADD_FAILURE() << problem.to_string();
      }
      if (config) {
        bool shown = false;
        for (const monitor::ConfiguredCheck& check : config->checks) {
          shown = shown || check.settings->type == type;
        }
        EXPECT_TRUE(shown) << "no check of the page's own type";
      }
    }
  }
}

TEST(TypePageTest, RefusesAConfigurationThatIsWrong) {
  EXPECT_FALSE(load_alone("[checks.a]\ntype = \"tcp\"\nhost = \"h\"\nprot = 1\n").has_value());
}

// The list of all types is complete, and no page is about a type that is gone.
TEST(TypePageTest, IsListed) {
  const std::string path = "docs/checks/README.md";
  const std::string text = read(path);
  const std::size_t begin = text.find(kBegin);
  const std::size_t end = text.find(kEnd);
  ASSERT_TRUE(begin < end && end != std::string::npos) << path << " has no place for the list";
  std::string page = text.substr(0, begin);
  page += kBegin;
  page += type_index(registry().all());
  hale::testing::expect_file(path, page + text.substr(end));
  const std::string front_page = read("README.md");
  for (const CheckDescriptor* type : registry().all()) {
    EXPECT_NE(front_page.find("`" + std::string(type->name) + "`"), std::string::npos)
        << "README.md does not name " << type->name;
  }
  for (const auto& entry : fs::directory_iterator(fs::path(HALE_SOURCE_DIR) / "docs/checks")) {
    const std::string name = entry.path().stem().string();
    EXPECT_TRUE(name == "README" || registry().find(name) != nullptr) << entry.path();
  }
}

TEST(TypePageTest, ExplainsEveryReason) {
  const std::string text = read("docs/checks/README.md");
  for (int i = 1; i < monitor::kReasonCount; ++i) {
    const std::string reason(to_string(static_cast<monitor::Reason>(i)));
    EXPECT_NE(text.find("`" + reason + "`"), std::string::npos) << reason;
  }
}

TEST(TypePageTest, LinksToWhatExists) {
  const fs::path folder = fs::path(HALE_SOURCE_DIR) / "docs/checks";
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string text = read("docs/checks/" + entry.path().filename().string());
    for (const std::string& link : all_between(text, "](", ")")) {
      EXPECT_TRUE(fs::exists(folder / link)) << entry.path() << " links to " << link;
    }
  }
}

TEST(TypePageTest, KeepsWhatLooksLikeMarkdownFromBeingMarkdown) {
  CheckDescriptor type;
  type.name = "probe";
  type.keys = {{.name = "paths", .help = "With * or <b> or [x](y), `*` and `a|b` in it."}};
  type.reasons = {monitor::Reason::kTimeout};
  const std::string text = type_reference(type);
  EXPECT_NE(
      text.find("| `paths` | string | | With \\* or \\<b> or \\[x](y), `*` and `a\\|b` in it. |"),
      std::string::npos)
      << text;
}

}  // namespace
}  // namespace hale::cli
