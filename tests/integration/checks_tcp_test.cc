// The tcp check against real sockets of the loopback: every way in which a port can behave.
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "checks/net/connect.h"
#include "checks/tcp_check.h"
#include "monitor/runtime/task_group.h"
#include "tests/support/probe_sockets.h"
#include "tests/support/probe_world.h"

namespace hale::checks {
namespace {

using monitor::Phase;
using monitor::Reason;
using monitor::Result;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::ClosedPort;
using test::ProbeListener;
using test::ProbeRun;
using test::ProbeWorld;

void expect_outcome(const ProbeRun& run, Result result, Reason reason, Phase phase) {
  EXPECT_FALSE(run.threw);
  EXPECT_EQ(to_string(run.result.outcome.result), to_string(result)) << run.result.outcome.message;
  EXPECT_EQ(to_string(run.result.outcome.reason), to_string(reason)) << run.result.outcome.message;
  EXPECT_EQ(to_string(run.result.outcome.phase), to_string(phase));
}

bool has_phase(const ProbeRun& run, Phase phase) {
  for (const monitor::PhaseTime& time : run.phases) {
    if (time.phase == phase) {
      return true;
    }
  }
  return false;
}

TEST(TcpCheckTest, PassesWhereAPortAccepts) {
  const ProbeListener listener;
  TcpCheck check("127.0.0.1", listener.port());
  ProbeWorld world;
  const ProbeRun run = world.run(check, seconds(5));
  expect_outcome(run, Result::kPass, Reason::kNone, Phase::kNone);
  EXPECT_TRUE(run.result.outcome.message.starts_with("connected in "))
      << run.result.outcome.message;
  EXPECT_EQ(run.peer, "127.0.0.1:" + std::to_string(listener.port()));
  EXPECT_TRUE(has_phase(run, Phase::kConnect));
  EXPECT_FALSE(has_phase(run, Phase::kResolve)) << "an address needs no resolver";
}

TEST(TcpCheckTest, PassesWhereAServiceAcceptsAndNeverAnswers) {
  const ProbeListener listener;
  TcpCheck check("127.0.0.1", listener.port());
  ProbeWorld world;
  for (int i = 0; i < 10; ++i) {
    expect_outcome(world.run(check, seconds(5)), Result::kPass, Reason::kNone, Phase::kNone);
  }
}

TEST(TcpCheckTest, FailsAsRefusedWhereNobodyListens) {
  const ClosedPort closed;
  TcpCheck check("127.0.0.1", closed.port());
  ProbeWorld world;
  const ProbeRun run = world.run(check, seconds(5));
  expect_outcome(run, Result::kFail, Reason::kRefused, Phase::kConnect);
  EXPECT_EQ(run.result.outcome.code, "ECONNREFUSED");
  EXPECT_FALSE(run.cancelled);
}

TEST(TcpCheckTest, FailsAsTimeoutWhereConnectionsAreSwallowed) {
  ProbeListener listener("127.0.0.1", 0);
  listener.fill();
  TcpCheck check("127.0.0.1", listener.port());
  ProbeWorld world;
  const ProbeRun run = world.run(check, milliseconds(200));
  EXPECT_TRUE(run.cancelled);
  expect_outcome(run, Result::kFail, Reason::kTimeout, Phase::kConnect);
  EXPECT_GE(run.took, milliseconds(200));
  EXPECT_LT(run.took, seconds(1)) << "the kernel tries again after a second: not waited for";
}

TEST(TcpCheckTest, ReachesAnIPv6Address) {
  if (!test::has_address("::1")) {
    GTEST_SKIP() << "SKIPPED LOUDLY: this machine has no ::1";
  }
  const ProbeListener listener("::1");
  TcpCheck check("::1", listener.port());
  ProbeWorld world;
  const ProbeRun run = world.run(check, seconds(5));
  expect_outcome(run, Result::kPass, Reason::kNone, Phase::kNone);
  EXPECT_EQ(run.peer, "[::1]:" + std::to_string(listener.port()));
}

TEST(TcpCheckTest, ResolvesTheNameLocalhost) {
  const ProbeListener listener;
  TcpCheck check("localhost", listener.port());
  ProbeWorld world;
  const ProbeRun run = world.run(check, seconds(5));
  expect_outcome(run, Result::kPass, Reason::kNone, Phase::kNone);
  EXPECT_EQ(run.peer, "127.0.0.1:" + std::to_string(listener.port()));
  EXPECT_TRUE(has_phase(run, Phase::kResolve));
  EXPECT_TRUE(has_phase(run, Phase::kConnect));
}

// With a resolver the name does not exist; without one the question stays open until the deadline.
TEST(TcpCheckTest, FailsWhereANameDoesNotExist) {
  TcpCheck check("no-such-name.invalid", 80);
  ProbeWorld world;
  const ProbeRun run = world.run(check, seconds(2));
  EXPECT_EQ(run.result.outcome.result, Result::kFail);
  EXPECT_EQ(run.result.outcome.phase, Phase::kResolve);
  EXPECT_TRUE(run.result.outcome.reason == Reason::kDns ||
              run.result.outcome.reason == Reason::kTimeout)
      << run.result.outcome.message;
  EXPECT_LT(run.took, seconds(2)) << "the check has the last word before its deadline";
  EXPECT_FALSE(run.cancelled);
}

// Leaves the process no descriptor to open, until destroyed.
class NoDescriptors {
 public:
  NoDescriptors() {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &old_), 0);
    const int lowest_free = ::dup(0);
    ::close(lowest_free);
    const rlimit low{.rlim_cur = static_cast<rlim_t>(lowest_free), .rlim_max = old_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  }
  ~NoDescriptors() { EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &old_), 0); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit old_{};
};

TEST(TcpCheckTest, SaysThatTheAgentIsOutOfDescriptors) {
  const ProbeListener listener;
  TcpCheck check("127.0.0.1", listener.port());
  ProbeWorld world;
  expect_outcome(world.run(check, seconds(5)), Result::kPass, Reason::kNone, Phase::kNone);
  {
    const NoDescriptors none;
    const ProbeRun run = world.run(check, seconds(5));
    expect_outcome(run, Result::kUnknown, Reason::kAgent, Phase::kConnect);
    EXPECT_EQ(run.result.outcome.code, "EMFILE");
  }
  expect_outcome(world.run(check, seconds(5)), Result::kPass, Reason::kNone, Phase::kNone);
}

// Runs connect_first in a world, the way run_name() does after the name is resolved.
class ConnectAny final : public monitor::Check {
 public:
  ConnectAny(std::vector<std::string> addresses, std::uint16_t port) : port_(port) {
    for (const std::string& text : addresses) {
      addresses_.push_back(asio::ip::make_address(text));
    }
  }
  monitor::Task<monitor::CheckResult> run(monitor::RunContext& context) override {
    monitor::CheckResult result;
    std::vector<asio::ip::address> addresses = addresses_;
    Socket socket(context.executor());
    result.outcome = co_await connect_first(context, std::move(addresses), port_, socket);
    co_return result;
  }

 private:
  std::vector<asio::ip::address> addresses_;
  std::uint16_t port_;
};

TEST(ConnectFirstTest, GoesOnToTheNextAddressWhenOneRefuses) {
  const ProbeListener listener("127.0.0.2");
  ConnectAny check({"127.0.0.1", "127.0.0.2"}, listener.port());
  ProbeWorld world;
  const ProbeRun run = world.run(check, seconds(5));
  expect_outcome(run, Result::kPass, Reason::kNone, Phase::kNone);
  const std::string port = std::to_string(listener.port());
  EXPECT_EQ(run.peer, "127.0.0.2:" + port);
  EXPECT_TRUE(run.result.outcome.message.ends_with(" to 127.0.0.2:" + port + "; 127.0.0.1:" + port +
                                                   ": connection refused"))
      << run.result.outcome.message;
}

TEST(ConnectFirstTest, GivesAnAddressThatSwallowsOnlyItsShareOfTheTime) {
  ProbeListener swallows("127.0.0.1", 0);
  swallows.fill();
  ConnectAny check({"127.0.0.1", "127.0.0.2"}, swallows.port());
  ProbeWorld world;
  const ProbeRun run = world.run(check, seconds(1));
  EXPECT_FALSE(run.cancelled);
  // 127.0.0.2 refuses at once, so about half of the time is left over.
  EXPECT_LT(run.took, milliseconds(900));
  expect_outcome(run, Result::kFail, Reason::kTimeout, Phase::kConnect);
  const std::string port = std::to_string(swallows.port());
  const std::string& message = run.result.outcome.message;
  EXPECT_TRUE(message.starts_with("127.0.0.1:" + port + ": no answer within ")) << message;
  EXPECT_TRUE(message.ends_with("; 127.0.0.2:" + port + ": connection refused")) << message;
}

TEST(ConnectFirstTest, NamesEveryAddressBeforeTheDeadlineWhenAllSwallow) {
  ProbeListener swallows("0.0.0.0", 0);
  swallows.fill();
  ConnectAny check({"127.0.0.1", "127.0.0.2"}, swallows.port());
  ProbeWorld world;
  const ProbeRun run = world.run(check, seconds(1));
  EXPECT_FALSE(run.cancelled);
  expect_outcome(run, Result::kFail, Reason::kTimeout, Phase::kConnect);
  const std::string port = std::to_string(swallows.port());
  const std::string& message = run.result.outcome.message;
  EXPECT_TRUE(message.starts_with("127.0.0.1:" + port + ": no answer within ")) << message;
  EXPECT_TRUE(message.contains("; 127.0.0.2:" + port + ": no answer within ")) << message;
}

TEST(ConnectFirstTest, EndsAtOnceWhenItIsCancelled) {
  ProbeListener swallows("127.0.0.1", 0);
  swallows.fill();
  ConnectAny check({"127.0.0.1", "127.0.0.2"}, swallows.port());
  ProbeWorld world;
  const ProbeRun run = world.run_and_cancel(check, seconds(20), milliseconds(20));
  EXPECT_TRUE(run.threw);
  EXPECT_LT(run.took, seconds(5));
}

// Runs `body` on a thread with a network of its own; false when that is not permitted.
bool in_private_network(std::uint16_t first, std::uint16_t last,
                        const std::function<void()>& body) {
  bool entered = false;
  std::thread thread([&] {
    entered = test::enter_private_network(first, last);
    if (entered) {
      body();
    }
  });
  thread.join();
  return entered;
}

constexpr const char* kNoNetwork =
    "SKIPPED LOUDLY: no right to make a network namespace (unshare(CLONE_NEWNET))";

TEST(TcpCheckTest, FailsAsUnreachableWithoutARoute) {
  const bool ran = in_private_network(32768, 60999, [] {
    for (const char* address : {"192.0.2.1", "2001:db8::1"}) {
      SCOPED_TRACE(address);
      TcpCheck check(address, 80);
      ProbeWorld world;
      const ProbeRun run = world.run(check, seconds(5));
      expect_outcome(run, Result::kFail, Reason::kUnreachable, Phase::kConnect);
      EXPECT_EQ(run.result.outcome.code, "ENETUNREACH");
    }
  });
  if (!ran) {
    GTEST_SKIP() << kNoNetwork;
  }
}

// With one port to begin at, a connect to that port meets itself: the kernel calls it established.
TEST(TcpCheckTest, DoesNotTakeItselfForAService) {
  const bool ran = in_private_network(40001, 40001, [] {
    TcpCheck check("127.0.0.1", 40001);
    ProbeWorld world;
    expect_outcome(world.run(check, seconds(5)), Result::kFail, Reason::kRefused, Phase::kConnect);
  });
  if (!ran) {
    GTEST_SKIP() << kNoNetwork;
  }
}

TEST(TcpCheckTest, SaysThatTheHostIsOutOfPorts) {
  const bool ran = in_private_network(40001, 40001, [] {
    const ProbeListener listener("127.0.0.1");  // takes the only port
    TcpCheck check("127.0.0.1", listener.port());
    ProbeWorld world;
    const ProbeRun run = world.run(check, seconds(5));
    expect_outcome(run, Result::kUnknown, Reason::kAgent, Phase::kConnect);
    EXPECT_EQ(run.result.outcome.code, "EADDRNOTAVAIL");
  });
  if (!ran) {
    GTEST_SKIP() << kNoNetwork;
  }
}

}  // namespace
}  // namespace hale::checks
