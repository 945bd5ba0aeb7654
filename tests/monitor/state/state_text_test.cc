#include "monitor/state/state_text.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "monitor/runtime/random.h"

namespace hale::monitor {
namespace {

using Sections = StateStore::Sections;

std::string all_bytes() {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) {
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

TEST(StateTextTest, IsReadable) {
  EXPECT_EQ(state_text({{"pauses", {{"web", {"17", "a\tnew\nrelease"}}, {"db", {}}}}}),
            "hale-state 1\n"
            "section\tpauses\n"
            "db\n"
            "web\t17\ta\\tnew\\nrelease\n"
            "end\t2\te0619e0a3b6df99e\n");
}

TEST(StateTextTest, ComesBackAsItWas) {
  const Sections cases[] = {
      {},
      {{"s", {{"k", {}}}}},
      {{"s", {{"k", {""}}}}},
      {{"s", {{"k", {"", "", ""}}}}},
      {{"s", {{"", {}}}}},
      {{"", {{"k", {"v"}}}}},
      {{"section", {{"section", {"end"}}, {"end", {"1", "2"}}, {"ende", {}}}}},
      {{all_bytes(), {{all_bytes(), {all_bytes(), "x"}}}}},
      {{"a", {{"k", {"1"}}}}, {"b", {{"k", {"2"}}}}},
  };
  for (const Sections& sections : cases) {
    const std::string text = state_text(sections);
    SCOPED_TRACE(text);
    const auto read = parse_state_text(text);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, sections);
  }
}

TEST(StateTextTest, LeavesOutSectionsWithoutRecords) {
  EXPECT_EQ(state_text({{"empty", {}}}), state_text({}));
}

TEST(StateTextTest, DoesNotTakeAFileThatWasCutAnywhere) {
  const std::string text = state_text({{"s", {{"k", {"v", "w"}}, {"l", {}}}}});
  for (std::size_t size = 0; size < text.size(); ++size) {
    SCOPED_TRACE(size);
    const auto read = parse_state_text(std::string_view(text).substr(0, size));
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, StateTextError::Kind::kDamaged);
    EXPECT_FALSE(read.error().message.empty());
  }
}

TEST(StateTextTest, DoesNotTakeAFileOfWhichAByteIsOther) {
  const std::string text = state_text({{"s", {{"k", {"v", "w"}}, {"l", {}}}}});
  Random random(7);
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string other = text;
    other[at] = static_cast<char>(static_cast<unsigned char>(other[at]) ^ (1 + random.below(255)));
    SCOPED_TRACE(other);
    EXPECT_FALSE(parse_state_text(other));
  }
}

TEST(StateTextTest, SaysWhatIsWrong) {
  struct Case {
    std::string text;
    std::string message;
  };
  const Case cases[] = {
      {"", "it is empty"},
      {"\n", "it is not a state file of hale"},
      {"hale-state\n", "it is not a state file of hale"},
      {"hale-state 0\n", "it is not a state file of hale"},
      {"hale-state 1x\n", "it is not a state file of hale"},
      {"[checks.web]\n", "it is not a state file of hale"},
      {"hale-state 1", "it ends in the middle"},
      {"hale-state 1\n", "it ends in the middle"},
      {"hale-state 1\nsection\ts\n", "it ends in the middle"},
      {"hale-state 1\nend\t0\t0000000000000000\n", "its checksum is wrong"},
      {"hale-state 2\n???", "it has format 2 of a later version of hale"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    const auto read = parse_state_text(c.text);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().message, c.message);
    EXPECT_EQ(read.error().kind == StateTextError::Kind::kNewer, c.text.contains(" 2"));
  }
}

// What nobody but a careless or an evil hand writes: its checksum is right.
TEST(StateTextTest, LooksAtEveryLine) {
  struct Case {
    std::string lines;
    std::string records;
    std::string message;
  };
  const Case cases[] = {
      {"k\tv\n", "1", "line 2 is no record"},
      {"section\ts\nk\t\\q\n", "1", "line 3 is no record"},
      {"section\ts\nk\t\\x0\n", "1", "line 3 is no record"},
      {"section\ts\nk\t\\xzz\n", "1", "line 3 is no record"},
      {"section\ts\nk\t\\\n", "1", "line 3 is no record"},
      {"section\ts\nk\t\x01\n", "1", "line 3 is no record"},
      {"section\ts\nk\t1\nk\t2\n", "2", "line 4 is no record"},
      {"section\t\\q\nk\t1\n", "1", "line 2 names no section"},
      {"section\ts\nk\t1\n", "2", "it does not have as many records as it says"},
      {"section\ts\nk\t1\n", "", "it does not have as many records as it says"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.lines);
    // A text that is right as a whole, with its own lines and records in the place of ours.
    std::string text = "hale-state 1\n" + c.lines;
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string hash;
    for (int shift = 60; shift >= 0; shift -= 4) {
      hash += kHex[(stable_hash(text) >> shift) & 0xF];
    }
    text += "end\t" + c.records + "\t" + hash + "\n";
    const auto read = parse_state_text(text);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().message, c.message);
  }
}

}  // namespace
}  // namespace hale::monitor
