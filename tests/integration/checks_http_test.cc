// The http check against servers that are wrong in one way each: result, reason, phase, and that
// the deadline held.
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/http_probe.h"
#include "tests/support/probe_sockets.h"
#include "tests/support/scripted_server.h"

namespace hale::checks {
namespace {

using monitor::Phase;
using monitor::Reason;
using monitor::Result;
using monitor::Secret;
using monitor::Text;
using monitor::TextMap;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::http_answer;
using test::HttpProbe;
using test::ProbeRun;
using test::ProbeWorld;
using test::ScriptedPeer;
using test::ScriptedServer;

struct Expected {
  Result result;
  Reason reason;
  Phase phase;
};
constexpr Expected kPasses = {Result::kPass, Reason::kNone, Phase::kNone};

void expect_outcome(const ProbeRun& run, const Expected& expected) {
  const monitor::Outcome& outcome = run.result.outcome;
  EXPECT_FALSE(run.threw);
  EXPECT_EQ(to_string(outcome.result), to_string(expected.result)) << outcome.message;
  EXPECT_EQ(to_string(outcome.reason), to_string(expected.reason)) << outcome.message;
  EXPECT_EQ(to_string(outcome.phase), to_string(expected.phase)) << outcome.message;
}

double measured(const ProbeRun& run, std::string_view name) {
  for (const monitor::Measurement& measurement : run.result.measurements) {
    if (measurement.name == name) {
      return measurement.value;
    }
  }
  return -1;
}

bool has_phase(const ProbeRun& run, Phase phase) {
  for (const monitor::PhaseTime& time : run.phases) {
    if (time.phase == phase) {
      return true;
    }
  }
  return false;
}

// Reads the request, sends `answer` and closes.
ScriptedServer::Script answers(std::string answer) {
  return [answer = std::move(answer)](ScriptedPeer& peer) {
    peer.read_request();
    peer.send(answer);
  };
}

TEST(HttpCheckTest, PassesAndMeasures) {
  const ScriptedServer server(answers(http_answer("hello")));
  ProbeWorld world;
  const ProbeRun run = HttpProbe(server.url("/health")).run(world, seconds(5));
  expect_outcome(run, kPasses);
  EXPECT_EQ(run.result.outcome.message, "200 OK, 5 B");
  EXPECT_EQ(run.result.outcome.code, "");
  EXPECT_EQ(run.result.excerpt, "");
  EXPECT_EQ(run.peer, "127.0.0.1:" + std::to_string(server.port()));
  EXPECT_EQ(measured(run, "status_code"), 200);
  EXPECT_EQ(measured(run, "size"), 5);
  EXPECT_EQ(measured(run, "redirects"), 0);
  for (const Phase phase : {Phase::kConnect, Phase::kSend, Phase::kFirstByte, Phase::kTransfer}) {
    EXPECT_TRUE(has_phase(run, phase)) << to_string(phase);
  }
  EXPECT_FALSE(has_phase(run, Phase::kResolve)) << "an address needs no resolver";
  EXPECT_FALSE(has_phase(run, Phase::kTls));
}

TEST(HttpCheckTest, OpensAConnectionForEachRun) {
  const ScriptedServer server([](ScriptedPeer& peer) {
    while (!peer.read_request().empty() && peer.send(http_answer("hello"))) {
    }
  });
  ProbeWorld world;
  const auto check = HttpProbe(server.url()).make();
  for (int i = 0; i < 20; ++i) {
    expect_outcome(world.run(*check, seconds(5)), kPasses);
  }
  EXPECT_EQ(server.connections(), 20);
}

struct WrongServer {
  std::string_view name;
  ScriptedServer::Script script;
  Expected expected;
  std::string_view message;  // is in it
};

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) {
    all += text;
  }
  return all;
}

void send_endlessly(ScriptedPeer& peer, std::string_view head, std::string_view more) {
  peer.read_request();
  peer.send(head);
  const std::string block = repeated(more, 64);
  while (peer.send(block)) {
  }
}

// Those that end by themselves: none of them needs the deadline.
std::vector<WrongServer> wrong_servers() {
  constexpr Expected kReset = {Result::kFail, Reason::kReset, Phase::kFirstByte};
  constexpr Expected kGarbled = {Result::kFail, Reason::kProtocol, Phase::kTransfer};
  constexpr Expected kNoHttp = {Result::kFail, Reason::kProtocol, Phase::kFirstByte};
  return {
      {"closes after the request", [](ScriptedPeer& peer) { peer.read_request(); }, kReset,
       "closed without an answer"},
      {"resets",
       [](ScriptedPeer& peer) {
         peer.read_request();
         peer.reset();
       },
       kReset, "reset"},
      {"resets in the body",
       [](ScriptedPeer& peer) {
         peer.read_request();
         peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
         peer.reset();
       },
       {Result::kFail, Reason::kReset, Phase::kTransfer},
       "reset"},
      {"closes within the head",
       [](ScriptedPeer& peer) {
         peer.read_request();
         peer.send("HTTP/1.1 200 OK\r\nContent-Le");
       },
       kGarbled, "head of the answer was cut short"},
      {"cuts the body short", answers("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"),
       kGarbled, "cut short"},
      {"cuts the chunks short",
       answers("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"), kGarbled,
       "cut short"},
      {"has a chunk without a size",
       answers("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n0\r\n\r\n"),
       kGarbled, "not well-formed"},
      {"sends without end",
       [](ScriptedPeer& peer) { send_endlessly(peer, "HTTP/1.1 200 OK\r\n\r\n", "0123456789"); },
       kGarbled, "larger than 1.0 MiB"},
      {"sends header fields without end",
       [](ScriptedPeer& peer) {
         send_endlessly(peer, "HTTP/1.1 200 OK\r\n", "X-Field: 0123456789\r\n");
       },
       kGarbled, "head of the answer is too large"},
      {"sends one header field without end",
       [](ScriptedPeer& peer) {
         send_endlessly(peer, "HTTP/1.1 200 OK\r\nX-Field: ", "0123456789");
       },
       kGarbled, "head of the answer is too large"},
      {"sends informational answers without end",
       [](ScriptedPeer& peer) {
         send_endlessly(peer, "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n");
       },
       kGarbled, "head of the answer is too large"},
      {"is an SSH server",
       [](ScriptedPeer& peer) {
         peer.send("SSH-2.0-OpenSSH_9.2p1\r\n");
         peer.wait_until_closed();
       },
       kNoHttp, "does not speak HTTP"},
      {"speaks bytes",
       [](ScriptedPeer& peer) {
         peer.send(std::string("\x15\x03\x01\x00\x02\x02\x46\x00\x01", 9));
         peer.wait_until_closed();
       },
       kNoHttp, "does not speak HTTP"},
      {"has a strange status", answers("HTTP/1.1 banana\r\n\r\n"), kNoHttp, ""},
      {"packs badly",
       answers(http_answer("this is not gzip", "200 OK", "Content-Encoding: gzip\r\n")), kGarbled,
       "unpacked"},
  };
}

TEST(HttpCheckTest, SaysWhatIsWrongWithAServer) {
  for (const WrongServer& wrong : wrong_servers()) {
    SCOPED_TRACE(wrong.name);
    const ScriptedServer server(wrong.script);
    ProbeWorld world;
    const ProbeRun run = HttpProbe(server.url()).run(world, seconds(10));
    expect_outcome(run, wrong.expected);
    EXPECT_TRUE(run.result.outcome.message.contains(wrong.message)) << run.result.outcome.message;
    EXPECT_FALSE(run.cancelled);
    EXPECT_LT(run.took, seconds(5));
  }
}

// How far the request was by then is a race that nobody can decide for the peer.
TEST(HttpCheckTest, SaysThatAServerDropsConnectionsAtOnce) {
  for (const bool by_reset : {false, true}) {
    SCOPED_TRACE(by_reset ? "reset" : "closed");
    const ScriptedServer server([by_reset](ScriptedPeer& peer) {
      if (by_reset) {
        peer.reset();
      }
    });
    for (int i = 0; i < 50; ++i) {
      ProbeWorld world;
      const ProbeRun run = HttpProbe(server.url()).run(world, seconds(10));
      const Phase phase = run.result.outcome.phase;
      const bool known = phase == Phase::kConnect || phase == Phase::kSend;
      expect_outcome(run, {Result::kFail, Reason::kReset, known ? phase : Phase::kFirstByte});
    }
  }
}

TEST(HttpCheckTest, FailsAsRefusedWhereNobodyListens) {
  const test::ClosedPort closed;
  ProbeWorld world;
  const ProbeRun run =
      HttpProbe("http://127.0.0.1:" + std::to_string(closed.port())).run(world, seconds(5));
  expect_outcome(run, {Result::kFail, Reason::kRefused, Phase::kConnect});
  EXPECT_EQ(run.result.outcome.code, "ECONNREFUSED");
}

// Those that need it. All hold it, and all have said where they were.
TEST(HttpCheckTest, TimesOutInThePhaseItWasIn) {
  const std::vector<WrongServer> servers = {
      {"never answers",
       [](ScriptedPeer& peer) { peer.wait_until_closed(); },
       {Result::kFail, Reason::kTimeout, Phase::kFirstByte},
       "the request was sent"},
      {"drips its head",
       [](ScriptedPeer& peer) { peer.drip(http_answer("hello"), milliseconds(20)); },
       {Result::kFail, Reason::kTimeout, Phase::kTransfer},
       "head"},
      {"drips its body",
       [](ScriptedPeer& peer) {
         peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
         peer.drip(repeated("x", 1000), milliseconds(20));
       },
       {Result::kFail, Reason::kTimeout, Phase::kTransfer},
       "of the body came"},
      {"says that it goes on, and does not",
       [](ScriptedPeer& peer) {
         peer.send("HTTP/1.1 100 Continue\r\n\r\n");
         peer.wait_until_closed();
       },
       {Result::kFail, Reason::kTimeout, Phase::kTransfer},
       ""},
  };
  for (const WrongServer& wrong : servers) {
    SCOPED_TRACE(wrong.name);
    const ScriptedServer server(wrong.script);
    ProbeWorld world;
    const ProbeRun run = HttpProbe(server.url()).run(world, milliseconds(300));
    expect_outcome(run, wrong.expected);
    EXPECT_TRUE(run.result.outcome.message.contains(wrong.message)) << run.result.outcome.message;
    EXPECT_GE(run.took, milliseconds(250));
    EXPECT_LT(run.took, milliseconds(350));
  }
}

TEST(HttpCheckTest, TimesOutWhereConnectionsAreSwallowed) {
  test::ProbeListener listener("127.0.0.1", 0);
  listener.fill();
  ProbeWorld world;
  const ProbeRun run = HttpProbe("http://127.0.0.1:" + std::to_string(listener.port()))
                           .run(world, milliseconds(300));
  expect_outcome(run, {Result::kFail, Reason::kTimeout, Phase::kConnect});
  EXPECT_LT(run.took, milliseconds(350));
}

TEST(HttpCheckTest, TimesOutInSendingWhereARequestIsNotTaken) {
  const ScriptedServer server([](ScriptedPeer& peer) {
    peer.read_request();
    peer.drip(" ", seconds(10));  // reads no more
  });
  ProbeWorld world;
  const ProbeRun run = HttpProbe(server.url())
                           .with("method", std::string("POST"))
                           .with("body", Secret{repeated("0123456789", 2'000'000)})
                           .run(world, milliseconds(500));
  expect_outcome(run, {Result::kFail, Reason::kTimeout, Phase::kSend});
  EXPECT_LT(run.took, milliseconds(550));
}

TEST(HttpCheckTest, EndsAtOnceWhenItIsCancelledInWhateverState) {
  const ScriptedServer swallows([](ScriptedPeer& peer) { peer.wait_until_closed(); });
  const ScriptedServer drips([](ScriptedPeer& peer) {
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    peer.drip(repeated("x", 1000), milliseconds(5));
  });
  test::ProbeListener full("127.0.0.1", 0);
  full.fill();
  for (const std::uint16_t port : {swallows.port(), drips.port(), full.port()}) {
    for (const int after_ms : {0, 1, 5, 20, 50}) {
      SCOPED_TRACE(after_ms);
      ProbeWorld world;
      const auto check = HttpProbe("http://127.0.0.1:" + std::to_string(port)).make();
      const ProbeRun run = world.run_and_cancel(*check, seconds(20), milliseconds(after_ms));
      EXPECT_TRUE(run.cancelled);
      EXPECT_LT(run.took, milliseconds(after_ms + 50));
    }
  }
}

struct StatusCase {
  std::string_view status;
  std::string_view headers;
  Expected expected;
  std::string_view message;
};

TEST(HttpCheckTest, JudgesTheStatus) {
  constexpr Expected kStatus = {Result::kFail, Reason::kStatus, Phase::kEvaluate};
  constexpr Expected kAuth = {Result::kFail, Reason::kAuth, Phase::kEvaluate};
  constexpr Expected kLimited = {Result::kUnknown, Reason::kRateLimited, Phase::kEvaluate};
  const std::vector<StatusCase> cases = {
      {"204 No Content", "", kPasses, "204 No Content"},
      {"401 Unauthorized", "", kAuth, "answered 401 Unauthorized"},
      {"403 Forbidden", "", kAuth, "answered 403 Forbidden"},
      {"404 Not Found", "", kStatus, "answered 404 Not Found, expected 200-299"},
      {"429 Too Many Requests", "Retry-After: 30\r\n", kLimited, "it asks for 30 s of patience"},
      {"500 Oops\x1b[31m", "", kStatus, "answered 500 Oops\\x1b[31m, expected"},
      {"503 Service Unavailable", "", kStatus, "answered 503"},
      {"302 Found", "", kStatus, "answered 302 Found"},
  };
  for (const StatusCase& c : cases) {
    SCOPED_TRACE(c.status);
    const ScriptedServer server(answers(http_answer("sorry", c.status, c.headers)));
    ProbeWorld world;
    const ProbeRun run = HttpProbe(server.url()).run(world, seconds(5));
    expect_outcome(run, c.expected);
    EXPECT_TRUE(run.result.outcome.message.contains(c.message)) << run.result.outcome.message;
    if (c.expected.result != Result::kPass) {
      EXPECT_EQ(run.result.outcome.code, c.status.substr(0, 3));
      EXPECT_EQ(run.result.excerpt, "sorry");
    }
  }
}

TEST(HttpCheckTest, JudgesHeadersAndBody) {
  const ScriptedServer server(answers(http_answer(R"({"status": "up", "queue": {"depth": 120}})",
                                                  "200 OK", "Server: nginx/1.22\r\n")));
  struct Case {
    std::string key;
    monitor::ParameterValue value;
    std::string message;  // "": passes
  };
  const auto map = [](std::string name, std::string value) {
    return TextMap{{std::move(name), Text{.value = std::move(value)}}};
  };
  const std::vector<Case> cases = {
      {"body_contains", std::string("up"), ""},
      {"body_contains", std::string("down"), "the body does not contain \"down\""},
      {"body_regex", std::string("sta.us"), ""},
      {"body_regex", std::string("^up"), "the body does not match \"^up\""},
      {"body_not_regex", std::string("error"), ""},
      {"body_not_regex", std::string("st"), "the body matches \"st\", which it should not"},
      {"header", map("server", "nginx/1.22"), ""},
      {"header", map("Server", "~^nginx"), ""},
      {"header", map("Server", "nginx"), "header Server is \"nginx/1.22\", expected \"nginx\""},
      {"header", map("X-Up", "1"), "header X-Up is missing or empty, expected \"1\""},
      {"json", map("queue.depth", "< 200"), ""},
      {"json", map("queue.depth", "< 100"), "JSON queue.depth is 120, expected < 100"},
      {"json", map("status", "== 'down'"), "JSON status is \"up\", expected == 'down'"},
      {"json", map("nope", "exists"), "JSON nope is missing, expected it to exist"},
      {"max_size", std::int64_t{10}, "the body is larger than 10 B"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.key + ": " + c.message);
    ProbeWorld world;
    const ProbeRun run = HttpProbe(server.url()).expect(c.key, c.value).run(world, seconds(5));
    if (c.message.empty()) {
      expect_outcome(run, kPasses);
    } else if (c.key == "max_size") {
      expect_outcome(run, {Result::kFail, Reason::kProtocol, Phase::kTransfer});
      EXPECT_EQ(run.result.outcome.message, c.message);
    } else {
      expect_outcome(run, {Result::kFail, Reason::kValidation, Phase::kEvaluate});
      EXPECT_EQ(run.result.outcome.message, c.message);
      EXPECT_EQ(run.result.outcome.code, "200");
      EXPECT_TRUE(run.result.excerpt.contains("queue"));
    }
  }
}

TEST(HttpCheckTest, JudgesLargeBodiesOffTheLoop) {
  const std::string large = "[" + repeated("1,", 100'000) + "2]";
  const ScriptedServer server(answers(http_answer(large)));
  ProbeWorld world;
  HttpProbe probe(server.url());
  probe.expect("json", TextMap{{"len($)", Text{.value = "== 100001"}}});
  expect_outcome(probe.run(world, seconds(10)), kPasses);
  probe.expect("json", TextMap{{"[100000]", Text{.value = "== 3"}}});
  const ProbeRun run = probe.run(world, seconds(10));
  expect_outcome(run, {Result::kFail, Reason::kValidation, Phase::kEvaluate});
  EXPECT_EQ(run.result.outcome.message, "JSON [100000] is 2, expected == 3");
}

TEST(HttpCheckTest, SendsWhatItIsToldTo) {
  std::string seen;
  const ScriptedServer server([&seen](ScriptedPeer& peer) {
    seen = peer.read_until("the body");
    peer.send(http_answer("ok"));
  });
  monitor::Parameters basic;
  basic.set("username", std::string("u"));
  basic.set("password", Secret{"hunter2"});
  ProbeWorld world;
  const ProbeRun run = HttpProbe(server.url("/a?b=c", "localhost"))
                           .with("method", std::string("PUT"))
                           .with("headers", TextMap{{"X-Key", Text{.value = "k", .secret = true}}})
                           .with("basic_auth", std::vector{basic})
                           .with("body", Secret{"the body"})
                           .with("http_version", std::string("1.0"))
                           .with("address_family", std::string("ipv4"))
                           .run(world, seconds(5));
  expect_outcome(run, kPasses);
  EXPECT_TRUE(seen.starts_with("PUT /a?b=c HTTP/1.0\r\n")) << seen;
  EXPECT_TRUE(seen.contains("\r\nHost: localhost:" + std::to_string(server.port()) + "\r\n"));
  EXPECT_TRUE(seen.contains("\r\nX-Key: k\r\n"));
  EXPECT_TRUE(seen.contains("\r\nAuthorization: Basic dTpodW50ZXIy\r\n"));
  EXPECT_TRUE(seen.contains("\r\nContent-Length: 8\r\n"));
  EXPECT_TRUE(seen.contains("\r\nUser-Agent: hale\r\n"));
  EXPECT_FALSE(seen.contains("Content-Type")) << seen;
  EXPECT_FALSE(seen.contains("Expect")) << seen;
  EXPECT_TRUE(has_phase(run, Phase::kResolve));
}

TEST(HttpCheckTest, NeverTellsASecretThatAServerEchoes) {
  const ScriptedServer server(
      [](ScriptedPeer& peer) { peer.send(http_answer(peer.read_request(), "500 Oops")); });
  ProbeWorld world;
  const ProbeRun run =
      HttpProbe(server.url()).with("bearer_token", Secret{"sesame-open"}).run(world, seconds(5));
  EXPECT_TRUE(run.result.excerpt.contains("Bearer ***")) << run.result.excerpt;
  EXPECT_FALSE(run.result.excerpt.contains("sesame")) << run.result.excerpt;
}

TEST(HttpCheckTest, ConnectsWhereItIsToldTo) {
  const ScriptedServer server(
      [](ScriptedPeer& peer) { peer.send(http_answer(peer.read_request())); });
  ProbeWorld world;
  const ProbeRun run = HttpProbe("http://no-such-name.invalid/")
                           .with("connect_to", "127.0.0.1:" + std::to_string(server.port()))
                           .expect("body_contains", std::string("Host: no-such-name.invalid\r\n"))
                           .run(world, seconds(5));
  expect_outcome(run, kPasses);
  EXPECT_EQ(run.peer, "127.0.0.1:" + std::to_string(server.port()));
}

TEST(HttpCheckTest, DoesNotAskTheEnvironmentForAProxy) {
  ::setenv("http_proxy", "http://127.0.0.1:9", 1);
  ::setenv("ALL_PROXY", "http://127.0.0.1:9", 1);
  const ScriptedServer server(answers(http_answer("direct")));
  ProbeWorld world;
  const ProbeRun run = HttpProbe(server.url()).run(world, seconds(5));
  ::unsetenv("http_proxy");
  ::unsetenv("ALL_PROXY");
  expect_outcome(run, kPasses);
}

TEST(HttpCheckTest, AsksThroughAProxy) {
  const ScriptedServer proxy(
      [](ScriptedPeer& peer) { peer.send(http_answer(peer.read_request())); });
  ProbeWorld world;
  const std::string address = "127.0.0.1:" + std::to_string(proxy.port());
  const ProbeRun run =
      HttpProbe("http://no-such-name.invalid/x")
          .with("proxy", Secret{"http://u:p@" + address})
          .expect("body_regex", std::string("^GET http://no-such-name.invalid/x HTTP/1.1\r\n"
                                            "(.|\r\n)*Proxy-Authorization: Basic dTpw\r\n"))
          .run(world, seconds(5));
  expect_outcome(run, kPasses);
  EXPECT_EQ(run.peer, address);
}

TEST(HttpCheckTest, LooksAtAllAddressesAndGivesEachAResult) {
  const ScriptedServer server(answers(http_answer("one")), "127.0.0.1");
  ProbeWorld world;
  const auto check =
      HttpProbe(server.url("/", "localhost")).with("addresses", std::string("all")).make();
  const ProbeRun run = world.run(*check, seconds(5));
  expect_outcome(run, kPasses);
  ASSERT_FALSE(run.result.items.empty());
  bool found = false;
  for (const monitor::ItemResult& item : run.result.items) {
    found = found || item.name == "127.0.0.1";
    EXPECT_EQ(item.outcome.result, item.name == "127.0.0.1" ? Result::kPass : Result::kFail);
  }
  EXPECT_TRUE(found);
  EXPECT_TRUE(run.result.measurements.empty());
}

}  // namespace
}  // namespace hale::checks
