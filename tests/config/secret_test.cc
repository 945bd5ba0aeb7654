#include <gtest/gtest.h>

#include "tests/config/config_world.h"

namespace hale::config {
namespace {

using monitor::Secret;

std::string check_with(std::string_view password) {
  return "[checks.a]\ntype = \"probe\"\nhost = \"h\"\npassword = " + std::string(password) + "\n";
}

std::string password_of(const Config& config) {
  const monitor::ParameterValue* value = parameters_of(config, "a").find("password");
  const Secret* secret = value == nullptr ? nullptr : std::get_if<Secret>(value);
  EXPECT_NE(secret, nullptr);
  return secret == nullptr ? "" : secret->value;
}

TEST(SecretTest, ComesAsTextAsVariableOrFromAFile) {
  ConfigWorld world;
  world.environment["PASSWORD"] = "from-environment";
  world.files.write("key", "from-file\n");
  EXPECT_EQ(password_of(world.must_load(check_with("\"as-text\""))), "as-text");
  EXPECT_EQ(password_of(world.must_load(check_with("\"${PASSWORD}\""))), "from-environment");
  EXPECT_EQ(password_of(world.must_load(check_with("{ file = \"key\" }"))), "from-file");
  EXPECT_EQ(password_of(world.must_load(check_with("{ file = \"${NAME:-key}\" }"))), "from-file");
}

TEST(SecretTest, LosesOneLineBreakAtTheEnd) {
  const struct {
    std::string content;
    std::string secret;
  } kCases[] = {{"x", "x"},           {"x\n", "x"},     {"x\r\n", "x"},    {"x\n\n", "x\n"},
                {"x y\t\n", "x y\t"}, {"\nx\n", "\nx"}, {"${X}\n", "${X}"}};
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.content);
    ConfigWorld world;
    world.files.write("key", test.content);
    EXPECT_EQ(password_of(world.must_load(check_with("{ file = \"key\" }"))), test.secret);
  }
}

TEST(SecretTest, IsLookedForInTheCredentialsDirectoryFirst) {
  ConfigWorld world;
  world.files.write("key", "beside");
  world.files.write("other", "only beside");
  world.files.write("deep/key", "deep");
  world.files.write("credentials/key", "credential");
  world.files.write("credentials/deep/key", "not a credential");
  world.options.credentials_directory = world.files.path() / "credentials";
  EXPECT_EQ(password_of(world.must_load(check_with("{ file = \"key\" }"))), "credential");
  EXPECT_EQ(password_of(world.must_load(check_with("{ file = \"other\" }"))), "only beside");
  // A credential has a name without folders.
  EXPECT_EQ(password_of(world.must_load(check_with("{ file = \"deep/key\" }"))), "deep");
  const std::string absolute = (world.files.path() / "key").string();
  EXPECT_EQ(password_of(world.must_load(check_with("{ file = \"" + absolute + "\" }"))), "beside");
}

TEST(SecretTest, IsLookedForBesideTheFileThatNamesIt) {
  ConfigWorld world;
  world.files.write("key", "main");
  world.files.write("conf.d/key", "included");
  world.files.write("conf.d/a.toml", check_with("{ file = \"key\" }"));
  EXPECT_EQ(password_of(world.must_load("include = [\"conf.d/a.toml\"]\n")), "included");
}

TEST(SecretTest, MayNotBeLargeOrMissing) {
  ConfigWorld world;
  world.files.write("large", std::string(65537, 'x'));
  EXPECT_EQ(
      world.problems(check_with("{ file = \"large\" }")),
      std::vector<std::string>{"4:21: checks.a.password.file: the secret file \"large\" cannot "
                               "be read: Larger than 65536 bytes (looked for beside the "
                               "configuration)"});
  world.options.credentials_directory = world.files.path();
  EXPECT_EQ(
      world.problems(check_with("{ file = \"none\" }")),
      std::vector<std::string>{
          "4:21: checks.a.password.file: the secret file \"none\" cannot be read: No such file "
          "or directory (looked for in the credentials directory and beside the "
          "configuration)"});
}

// Whatever is wrong with a configuration, and however it is printed: no secret is shown.
TEST(SecretTest, AppearsNowhere) {
  const std::string secret = "hunter2";
  const std::string passwords[] = {
      "\"hunter2\"",   "\"${PASSWORD}\"",         "{ file = \"key\" }", "\"x${hunter2 }y\"",
      "[\"hunter2\"]", "{ value = \"hunter2\" }", "\"${hunter2\"",
  };
  const std::string rests[] = {"", "interval = \"10x\"\n", "pasword = \"hunter2\"\n",
                               "local = 5\nhost2 = \"x\"\n"};
  for (const std::string& password : passwords) {
    for (const std::string& rest : rests) {
      SCOPED_TRACE(password + rest);
      ConfigWorld world;
      world.environment["PASSWORD"] = secret;
      world.files.write("key", secret);
      world.write(check_with(password) + rest);
      const auto config = load(world.options);
      std::string shown;
      if (config) {
        shown = print(*config) + settings_of(*config, "a").target;
      } else {
        for (const Problem& problem : config.error()) {
          shown += problem.to_string() + "\n";
        }
      }
      EXPECT_FALSE(shown.empty());
      EXPECT_EQ(shown.find(secret), std::string::npos) << shown;
    }
  }
  ConfigWorld world;
  world.options.set = {"checks.a.password=hunter2", "checks.a.host=h", "checks.a.type=probe",
                       "checks.a.interval=x"};
  for (const std::string& problem : world.problems("")) {
    EXPECT_EQ(problem.find(secret), std::string::npos) << problem;
  }
}

}  // namespace
}  // namespace hale::config
