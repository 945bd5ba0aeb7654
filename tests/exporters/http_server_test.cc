// The server under abuse: clients that hold their place, flood, vanish, or speak something else.
// Whatever they do, the next probe is answered at once.
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "monitor/runtime/random.h"
#include "tests/exporters/http/server_fixture.h"

namespace hale::exporters {
namespace {

using namespace std::chrono_literals;
using testing::eventually;
using testing::ServerWorld;
using testing::TestClient;

// A new connection, one probe.
void expect_live(const ServerWorld& world) {
  TestClient client = world.connect();
  EXPECT_EQ(client.get("/livez").body, "ok");
}

// A board whose status does not fit into what the kernel keeps for a client that does not read.
std::shared_ptr<const monitor::BoardView> talkative_board() {
  auto run = std::make_shared<monitor::RunView>();
  run->outcome.message = std::string(64 * 1024, 'x');
  std::vector<monitor::CheckView> checks;
  for (int i = 1000; i < 1128; ++i) {
    checks.push_back(
        testing::make_check(testing::make_settings("c" + std::to_string(i), testing::tcp_type())));
    checks.back().last = run;
  }
  auto view = testing::make_board(std::move(checks));
  view->version = 8;
  return view;
}

TEST(HttpServerAbuseTest, ProbesAreAnsweredWhileHundredsHoldTheirConnections) {
  ServerWorld world;
  std::vector<TestClient> held;
  for (int i = 0; i < 64; ++i) {
    held.push_back(world.connect());  // silent
    held.push_back(world.connect());  // half-sent
    held.back().send("GET /api/v1/status HTTP/1.1\r\nHost: te");
    held.push_back(world.connect());  // kept alive
    EXPECT_EQ(held.back().get("/livez").status, 200);
  }
  ASSERT_TRUE(eventually([&] { return world.server.stats().connections == 192; }));
  // A machine that is busy with other things may hold up some of them; who waits for a held
  // connection is late every time.
  int in_time = 0;
  for (int i = 0; i < 20; ++i) {
    const auto began = world.stopwatch.now();
    expect_live(world);
    in_time += world.stopwatch.now() - began < 100ms ? 1 : 0;
  }
  EXPECT_GT(in_time, 10);
  held.clear();
  EXPECT_TRUE(world.nobody_is_connected());
}

TEST(HttpServerAbuseTest, ClosesWhoDoesNotSendARequestInTime) {
  ServerWorld world({.client_timeout = 300ms});
  TestClient silent = world.connect();
  TestClient half = world.connect();
  half.send("POST /api/v1/checks/db/run HTTP/1.1\r\nContent-Length: 100\r\n\r\n{");
  TestClient idle = world.connect();
  EXPECT_EQ(idle.get("/livez").status, 200);
  EXPECT_TRUE(silent.at_end());
  EXPECT_TRUE(half.at_end());
  EXPECT_TRUE(idle.at_end());
  EXPECT_TRUE(world.nobody_is_connected());
}

// Dripping one byte at a time does not buy time.
TEST(HttpServerAbuseTest, ClosesWhoDripsARequest) {
  ServerWorld world({.client_timeout = 300ms});
  TestClient client = world.connect();
  client.send("GET /livez HTTP/1.1\r\nX: ");
  const bool closed = eventually([&] { return !client.send("x"); });
  EXPECT_TRUE(closed);
  EXPECT_TRUE(world.nobody_is_connected());
}

TEST(HttpServerAbuseTest, ClosesWhoDoesNotTakeTheAnswer) {
  ServerWorld world({.client_timeout = 300ms});
  world.board.publish(talkative_board());
  TestClient client = world.connect();
  client.send("GET /api/v1/status HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return world.server.stats().requests == 1; }));
  EXPECT_TRUE(world.nobody_is_connected());
  expect_live(world);
}

// RESTinio forgets its timeouts when it sees an Upgrade header.
TEST(HttpServerAbuseTest, ClosesWhoAsksForAnUpgrade) {
  ServerWorld world({.client_timeout = 300ms});
  constexpr std::string_view kUpgrade =
      " HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  TestClient client = world.connect();
  client.send("GET /livez" + std::string(kUpgrade));
  EXPECT_EQ(client.read_answer().body, "ok");
  EXPECT_TRUE(client.at_end());

  world.board.publish(talkative_board());
  TestClient deaf = world.connect();
  deaf.send("GET /api/v1/status" + std::string(kUpgrade));
  ASSERT_TRUE(eventually([&] { return world.server.stats().requests == 2; }));
  EXPECT_TRUE(world.nobody_is_connected());
}

// What a client may not do is make the server keep answers for it without end.
TEST(HttpServerAbuseTest, ReadsNoFurtherThanTheAnswersAreTaken) {
  ServerWorld world;
  world.board.publish(talkative_board());
  TestClient client = world.connect();
  for (int i = 0; i < 50; ++i) {
    client.send("GET /api/v1/status HTTP/1.1\r\n\r\n");
  }
  ASSERT_TRUE(eventually([&] { return world.server.stats().requests == 1; }));
  expect_live(world);
  EXPECT_EQ(world.server.stats().requests, 2U);
  for (int i = 0; i < 3; ++i) {
    ASSERT_GT(client.read_answer().body.size(), 128U * 64 * 1024);
  }
}

TEST(HttpServerAbuseTest, RefusesConnectionsBeyondTheLimitAndCountsThem) {
  ServerWorld world({.max_connections = 8});
  std::vector<TestClient> held;
  for (int i = 0; i < 8; ++i) {
    held.push_back(world.connect());
    EXPECT_EQ(held.back().get("/livez").status, 200);
  }
  for (int i = 0; i < 5; ++i) {
    TestClient refused = world.connect();
    const auto answer = refused.read_answer();
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.body, "too many connections");
    EXPECT_TRUE(answer.has_header("Retry-After: 1"));
    EXPECT_TRUE(refused.at_end());
  }
  EXPECT_EQ(world.server.stats().refused, 5U);
  EXPECT_EQ(held[3].get("/livez").status, 200);
  held.clear();
  EXPECT_TRUE(world.nobody_is_connected());
  expect_live(world);
}

TEST(HttpServerAbuseTest, AnswersOrClosesWhatIsTooLarge) {
  ServerWorld world;
  const std::string long_url = "GET /" + std::string(10'000, 'x') + " HTTP/1.1\r\n\r\n";
  const std::string endless_url = "GET /" + std::string(70'000, 'x');
  std::string many_fields = "GET /livez HTTP/1.1\r\n";
  for (int i = 0; i < 200; ++i) {
    many_fields += "X-" + std::to_string(i) + ": y\r\n";
  }
  const std::string post = "POST /api/v1/checks/db/pause HTTP/1.1\r\nContent-Length: ";
  struct Case {
    std::string_view what;
    std::string request;
    int status;  // 0: closed
  };
  const Case kCases[] = {
      {"a long URL", long_url, 414},
      {"an endless URL", endless_url, 0},
      {"many fields", many_fields + "\r\n", 0},
      {"a long field", "GET /livez HTTP/1.1\r\nX: " + std::string(9'000, 'y') + "\r\n\r\n", 0},
      {"a long name", "GET /livez HTTP/1.1\r\n" + std::string(300, 'y') + ": x\r\n\r\n", 0},
      {"a large body", post + "70000\r\n\r\n" + std::string(70'000, ' '), 413},
      {"a huge body", post + "1000000000\r\n\r\n", 0},
      {"an impossible body", post + "99999999999999999999999\r\n\r\n", 0},
      {"two lengths", post + "1\r\nContent-Length: 2\r\n\r\nxx", 0},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.what);
    TestClient client = world.connect();
    client.send(c.request);
    EXPECT_EQ(client.read_answer().status, c.status);
    expect_live(world);
  }
}

TEST(HttpServerAbuseTest, OutlivesRandomRequests) {
  ServerWorld world({.client_timeout = 300ms});
  monitor::Random random(4253);
  const std::string_view valid[] = {
      "GET /api/v1/checks/db/history?limit=3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
      "GET /healthz?check=db,web&verbose HTTP/1.0\r\n\r\n",
      "POST /api/v1/checks/nowhere/pause HTTP/1.1\r\nContent-Type: application/json\r\n"
      "Connection: close\r\nContent-Length: 13\r\n\r\n{\"for\": \"1h\"}",
      "OPTIONS * HTTP/1.1\r\nConnection: close\r\n\r\n", "CONNECT host:443 HTTP/1.1\r\n\r\n"};
  int answered = 0;
  for (int i = 0; i < 300; ++i) {
    SCOPED_TRACE(i);
    std::string request;
    if (random.chance(0.3)) {
      for (std::uint64_t n = random.below(2000); n > 0; --n) {
        request += static_cast<char>(random.below(256));
      }
    } else {
      request = valid[random.below(std::size(valid))];
      for (std::uint64_t n = random.below(6); n > 0; --n) {
        request[random.below(request.size())] = static_cast<char>(random.below(256));
      }
    }
    TestClient client = world.connect();
    client.send(request);
    if (random.chance(0.1)) {
      client.abort();
      continue;
    }
    const int status = client.read_answer().status;
    EXPECT_TRUE(status == 0 || (status >= 200 && status < 600)) << status;
    EXPECT_NE(status, 500);
    answered += status != 0 ? 1 : 0;
  }
  EXPECT_GT(answered, 30);
  EXPECT_TRUE(world.nobody_is_connected());
  expect_live(world);
}

// With RESTinio's own acceptor each of these would cost a place for good.
TEST(HttpServerAbuseTest, OutlivesClientsThatAreGoneBeforeTheyAreAccepted) {
  ServerWorld world({.max_connections = 8});
  for (int i = 0; i < 100; ++i) {
    world.connect().abort();
  }
  EXPECT_TRUE(eventually([&] { return world.connect().get("/livez").body == "ok"; }));
}

// With RESTinio's own acceptor one of these would be the end.
TEST(HttpServerAbuseTest, AcceptsAgainAfterTheDescriptorsHadRunOut) {
  ServerWorld world;
  expect_live(world);
  ASSERT_TRUE(world.nobody_is_connected());
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int next_free = dup(fd);
  close(next_free);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{.rlim_cur = static_cast<rlim_t>(next_free), .rlim_max = before.rlim_max};
  const auto endpoint =
      std::get<asio::ip::tcp::endpoint>(monitor::parse_listen_address(world.bound[0]).value());
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const int connected = connect(fd, endpoint.data(), static_cast<socklen_t>(endpoint.size()));
  const bool noticed = eventually([&] { return !world.logged().empty(); });
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(connected, 0);
  ASSERT_TRUE(noticed);
  EXPECT_EQ(world.logged()[0],
            "cannot take connections on " + world.bound[0] + ": Too many open files");
  expect_live(world);
  EXPECT_EQ(world.logged().size(), 1U);
  close(fd);
}

}  // namespace
}  // namespace hale::exporters
