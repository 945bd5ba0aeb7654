// The linter's own test: for every rule a text that it must flag and one that it must leave alone.
#include "tests/tidy/rules.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/tidy/source.h"

namespace hale::tidy {
namespace {

struct Case {
  std::string path;
  std::string text;
  std::string wants;  // part of the one finding; empty: none
};

void expect(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.path + ": " + c.text);
    const Findings findings = check(make_source(c.path, c.text));
    if (c.wants.empty()) {
      EXPECT_TRUE(findings.empty()) << findings.front().what;
      continue;
    }
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_NE(findings.front().what.find(c.wants), std::string::npos) << findings.front().what;
  }
}

// A function around `statement`.
std::string in_function(const std::string& statement) {
  return "Task<> f(Peer peer) {\n  before();\n  " + statement + "\n  after();\n}\n";
}

void expect_statements(const std::vector<Case>& cases) {
  std::vector<Case> whole;
  for (const Case& c : cases) {
    whole.push_back({"checks/x.cc", in_function(c.text), c.wants});
  }
  expect(whole);
}

TEST(TidyRulesTest, BannedWordsAreFoundAndTheReplacementIsNamed) {
  expect({
      {"monitor/x.cc", "auto t = std::chrono::steady_clock::now();", "Clock"},
      {"monitor/runtime/clock.cc", "auto t = std::chrono::steady_clock::now();", ""},
      {"monitor/x.cc", "auto t = clock.now();", ""},
      {"tests/monitor/x.cc", "std::this_thread::sleep_for(1s);", "wait for the thing"},
      {"tests/integration/agent_process.cc", "std::this_thread::sleep_for(20ms);", ""},
      {"tests/monitor/x.cc", "co_await sleep_until(executor, clock, deadline);", ""},
      {"tests/monitor/x.cc", "std::this_thread::sleep_until(t);", "wait for the thing"},
      {"checks/x.cc", "usleep(10);", "wait for the thing"},
      {"cli/status_command.cc", "usleep(10);", ""},
      {"checks/x.cc", "nanosleep(&t, nullptr);", "wait for the thing"},
      {"checks/x.cc", "std::regex r(text);", "RE2"},
      {"checks/x.cc", "std::random_device source;", "monitor::Random"},
      {"checks/x.cc", "post(executor, asio::detached);", "TaskGroup"},
      {"checks/x.cc", "asio::co_spawn(executor, f(), token);", "TaskGroup"},
      {"monitor/runtime/task_group.cc", "asio::co_spawn(executor, f(), token);", ""},
      {"checks/x.cc", "using asio::experimental::awaitable_operators::x;", "first_of"},
      {"checks/x.cc", "getaddrinfo(name, nullptr, &hints, &list);", "pool"},
      {"checks/net/resolve.cc", "getaddrinfo(name, nullptr, &hints, &list);", ""},
      {"checks/x.cc", "freeaddrinfo(list);", ""},
      {"checks/x.cc", "asio::ip::tcp::resolver resolver(executor);", "pool"},
      {"checks/x.cc", "asio::ip::udp::resolver resolver(executor);", "pool"},
      {"monitor/x.cc", "std::atomic<std::shared_ptr<int>> x;", "mutex"},
      {"checks/x.cc", "const pid_t child = fork();", "posix_spawn"},
      {"checks/x.cc", "using namespace std;", "names"},
      {"checks/x.cc", "using namespace std::chrono_literals;", ""},
      {"checks/x.cc", "// TODO(now): finish\n", "now is now"},
      {"checks/x.cc", "// TODO(soon): finish\n", ""},
  });
}

TEST(TidyRulesTest, CommentsAndStringsAreNotCode) {
  expect({
      {"checks/x.cc", "// std::regex is banned\n", ""},
      {"checks/x.cc", "/* std::regex\n is banned */\n", ""},
      {"checks/x.cc", "log(\"std::regex \\\" std::regex\");", ""},
      {"checks/x.cc", "log(R\"x(\" std::regex)x\");", ""},
      {"checks/x.cc", "char c = '\"'; std::regex r;", "RE2"},
      {"checks/x.cc", "int n = 1'000; std::regex r; int m = 1'000;", "RE2"},
      {"checks/x.cc", "log(\"x\"); std::regex r;", "RE2"},
  });
}

TEST(TidyRulesTest, IncludesPointOneWay) {
  expect({
      {"monitor/x.cc", "#include \"monitor/time.h\"\n", ""},
      {"monitor/x.cc", "#include \"checks/x.h\"\n", "one way"},
      {"config/x.cc", "#include \"checks/x.h\"\n", "one way"},
      {"checks/x.cc", "#include \"exporters/x.h\"\n", "one way"},
      {"checks/x.cc", "#include \"config/x.h\"\n", "one way"},
      {"exporters/x.cc", "#include \"checks/x.h\"\n", "one way"},
      {"exporters/x.cc", "#include \"x.h\"\n", "one way"},
      {"cli/x.cc", "#include \"checks/x.h\"\n", ""},
      {"cli/x.cc", "#include \"tests/support/x.h\"\n", "one way"},
      {"tests/cli/x.cc", "#include \"tests/support/x.h\"\n", ""},
      {"checks/x.cc", "// #include \"exporters/x.h\"\n", ""},
  });
}

TEST(TidyRulesTest, LibrariesStayInTheirRoom) {
  expect({
      {"checks/x.cc", "#include <asio.hpp>\n", "header that is used"},
      {"exporters/http/restinio.h", "// RESTinio.\n#pragma once\n#include <asio.hpp>\n", ""},
      {"checks/x.cc", "#include <asio/post.hpp>\n", ""},
      {"checks/x.cc", "#include <regex>\n", "RE2"},
      {"cli/x.cc", "#include <toml++/toml.h>\n", "config/"},
      {"config/x.cc", "#include <toml++/toml.h>\n", ""},
      {"exporters/json/x.cc", "#include <restinio/all.hpp>\n", "exporters/http/"},
      {"exporters/http/x.cc", "#include <restinio/all.hpp>\n", ""},
      {"exporters/x.cc", "#include <CLI/CLI.hpp>\n", "cli/"},
      {"monitor/x.cc", "#include <Poco/Logger.h>\n", "Asio and the standard library"},
      {"monitor/x.cc", "#include <sys/statvfs.h>\n", ""},
      {"cli/x.cc", "#include <Poco/Logger.h>\n", ""},
  });
}

TEST(TidyRulesTest, HeadersSayWhatTheyAreAndAreReadOnce) {
  expect({
      {"monitor/x.h", "// What it is.\n#pragma once\n", ""},
      {"monitor/x.h", "#pragma once\n", "begins with a comment"},
      {"monitor/x.h", "// What it is.\n", "#pragma once"},
      {"monitor/x.cc", "int x = 0;\n", ""},
  });
}

std::string lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += "  x();\n";
  }
  return text;
}

TEST(TidyRulesTest, LongFilesAndFunctionsAreFound) {
  const std::string ninety = lines(90);
  const std::string hundred = lines(100);
  expect({
      {"checks/x.cc", "void f() {\n" + ninety + "}\n", ""},
      {"checks/x.cc", "void f() {\n" + hundred + "}\n", "100 lines"},
      {"checks/x.cc", "class X {\n  void f() const {\n" + hundred + "  }\n};\n", "100 lines"},
      {"checks/x.cc", "namespace x {\ntemplate <class T>\nT f() {\n" + hundred + "}\n}\n",
       "100 lines"},
      {"checks/x.cc", "TEST(A, B) {\n" + hundred + "}\n", "100 lines"},
      {"checks/x.cc", "X& X::operator=(const X& x) {\n" + hundred + "}\n", "100 lines"},
      {"checks/x.cc", "int a() { return 1; }\nvoid f() {\n" + hundred + "}\n", "100 lines"},
      {"checks/x.cc", "void f() {\n" + ninety + "}\nvoid g() {\n" + ninety + "}\n", ""},
      {"checks/x.cc", "class X {\n" + hundred + "};\n", ""},
      {"checks/x.cc", "const Table table = {\n" + hundred + "};\n", ""},
      {"checks/x.cc", "#define HALE_X(c) \\\n  do { if (c) { \\\nvoid f() {\n" + ninety + "}\n",
       ""},
      {"checks/x.cc", "\n" + std::string(590, '\n'), ""},
      {"checks/x.cc", "\n" + std::string(610, '\n'), "600 lines"},
  });
}

TEST(TidyRulesTest, CoroutineLambdasWithCapturesAreFound) {
  const std::string wants = "a coroutine lambda with captures";
  expect_statements({
      {"", "auto task = [peer]() -> Task<> { co_return; };", wants},
      {"", "auto task = [&] { co_await g(); };", wants},
      {"", "run([this](int x) mutable -> Task<> { co_return; });", wants},
      {"", "auto task = [](Peer p) -> Task<> { co_return; };", ""},
      {"", "auto call = [&](int x) { return x; };", ""},
      {"", "auto outer = [&] { run([](Peer p) -> Task<> { co_return; }, peer); };", ""},
      {"", "const int x = list[3];", ""},
      {"", "[[maybe_unused]] const int x = 3;", ""},
  });
}

TEST(TidyRulesTest, CoAwaitBesideABracedInitialiserIsFound) {
  const std::string wants = "a braced initialiser";
  expect_statements({
      {"", "co_await g(Agg{\"x\", p});", wants},
      {"", "co_await g({\"x\", p});", wants},
      {"", "auto r = co_await peer.ask(Agg{.name = \"x\", .p = p});", wants},
      {"", "co_await g(1, Options{});", wants},
      {"", "Agg a{co_await s(), p};", wants},
      {"", "co_return Agg{co_await s(), p};", wants},
      {"", "list.push_back(Agg{co_await s(), p});", wants},
      {"", "list.push_back({p, co_await s()});", wants},
      {"", "use(Agg{\"x\", p}, co_await s());", wants},
      {"", "use(co_await s(), Agg{\"x\", p});", wants},
      {"", "use(std::vector<int>{1, 2}, co_await s());", wants},
      {"", "if (co_await g({1, 2})) {\n  }", wants},
      {"", "return_if(co_await g(\n      Agg{1}));", wants},
  });
}

TEST(TidyRulesTest, CoAwaitBesideACapturingLambdaIsFound) {
  const std::string wants = "a capturing lambda";
  expect_statements({
      {"", "co_await g([p] { return p; });", wants},
      {"", "const auto r = co_await pool.call(name, [&](int x) { return x + y; });", wants},
      {"", "use([=] { return y; }, co_await s());", wants},
      {"", "co_await g([] { return 1; });", ""},
  });
}

TEST(TidyRulesTest, CoAwaitAloneIsLeftAlone) {
  expect_statements({
      {"", "Agg a{\"x\", p};\n  co_await g(std::move(a));", ""},
      {"", "auto l = [p] { return p; };\n  co_await g(std::move(l));", ""},
      {"", "auto s = co_await text();\n  co_return Agg{std::move(s), p};", ""},
      {"", "list.push_back(x);\n  const auto [error, size] = co_await read(list[0]);", ""},
      {"", "if (co_await g(x)) {\n    y = Agg{1};\n  }", ""},
      {"", "if (const auto r = co_await g(x); r) {\n    y = Agg{1};\n  }", ""},
      {"", "while (co_await g(x)) {\n    y();\n  }", ""},
      {"", "for (const auto& x : co_await all()) {\n    y(x);\n  }", ""},
      {"", "switch (co_await g()) {\n    case k: co_await h(); break;\n  }", ""},
      {"", "if (x) {\n    y();\n  } else {\n    co_await g();\n  }", ""},
      {"", "try {\n    co_await g();\n  } catch (const Error& e) {\n    z(Agg{e});\n  }", ""},
      {"", "{\n    Agg a{1};\n  }\n  co_await g();", ""},
      {"", "auto task = [](Peer p) -> Task<int> {\n    co_return co_await p.ask();\n  };", ""},
      {"", "const int n = x ? co_await g() : 0;", ""},
  });
  expect({
      {"checks/x.cc", "Task<int> f() { co_return co_await g(); }\n", ""},
      {"checks/x.cc", "Task<int> X::f() const {\n  co_return co_await g();\n}\n", ""},
      {"checks/x.cc", "auto f() -> Task<int> {\n  co_return co_await g();\n}\n", ""},
      {"checks/x.cc", "struct X {\n  Task<> f() override { co_await g(); }\n};\n", ""},
  });
}

TEST(TidyRulesTest, AFindingNamesItsLine) {
  const Findings findings =
      check(make_source("checks/x.cc", "int a;\n/*\n*/ int b;\nstd::regex r;\n"));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings.front().path, "checks/x.cc");
  EXPECT_EQ(findings.front().line, 4);
}

}  // namespace
}  // namespace hale::tidy
