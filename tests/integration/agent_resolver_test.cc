// The whole agent, in a network in which the resolver takes every question and answers none.
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/integration/agent_process.h"
#include "tests/support/scripted_server.h"
#include "tests/support/tun_network.h"

namespace hale::testing {
namespace {

using namespace std::chrono_literals;

constexpr int kDead = 50;
constexpr int kAlive = 10;

std::string dead(int i) {
  return "dead-" + std::to_string(i);
}

std::string alive(int i) {
  return "alive-" + std::to_string(i);
}

// Whatever address this host's resolver has, it is this socket.
class SilentResolver {
 public:
  SilentResolver() : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_port = htons(53);
    made_ = ::bind(fd_, reinterpret_cast<sockaddr*>(&any), sizeof any) == 0 &&
            std::system("ip route add local 0.0.0.0/0 dev lo >/dev/null 2>&1") == 0;
  }
  ~SilentResolver() { ::close(fd_); }
  SilentResolver(const SilentResolver&) = delete;
  SilentResolver& operator=(const SilentResolver&) = delete;

  bool made() const { return made_; }
  bool was_asked() const {
    char byte = 0;
    return ::recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
  }

 private:
  int fd_;
  bool made_ = false;
};

std::size_t entries(pid_t pid, const std::string& folder) {
  const std::filesystem::directory_iterator all("/proc/" + std::to_string(pid) + "/" + folder);
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

struct Held {
  std::size_t threads = 0;
  std::size_t descriptors = 0;
};

// Whether it is no more than `most`, in both.
bool within(const Held& held, const Held& most) {
  return held.threads <= most.threads && held.descriptors <= most.descriptors;
}

Held held_by(const AgentProcess& agent) {
  return {.threads = entries(agent.pid(), "task"), .descriptors = entries(agent.pid(), "fd")};
}

// Checks that ask no resolver, each once a second: their name is in /etc/hosts.
std::string alive_checks(const test::ScriptedServer& server) {
  std::string text = "[defaults]\ninterval = \"1s\"\ntimeout = \"500ms\"\n";
  for (int i = 0; i < kAlive; ++i) {
    text += "[checks." + alive(i) + "]\n";
    text += i % 2 == 0
                ? "type = \"http\"\nurl = \"" + server.url("/", "localhost") + "\"\n"
                : "type = \"tcp\"\nhost = \"localhost\"\nport = " + std::to_string(server.port()) +
                      "\n";
  }
  return text;
}

std::string dead_checks() {
  std::string text;
  for (int i = 0; i < kDead; ++i) {
    text +=
        "[checks." + dead(i) + "]\ntype = \"http\"\nurl = \"http://" + dead(i) + ".invalid/\"\n";
  }
  return text;
}

std::string check(const AgentProcess& agent, const std::string& name) {
  return http(agent.port(), "GET", "/api/v1/checks/" + name).body;
}

bool all_dead(const AgentProcess& agent, const std::string& text) {
  for (int i = 0; i < kDead; ++i) {
    if (!check(agent, dead(i)).contains(text)) {
      return false;
    }
  }
  return true;
}

void expect_unmoved(const AgentProcess& agent) {
  for (int i = 0; i < kAlive; ++i) {
    const std::string body = check(agent, alive(i));
    EXPECT_TRUE(body.contains("\"status\":\"healthy\"")) << body;
  }
}

// How late runs started on average, in seconds.
double mean_lag(const AgentProcess& agent) {
  const std::string metrics = http(agent.port(), "GET", "/metrics").body;
  const auto value = [&metrics](const std::string& name) {
    const std::string line = "\nhale_scheduler_lag_seconds_" + name + " ";
    return std::stod(metrics.substr(metrics.find(line) + line.size()));
  };
  return value("sum") / value("count");
}

void live_without_a_resolver() {
  const SilentResolver resolver;
  ASSERT_TRUE(resolver.made()) << "`ip` is missing, or does not do what it is told";
  const test::ScriptedServer server([](test::ScriptedPeer& peer) {
    if (!peer.read_request().empty()) {
      peer.send(test::http_answer("hello"));
    }
  });

  Held before;
  {
    AgentProcess agent(alive_checks(server));
    ASSERT_TRUE(agent.listening()) << agent.log();
    for (int i = 0; i < kAlive; ++i) {
      ASSERT_TRUE(eventually([&] { return check(agent, alive(i)).contains("\"healthy\""); }));
    }
    before = held_by(agent);
    ::testing::Test::RecordProperty("mean_lag_alone", std::to_string(mean_lag(agent)));
    EXPECT_EQ(agent.stop(2s), 0);
  }

  AgentProcess agent(alive_checks(server) + dead_checks());
  ASSERT_TRUE(agent.listening()) << agent.log();
  // They fail by their own deadline, in that phase, and never because the agent is short of
  // threads.
  EXPECT_TRUE(eventually([&] { return all_dead(agent, "\"status\":\"unhealthy\""); }, 30s));
  for (int i = 0; i < kDead; ++i) {
    const std::string body = check(agent, dead(i));
    EXPECT_TRUE(body.contains("\"phase\":\"resolve\"")) << body;
    EXPECT_TRUE(body.contains("\"reason\":\"timeout\"") || body.contains("\"reason\":\"stuck\""))
        << body;
    EXPECT_FALSE(body.contains("\"reason\":\"agent\"")) << body;
  }
  EXPECT_TRUE(resolver.was_asked());
  expect_unmoved(agent);
  ::testing::Test::RecordProperty("mean_lag_beside_them", std::to_string(mean_lag(agent)));
  EXPECT_LT(mean_lag(agent), 0.25) << "one question asked by the loop itself takes two seconds";

  // Once nobody asks any more, threads and descriptors are what they were.
  for (int i = 0; i < kDead; ++i) {
    ASSERT_EQ(http(agent.port(), "POST", "/api/v1/checks/" + dead(i) + "/pause").status, 200);
  }
  EXPECT_GT(held_by(agent).threads, before.threads);
  EXPECT_TRUE(eventually([&] { return within(held_by(agent), before); }, 60s))
      << held_by(agent).threads << " threads, " << held_by(agent).descriptors
      << " descriptors; before: " << before.threads << ", " << before.descriptors;

  // And with all of them hanging again, it stops at once.
  for (int i = 0; i < kDead; ++i) {
    ASSERT_EQ(http(agent.port(), "POST", "/api/v1/checks/" + dead(i) + "/resume").status, 200);
  }
  EXPECT_TRUE(eventually([&] { return held_by(agent).threads > before.threads + kDead / 2; }, 30s));
  EXPECT_EQ(agent.stop(2s), 0) << agent.log();
}

TEST(AgentResolverTest, FiftyChecksWithoutAnAnswerHarmNobodyElse) {
  // A question is given up after two seconds instead of ten.
  ASSERT_EQ(::setenv("RES_OPTIONS", "timeout:1 attempts:2", 1), 0);
  ASSERT_EQ(::setenv("LOCALDOMAIN", "invalid", 1), 0);
  const bool ran = test::in_private_network(live_without_a_resolver);
  ASSERT_EQ(::unsetenv("RES_OPTIONS"), 0);
  ASSERT_EQ(::unsetenv("LOCALDOMAIN"), 0);
  if (!ran) {
    GTEST_SKIP() << "SKIPPED LOUDLY: no right to make a network namespace (unshare(CLONE_NEWNET))";
  }
}

}  // namespace
}  // namespace hale::testing
