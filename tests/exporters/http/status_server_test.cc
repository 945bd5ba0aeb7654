#include "exporters/http/status_server.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "exporters/json/documents.h"
#include "monitor/runtime/random.h"
#include "tests/exporters/http/server_fixture.h"

namespace hale::exporters {
namespace {

using namespace std::chrono_literals;
using testing::Answer;
using testing::eventually;
using testing::sample_board;
using testing::ServerWorld;
using testing::TestClient;

monitor::ListenAddress free_port() {
  return asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0);
}

TEST(StatusServerTest, AnswersManyRequestsOnOneConnection) {
  const ServerWorld world;
  TestClient client = world.connect();
  for (int i = 0; i < 3; ++i) {
    const Answer live = client.get("/livez");
    EXPECT_EQ(live.status, 200);
    EXPECT_EQ(live.body, "ok");
    const Answer status = client.get("/api/v1/status");
    EXPECT_EQ(status.body, status_json(*sample_board()));
  }
  EXPECT_EQ(world.server.stats().requests, 6U);
  EXPECT_EQ(world.server.stats().connections, 1U);
  client.close();
  EXPECT_TRUE(world.nobody_is_connected());
}

TEST(StatusServerTest, SendsTheHeadersThatWerePromised) {
  const ServerWorld world;
  TestClient client = world.connect();
  const Answer json = client.get("/api/v1/status");
  EXPECT_TRUE(json.header.starts_with("HTTP/1.1 200 OK\r\n")) << json.header;
  EXPECT_TRUE(json.has_header("Content-Type: application/json"));
  EXPECT_TRUE(json.has_header("Cache-Control: no-store"));
  EXPECT_NE(json.header.find("\r\nDate: "), std::string::npos);
  EXPECT_TRUE(client.get("/livez").has_header("Content-Type: text/plain; charset=utf-8"));
  EXPECT_TRUE(
      client.get("/metrics").has_header("Content-Type: text/plain; version=0.0.4; charset=utf-8"));
  const Answer wrong = client.post("/livez", "");
  EXPECT_TRUE(wrong.header.starts_with("HTTP/1.1 405 Method Not Allowed\r\n")) << wrong.header;
  EXPECT_TRUE(wrong.has_header("Allow: GET, HEAD"));
  EXPECT_TRUE(wrong.has_header("Cache-Control: no-store"));
  EXPECT_EQ(client.get("/nowhere").status, 404);
}

TEST(StatusServerTest, AnswersHeadWithTheLengthAndNothingElse) {
  const ServerWorld world;
  TestClient client = world.connect();
  client.send("HEAD /api/v1/status HTTP/1.1\r\nHost: test\r\n\r\n");
  const Answer head = client.read_answer(TestClient::Body::kNone);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(TestClient::content_length(head.header), status_json(*sample_board()).size());
  EXPECT_EQ(client.get("/livez").body, "ok");  // no body lies between the two
}

TEST(StatusServerTest, AnswersPipelinedRequestsInOrder) {
  const ServerWorld world;
  TestClient client = world.connect();
  client.send(
      "GET /livez HTTP/1.1\r\n\r\nGET /nowhere HTTP/1.1\r\n\r\n"
      "GET /api/v1/status?summary HTTP/1.1\r\n\r\nGET /livez HTTP/1.0\r\n\r\n");
  EXPECT_EQ(client.read_answer().body, "ok");
  EXPECT_EQ(client.read_answer().status, 404);
  EXPECT_EQ(client.read_answer().body, status_json(*sample_board(), Checks::kLeftOut));
  EXPECT_EQ(client.read_answer().body, "ok");
  EXPECT_TRUE(client.at_end());  // HTTP/1.0
}

TEST(StatusServerTest, AnswersPipelinedRequestsHoweverTheyArrive) {
  const ServerWorld world;
  const std::string requests =
      "GET /livez HTTP/1.1\r\n\r\nPOST /nowhere HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"
      "GET /api/v1/checks/wbe HTTP/1.1\r\n\r\n";
  monitor::Random random(1);
  TestClient client = world.connect();
  for (int round = 0; round < 60; ++round) {
    std::string_view rest = requests;
    while (!rest.empty()) {
      const std::string_view piece = rest.substr(0, 1 + random.below(rest.size()));
      ASSERT_TRUE(client.send(piece));
      rest.remove_prefix(piece.size());
    }
    ASSERT_EQ(client.read_answer().body, "ok");
    ASSERT_NE(client.read_answer().body.find("no such path: /nowhere"), std::string::npos);
    ASSERT_NE(client.read_answer().body.find("wbe"), std::string::npos);
  }
}

TEST(StatusServerTest, TakesABodyInPieces) {
  ServerWorld world;
  TestClient client = world.connect();
  client.send(
      "POST /api/v1/checks/db/pause HTTP/1.1\r\nContent-Type: application/json\r\n"
      "Transfer-Encoding: chunked\r\n\r\n"
      "a\r\n{\"reason\":\r\n");
  client.send("5\r\n\"tea\"\r\n1\r\n}\r\n0\r\n\r\n");
  std::vector<testing::FakeCommands::Asked> asked;
  ASSERT_TRUE(eventually([&] { return !(asked = world.commands.take()).empty(); }));
  EXPECT_EQ(asked[0].request.reason, "tea");
  asked[0].reply(monitor::CommandReply{.check = sample_board()->find("db"), .run = nullptr});
  EXPECT_EQ(client.read_answer().status, 200);
}

TEST(StatusServerTest, ListensOnEveryAddress) {
  std::string folder = (std::filesystem::temp_directory_path() / "hale-http-XXXXXX").string();
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  {
    const ServerWorld world({}, {"127.0.0.1:0", "127.0.0.2:0", "unix:" + folder + "/hale.sock"});
    ASSERT_EQ(world.bound.size(), 3U);
    EXPECT_EQ(world.bound[2], "unix:" + folder + "/hale.sock");
    for (std::size_t i = 0; i < 3; ++i) {
      SCOPED_TRACE(world.bound[i]);
      TestClient client = world.connect(i);
      EXPECT_EQ(client.get("/livez").body, "ok");
      EXPECT_EQ(client.get("/api/v1/status").body, status_json(*sample_board()));
    }
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  std::filesystem::remove(folder);
}

TEST(StatusServerTest, AnswersACommandOnceTheEngineHas) {
  ServerWorld world;
  TestClient client = world.connect();
  client.send("POST /api/v1/checks/db/run HTTP/1.1\r\n\r\n");
  std::vector<testing::FakeCommands::Asked> asked;
  ASSERT_TRUE(eventually([&] { return !(asked = world.commands.take()).empty(); }));
  EXPECT_EQ(world.connect().get("/livez").status, 200);  // nobody else waits
  const auto db = sample_board()->find("db");
  std::thread engine([&] { asked[0].reply(monitor::CommandReply{.check = db, .run = db->last}); });
  const Answer answer = client.read_answer();
  engine.join();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, command_json(*db, db->last.get()));
  EXPECT_EQ(client.get("/livez").body, "ok");
}

TEST(StatusServerTest, GivesUpOnAnEngineThatDoesNotAnswer) {
  ServerWorld world({.max_patience = 20ms});
  TestClient client = world.connect();
  EXPECT_EQ(client.post("/api/v1/checks/db/run", "").status, 504);
  const auto asked = world.commands.take();
  ASSERT_EQ(asked.size(), 1U);
  asked[0].reply(monitor::CommandReply{.check = sample_board()->find("db"), .run = nullptr});
  EXPECT_EQ(client.get("/livez").body, "ok");  // the late reply goes nowhere
}

TEST(StatusServerTest, DoesNotMindThatTheClientHasGone) {
  ServerWorld world;
  {
    TestClient client = world.connect();
    client.send("POST /api/v1/checks/db/run HTTP/1.1\r\n\r\n");
    ASSERT_TRUE(eventually([&] { return world.server.stats().connections == 1; }));
    client.abort();
  }
  std::vector<testing::FakeCommands::Asked> asked;
  ASSERT_TRUE(eventually([&] { return !(asked = world.commands.take()).empty(); }));
  asked[0].reply(monitor::CommandReply{.check = sample_board()->find("db"), .run = nullptr});
  EXPECT_TRUE(world.nobody_is_connected());
  EXPECT_EQ(world.connect().get("/livez").body, "ok");
}

TEST(StatusServerTest, StopsWithinASecondWhateverIsOpen) {
  auto world = std::make_unique<ServerWorld>();
  std::vector<TestClient> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(world->connect());
    clients.back().send(i % 2 == 0 ? "GET /liv" : "");
  }
  TestClient waiting = world->connect();
  waiting.send("POST /api/v1/checks/db/run HTTP/1.1\r\n\r\n");
  std::vector<testing::FakeCommands::Asked> asked;
  ASSERT_TRUE(eventually([&] { return !(asked = world->commands.take()).empty(); }));

  const auto began = world->stopwatch.now();
  world->server.stop();
  EXPECT_LT(world->stopwatch.now() - began, 1s);
  const Answer answer = waiting.read_answer();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, error_json("stopping", "the agent is stopping"));
  EXPECT_TRUE(answer.has_header("Connection: close"));
  world->server.stop();
  world.reset();
  EXPECT_TRUE(waiting.at_end());
  for (TestClient& client : clients) {
    EXPECT_EQ(client.read_answer().status, 0);
  }
  // The engine may answer when the server is long gone.
  asked[0].reply(monitor::CommandReply{.check = sample_board()->find("db"), .run = nullptr});
}

TEST(StatusServerTest, MayBeStoppedWithoutHavingStarted) {
  monitor::Board board;
  testing::FakeCommands commands;
  asio::io_context loop;
  monitor::RealClock clock(loop);
  monitor::Operations operations({}, clock.now());
  StatusServer server({.sockets = monitor::ListeningSocket::open_all({free_port()}).value(),
                       .limits = {},
                       .configuration = "",
                       .metrics = {},
                       .log = {}},
                      board, clock, commands, operations);
  server.stop();
  EXPECT_EQ(server.stats().connections, 0U);
}

class ThrowingCommands final : public Commands {
 public:
  void run(std::string, monitor::ReplyHandler) override { throw std::runtime_error("no memory"); }
  void pause(std::string, monitor::PauseRequest, monitor::ReplyHandler) override {}
  void resume(std::string, monitor::ReplyHandler) override {}
  void report(std::string, std::string, monitor::Report, monitor::ReplyHandler) override {}
  std::uint64_t rejected() const override { return 0; }
};

TEST(StatusServerTest, SurvivesExceptions) {
  ServerWorld world;
  ThrowingCommands commands;
  std::vector<std::string> lines;
  {
    auto sockets = monitor::ListeningSocket::open_all({free_port()}).value();
    const std::string address = to_string(sockets[0].address());
    StatusServer server({.sockets = std::move(sockets),
                         .limits = {},
                         .configuration = "",
                         .metrics = {},
                         .log = [&](std::string_view line) { lines.emplace_back(line); }},
                        world.board, world.clock, commands, world.operations);
    server.start();
    TestClient client(address);
    const Answer answer = client.post("/api/v1/checks/db/run", "");
    EXPECT_EQ(answer.status, 500);
    EXPECT_NE(answer.body.find("\"internal\""), std::string::npos);
    EXPECT_EQ(client.get("/livez").body, "ok");
  }
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0], "cannot answer /api/v1/checks/db/run: no memory");
}

}  // namespace
}  // namespace hale::exporters
