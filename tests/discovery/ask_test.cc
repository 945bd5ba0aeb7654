// What becomes of questions to servers that behave, and to such that do not.
#include "discovery/ask.h"

#include <chrono>
#include <functional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "discovery/recognise.h"
#include "tests/discovery/made_picture.h"
#include "tests/support/probe_world.h"
#include "tests/support/scripted_server.h"

namespace hale::discovery {
namespace {

using test::ScriptedPeer;
using test::ScriptedServer;

// Runs what is asked on the loop of a ProbeWorld.
class Asking final : public monitor::Check {
 public:
  Asking(std::vector<Trial> trials, std::string host, std::uint16_t port)
      : trials_(std::move(trials)), host_(std::move(host)), port_(port) {}

  monitor::Task<monitor::CheckResult> run(monitor::RunContext& context) override {
    answer = co_await ask(context, all_types(), trials_, host_, port_);
    co_return monitor::CheckResult();
  }

  Answer answer;

 private:
  std::vector<Trial> trials_;
  std::string host_;
  std::uint16_t port_;
};

Answer ask_as(const std::string& program, const ScriptedServer& server) {
  const Endpoint endpoint = made_endpoint(server.port(), program, "", {"127.0.0.1"});
  const KnownService* service = recognise(endpoint.program, "").service;
  Asking asking(trials_of(endpoint, service), host_of(endpoint), endpoint.port);
  test::ProbeWorld world;
  const test::ProbeRun run = world.run(asking, std::chrono::seconds(10));
  EXPECT_FALSE(run.threw || run.cancelled);
  return asking.answer;
}

ScriptedServer::Script answers(const std::string& question, const std::string& answer) {
  return [question, answer](ScriptedPeer& peer) {
    if (peer.read_until(question).ends_with(question)) {
      peer.send(answer);
    }
    peer.wait_until_closed();
  };
}

std::string expected_status(const Answer& answer) {
  return answer.passed->keys.table("expect").text("status");
}

TEST(AskTest, TellsARedisThatWantsAPasswordFromOneThatDoesNot) {
  const ScriptedServer open(answers("PING\r\n", "+PONG\r\n"));
  Answer answer = ask_as("redis-server", open);
  ASSERT_TRUE(answer.passed);
  EXPECT_EQ(answer.passed->saw, "+PONG to PING");
  // Whichever it says one day, it is alive.
  EXPECT_EQ(answer.passed->keys.tables("dialogue").back().text("expect"), "^\\+PONG|^-NOAUTH");

  const ScriptedServer closed(answers("PING\r\n", "-NOAUTH Authentication required.\r\n"));
  answer = ask_as("redis-server", closed);
  ASSERT_TRUE(answer.passed);
  EXPECT_TRUE(answer.passed->saw.starts_with("-NOAUTH"));
}

TEST(AskTest, WhatSaysSomethingElseIsOnlyConnectedTo) {
  const ScriptedServer denied(answers("PING\r\n", "-DENIED protected mode\r\n"));
  const Answer answer = ask_as("redis-server", denied);
  ASSERT_TRUE(answer.passed);
  EXPECT_EQ(answer.passed->saw, "a connection");
  EXPECT_FALSE(answer.passed->keys.has("dialogue"));
}

TEST(AskTest, ASilentServerCostsItsPatienceAndNoMore) {
  const ScriptedServer silent([](ScriptedPeer& peer) { peer.wait_until_closed(); });
  const Answer answer = ask_as("memcached", silent);
  ASSERT_TRUE(answer.passed);
  EXPECT_EQ(answer.passed->saw, "a connection");
}

TEST(AskTest, ExpectsTheStatusThatItSaw) {
  struct Case {
    std::string status;
    std::string expected;
  };
  const std::vector<Case> cases = {{"200 OK", "200"},
                                   {"204 No Content", "204"},
                                   {"301 Moved Permanently", "301"},
                                   {"401 Unauthorized", "401"},
                                   {"403 Forbidden", "403"},
                                   {"404 Not Found", "404"},
                                   {"503 Service Unavailable", "200-499"}};
  for (const Case& c : cases) {
    SCOPED_TRACE(c.status);
    const ScriptedServer server([&c](ScriptedPeer& peer) {
      peer.read_request();
      peer.send(test::http_answer("", c.status));
    });
    const Answer answer = ask_as("nginx", server);
    ASSERT_TRUE(answer.passed);
    EXPECT_EQ(answer.passed->type, "http");
    EXPECT_EQ(expected_status(answer), c.expected);
    EXPECT_EQ(std::to_string(answer.status.value_or(0)), c.status.substr(0, 3));
  }
}

TEST(AskTest, AsksForAnotherPathWhereItsOwnIsNotThere) {
  const ScriptedServer old([](ScriptedPeer& peer) {
    const bool root = peer.read_request().starts_with("GET / ");
    peer.send(test::http_answer("", root ? "200 OK" : "404 Not Found"));
  });
  const Answer answer = ask_as("grafana", old);
  ASSERT_TRUE(answer.passed);
  EXPECT_EQ(answer.passed->saw, "GET /");
  EXPECT_EQ(expected_status(answer), "200");
}

TEST(AskTest, SendsNoCredentialsAndNothingButGet) {
  std::string request;
  const ScriptedServer server([&request](ScriptedPeer& peer) {
    request = peer.read_request();
    peer.send(test::http_answer("ok"));
  });
  ASSERT_TRUE(ask_as("nginx", server).passed);
  EXPECT_TRUE(request.starts_with("GET / HTTP/1.1\r\n")) << request;
  EXPECT_FALSE(request.contains("Authorization") || request.contains("Cookie")) << request;
}

TEST(AskTest, FindsTlsBehindAPlainPortAndSaysThatNobodyVouchesForIt) {
  const test::MadeCertificate certificate({.name = "shop.example"});
  const ScriptedServer server(certificate, [](ScriptedPeer& peer) {
    peer.read_request();
    peer.send(test::http_answer("ok"));
  });
  const Answer answer = ask_as("nginx", server);
  ASSERT_TRUE(answer.passed);
  EXPECT_TRUE(answer.passed->keys.text("url").starts_with("https://127.0.0.1:"));
  EXPECT_FALSE(answer.passed->keys.table("tls").boolean("verify"));
  EXPECT_FALSE(answer.trusted);
  EXPECT_TRUE(answer.certificate_until.has_value());
}

TEST(AskTest, NobodyThereIsToldWithItsReason) {
  std::uint16_t port = 0;
  {
    const ScriptedServer gone([](ScriptedPeer&) {});
    port = gone.port();
  }
  const Endpoint endpoint = made_endpoint(port, "redis-server", "", {"127.0.0.1"});
  Asking asking(trials_of(endpoint, recognise(endpoint.program, "").service), "127.0.0.1", port);
  test::ProbeWorld world;
  (void)world.run(asking, std::chrono::seconds(10));
  EXPECT_TRUE(asking.answer.asked);
  EXPECT_FALSE(asking.answer.passed);
  EXPECT_EQ(asking.answer.refusal, "refused");
}

TEST(AskTest, KeysThatAreNotSetHaveTheirDefaults) {
  const monitor::CheckDescriptor& http = *all_types().find("http");
  monitor::Parameters expect;
  expect.set("status", std::string("204"));
  monitor::Parameters set;
  set.set("url", std::string("http://127.0.0.1/"));
  set.set("expect", std::vector{expect});
  const monitor::Parameters all = complete(http.keys, set);
  EXPECT_EQ(all.text("method"), "GET");
  EXPECT_EQ(all.table("expect").text("status"), "204");
  EXPECT_EQ(all.table("expect").integer("max_size"), 1 << 20);
  EXPECT_TRUE(all.table("tls").boolean("verify"));
  EXPECT_FALSE(all.has("basic_auth"));
}

}  // namespace
}  // namespace hale::discovery
