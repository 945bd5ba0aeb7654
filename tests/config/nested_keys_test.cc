// Keys of check types that are tables, lists of tables, maps, sizes and words.
#include <gtest/gtest.h>

#include "config/config.h"
#include "tests/config/config_world.h"

namespace hale::config {
namespace {

using monitor::KeyType;
using monitor::Parameters;
using monitor::TextMap;
using Lines = std::vector<std::string>;

std::expected<std::unique_ptr<monitor::Check>, monitor::ParameterError> make(
    const Parameters& parameters) {
  if (parameters.table("expect").has("body") &&
      parameters.table("expect").text("body") == "refused") {
    return std::unexpected(monitor::ParameterError{"expect.body", "is refused"});
  }
  const auto& steps = parameters.tables("steps");
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].text("send") == "refused") {
      return std::unexpected(
          monitor::ParameterError{"steps[" + std::to_string(i) + "].send", "is refused"});
    }
  }
  return std::make_unique<FakeCheck>("there");
}

monitor::CheckDescriptor describe() {
  monitor::CheckDescriptor type;
  type.name = "web";
  type.summary = "A type with nested keys.";
  type.keys = {
      {.name = "method",
       .type = KeyType::kChoice,
       .help = "How.",
       .default_value = "GET",
       .choices = {"GET", "HEAD"}},
      {.name = "headers", .type = KeyType::kMap, .help = "Headers.", .secret = true},
      {.name = "words", .type = KeyType::kMap, .help = "Words."},
      {.name = "command", .type = KeyType::kStringList, .help = "Arguments.", .secret = true},
      {.name = "ca_file", .type = KeyType::kPath, .help = "Whom to trust.", .default_value = ""},
      {.name = "expect",
       .type = KeyType::kTable,
       .help = "What must hold.",
       .keys =
           {{.name = "status", .type = KeyType::kString, .help = "Codes.", .default_value = "200"},
            {.name = "body", .type = KeyType::kString, .help = "Text."},
            {.name = "max_size",
             .type = KeyType::kSize,
             .help = "How long at most.",
             .default_value = std::int64_t{1 << 20},
             .minimum = 1,
             .maximum = 1 << 30}}},
      {.name = "auth",
       .type = KeyType::kTable,
       .help = "Who.",
       .keys = {{.name = "user", .type = KeyType::kString, .help = "Who.", .required = true},
                {.name = "password", .type = KeyType::kString, .help = "Sesame.", .secret = true}}},
      {.name = "steps",
       .type = KeyType::kTableList,
       .help = "One after the other.",
       .default_value = std::vector<Parameters>{},
       .keys = {{.name = "send", .type = KeyType::kString, .help = "Text.", .required = true},
                {.name = "times",
                 .type = KeyType::kInteger,
                 .help = "How often.",
                 .default_value = std::int64_t{1}}}},
  };
  type.make = &make;
  return type;
}

struct World : ConfigWorld {
  World() {
    static const monitor::CheckDescriptor kType = describe();
    static const monitor::CheckRegistry kRegistry = [] {
      monitor::CheckRegistry registry;
      registry.add(kType);
      return registry;
    }();
    options.registry = &kRegistry;
  }

  Lines problems_of(const std::string& keys) {
    return problems("[checks.a]\ntype = \"web\"\n" + keys);
  }
};

TEST(NestedKeysTest, ATableThatIsLeftOutHasItsDefaultsUnlessItNeedsAKey) {
  World world;
  const Config config = world.must_load("[checks.a]\ntype = \"web\"\n");
  const Parameters& parameters = parameters_of(config, "a");
  EXPECT_EQ(parameters.text("method"), "GET");
  EXPECT_EQ(parameters.table("expect").text("status"), "200");
  EXPECT_EQ(parameters.table("expect").integer("max_size"), 1 << 20);
  EXPECT_FALSE(parameters.table("expect").has("body"));
  EXPECT_FALSE(parameters.has("auth"));
  EXPECT_FALSE(parameters.has("headers"));
  EXPECT_TRUE(parameters.tables("steps").empty());
}

TEST(NestedKeysTest, APathBeginsInTheFolderOfTheFileThatNamesIt) {
  World world;
  const auto read = [&world](const std::string& path) {
    const Config config =
        world.must_load("[checks.a]\ntype = \"web\"\nca_file = \"" + path + "\"\n");
    return parameters_of(config, "a").text("ca_file");
  };
  const std::string folder = world.files.path().string();
  EXPECT_EQ(read("ca.pem"), folder + "/ca.pem");
  EXPECT_EQ(read("tls/../ca.pem"), folder + "/tls/../ca.pem");
  EXPECT_EQ(read("/etc/ssl/ca.pem"), "/etc/ssl/ca.pem");
  EXPECT_EQ(read(""), "");
  world.environment["WHERE"] = "/srv";
  EXPECT_EQ(read("${WHERE}/ca.pem"), "/srv/ca.pem");

  world.files.write("parts/web.toml", "[checks.b]\ntype = \"web\"\nca_file = \"ca.pem\"\n");
  const Config config = world.must_load("include = [\"parts/web.toml\"]\n");
  EXPECT_EQ(parameters_of(config, "b").text("ca_file"), folder + "/parts/ca.pem");
}

TEST(NestedKeysTest, EveryKindOfValueIsRead) {
  World world;
  world.environment["TOKEN"] = "hunter2";
  world.files.write("key", "sesame\n");
  const Config config = world.must_load(R"(
[checks.a]
type = "web"
method = "HEAD"
headers = { Accept = "text/plain", Authorization = "Bearer ${TOKEN}", x-key = { file = "key" } }
words = { a = "b" }
command = ["run", { file = "key" }]
steps = [{ send = "x" }, { send = "y", times = 3 }]
[checks.a.expect]
body = "ok"
max_size = "2kB"
[checks.a.auth]
user = "u"
password = { file = "key" }
)");
  const Parameters& parameters = parameters_of(config, "a");
  EXPECT_EQ(parameters.text("method"), "HEAD");
  EXPECT_EQ(parameters.map("headers"), (TextMap{{"Accept", {"text/plain", false}},
                                                {"Authorization", {"Bearer hunter2", true}},
                                                {"x-key", {"sesame", true}}}));
  EXPECT_EQ(parameters.map("words"), (TextMap{{"a", {"b", false}}}));
  EXPECT_EQ(parameters.texts("command"), (monitor::TextList{{"run", false}, {"sesame", true}}));
  EXPECT_EQ(parameters.table("expect").text("body"), "ok");
  EXPECT_EQ(parameters.table("expect").text("status"), "200");
  EXPECT_EQ(parameters.table("expect").integer("max_size"), 2000);
  EXPECT_EQ(parameters.table("auth").secret("password").value, "sesame");
  ASSERT_EQ(parameters.tables("steps").size(), 2U);
  EXPECT_EQ(parameters.tables("steps")[1].text("send"), "y");
  EXPECT_EQ(parameters.tables("steps")[1].integer("times"), 3);
  EXPECT_EQ(parameters.tables("steps")[0].integer("times"), 1);

  const std::string printed = print(config);
  EXPECT_EQ(printed.find("hunter2"), std::string::npos) << printed;
  EXPECT_EQ(printed.find("sesame"), std::string::npos) << printed;
  for (const char* line :
       {R"(headers = { Accept = "text/plain", Authorization = "***", x-key = "***" })",
        R"(command = ["run", "***"])",
        R"(expect = { body = "ok", max_size = "2kB", status = "200" })",
        R"(auth = { password = "***", user = "u" })",
        R"(steps = [{ send = "x", times = 1 }, { send = "y", times = 3 }])"}) {
    EXPECT_NE(printed.find(line), std::string::npos) << line << " in\n" << printed;
  }
}

TEST(NestedKeysTest, TablesOfTemplatesAreLaidUnderThoseOfTheCheck) {
  World world;
  const Config config = world.must_load(R"(
[templates.t]
expect = { status = "204", body = "t" }
headers = { A = "t", B = "t" }
steps = [{ send = "t" }]
[checks.a]
type = "web"
use = "t"
expect = { body = "a" }
headers = { A = "a" }
steps = [{ send = "a" }]
)");
  const Parameters& parameters = parameters_of(config, "a");
  EXPECT_EQ(parameters.table("expect").text("status"), "204");
  EXPECT_EQ(parameters.table("expect").text("body"), "a");
  EXPECT_EQ(parameters.map("headers"), (TextMap{{"A", {"a", false}}, {"B", {"t", false}}}));
  ASSERT_EQ(parameters.tables("steps").size(), 1U);
  EXPECT_EQ(parameters.tables("steps")[0].text("send"), "a");
}

TEST(NestedKeysTest, EveryMistakeIsNamedWhereItStands) {
  World world;
  const struct {
    std::string_view keys;
    Lines problems;
  } kCases[] = {
      {R"(method = "GIT")",
       {R"(3:10: checks.a.method: "GIT" is not one of the words (write "GET", "HEAD"))"}},
      {R"(expect = "200")",
       {R"(3:10: checks.a.expect: "200" is not a table (write { status = "..." }))"}},
      {R"(expect = { statuss = "200" })",
       {R"(3:12: checks.a.expect: unknown key "statuss"; did you mean "status"?)"}},
      {R"(expect = { zzz = "200" })",
       {R"(3:12: checks.a.expect: unknown key "zzz" (known: status, body, max_size))"}},
      {R"(expect = { max_size = 5 })",
       {R"(3:23: checks.a.expect.max_size: 5 is not a size: it has no unit (write "5B"))"}},
      {R"(expect = { max_size = "2GiB" })",
       {R"(3:23: checks.a.expect.max_size: "2GiB" is too large (write at most "1GiB"))"}},
      {R"(expect = { body = "refused" })", {"3:19: checks.a.expect.body: is refused"}},
      {R"(auth = { })",
       {R"(3:8: checks.a.auth: has no "user", which "auth" needs (add user = "..."))"}},
      {R"(headers = { A = 5 })",
       {R"(3:17: checks.a.headers.A: a secret is text or { file = "NAME" })"}},
      {R"(words = { A = { file = "x" } })",
       {R"(3:15: checks.a.words.A: a table is not text (write "..."))"}},
      {R"(command = "run")",
       {R"(3:11: checks.a.command: "run" is not a list (write ["...", { file = "NAME" }]))"}},
      {R"(steps = { send = "x" })",
       {R"(3:9: checks.a.steps: a table is not a list of tables (write [{ send = "..." }]))"}},
      {R"(steps = ["x"])",
       {R"(3:10: checks.a.steps[0]: "x" is not a table (write { send = "..." }))"}},
      {R"(steps = [{ send = "x" }, { times = 2, sned = "y" }])",
       {R"(3:26: checks.a.steps[1]: has no "send", which a table of "steps" needs (add send = "..."))",
        R"(3:39: checks.a.steps[1]: unknown key "sned"; did you mean "send"?)"}},
      {R"(steps = [{ send = "x" }, { send = "refused" }])",
       {"3:35: checks.a.steps[1].send: is refused"}},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.keys);
    EXPECT_EQ(world.problems_of(std::string(test.keys)), test.problems);
  }
}

TEST(NestedKeysTest, TheSchemaKnowsThem) {
  World world;
  const std::string schema = json_schema(*world.options.registry);
  for (const char* part : {"\"max_size\"", "\"HEAD\"", "\"times\"", "\"password\""}) {
    EXPECT_NE(schema.find(part), std::string::npos) << part;
  }
}

}  // namespace
}  // namespace hale::config
