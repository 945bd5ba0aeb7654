#include "checks/sys/attribute.h"

#include <cerrno>

#include <gtest/gtest.h>

#include "tests/support/probe_folder.h"

namespace hale::checks {
namespace {

TEST(AttributeTest, IsTrimmedAndBounded) {
  const test::ProbeFolder folder;
  EXPECT_EQ(read_attribute(folder.write("a", " coretemp\t\n")).value_or("?"), "coretemp");
  EXPECT_EQ(read_attribute(folder.write("b", "")).value_or("?"), "");
  EXPECT_EQ(read_attribute(folder.write("c", " \n ")).value_or("?"), "");
  EXPECT_EQ(read_attribute(folder.write("d", std::string(5000, 'x'))).error(), EFBIG);
  EXPECT_EQ(read_attribute(folder.path() / "none").error(), ENOENT);
}

TEST(AttributeTest, IsANumberOrNot) {
  const test::ProbeFolder folder;
  EXPECT_EQ(read_integer(folder.write("a", "-61000\n")).value_or(0), -61000);
  for (const char* text : {"", "1 2", "0x10", "12a", "99999999999999999999", "1.5", "+1"}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(read_integer(folder.write("b", text)).error(), EBADMSG);
  }
}

TEST(AttributeTest, NamesAreSortedAndPrintable) {
  const test::ProbeFolder folder;
  folder.write("b", "");
  folder.write("a", "");
  EXPECT_EQ(names_in(folder.path()), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(names_in(folder.path() / "none"), std::vector<std::string>{});
  EXPECT_EQ(plain_name("a\nb\x80"), "a?b?");
  EXPECT_EQ(plain_name(std::string(200, 'a')).size(), 100U);
}

}  // namespace
}  // namespace hale::checks
