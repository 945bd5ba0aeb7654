#include "checks/exec_check.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/probe_parameters.h"

namespace hale::checks {
namespace {

using monitor::Parameters;
using monitor::Text;
using monitor::TextList;
using monitor::TextMap;

Parameters parameters(TextList command) {
  Parameters all = test::default_parameters(exec_descriptor().keys);
  all.set("command", std::move(command));
  return all;
}

// "key: message" of what the factory refuses; empty where it makes a check.
std::string refusal(const Parameters& all) {
  const auto made = exec_descriptor().make(all);
  return made ? "" : made.error().key + ": " + made.error().message;
}

TEST(ExecFactoryTest, ShowsTheCommandWithoutItsSecrets) {
  const auto made = exec_descriptor().make(parameters(
      {{.value = "/bin/check"}, {.value = "a b"}, {.value = "hunter2", .secret = true}}));
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ((*made)->target(), "/bin/check \"a b\" ***");
}

TEST(ExecFactoryTest, RefusesWhatCannotWork) {
  EXPECT_EQ(refusal(parameters({{.value = "/bin/true"}})), "");
  EXPECT_EQ(refusal(parameters({{.value = "df"}, {.value = "-h"}})), "");
  EXPECT_TRUE(refusal(parameters({})).starts_with("command: has no program"));
  EXPECT_TRUE(refusal(parameters({{.value = ""}})).starts_with("command: has no program"));
  EXPECT_TRUE(refusal(parameters({{.value = "./check"}}))
                  .starts_with("command: \"./check\" is not an absolute path"));
  EXPECT_TRUE(refusal(parameters({{.value = "df -h | grep x"}}))
                  .starts_with("command: \"df -h | grep x\" is one word, and no shell"));
  EXPECT_EQ(refusal(parameters({{.value = "/bin/a"}, {.value = std::string("x\0y", 3)}})),
            "command: has a zero byte in it");

  Parameters folder = parameters({{.value = "/bin/true"}});
  folder.set("directory", std::string("tmp"));
  EXPECT_EQ(refusal(folder), "directory: \"tmp\" is not an absolute path");

  Parameters variable = parameters({{.value = "/bin/true"}});
  variable.set("env", TextMap{{"A=B", {.value = "x"}}});
  EXPECT_EQ(refusal(variable), "env: \"A=B\" is not a variable's name");
}

TEST(ExecDescriptorTest, HasOneOpenFamily) {
  ASSERT_NE(exec_descriptor().open_measurement(), nullptr);
  EXPECT_EQ(exec_descriptor().open_measurement()->metric, "exec_perfdata");
  EXPECT_EQ(exec_descriptor().measurement("perfdata"), nullptr) << "a name like any other";
}

}  // namespace
}  // namespace hale::checks
