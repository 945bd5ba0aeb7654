// The check against the kernel's own sockets: IPv4, IPv6, both at once, several on one port, those
// of another network, full queues, Unix sockets; and owners in control groups that the test makes.
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "checks/listener_check.h"
#include "checks/sockets/socket_table.h"
#include "tests/support/eventually.h"
#include "tests/support/probe_folder.h"
#include "tests/support/probe_sockets.h"
#include "tests/support/server_process.h"
#include "tests/support/test_socket.h"
#include "tests/support/tun_network.h"
#include "tests/support/type_probe.h"

namespace hale::checks {
namespace {

using monitor::Parameters;
using monitor::Phase;
using monitor::Reason;
using monitor::Result;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::expect_run;
using test::ProbeWorld;
using test::SocketOptions;
using test::TestSocket;
using test::TypeProbe;

constexpr const char* kNoIpv6 = "SKIPPED LOUDLY: this machine has no ::1";
constexpr const char* kNoNetwork = "SKIPPED LOUDLY: no right to make a network namespace";

TypeProbe on_port(std::uint16_t port) {
  TypeProbe probe(listener_descriptor(), {{"port", std::int64_t{port}}});
  return probe;
}

TypeProbe on_path(const std::string& path) {
  return {listener_descriptor(), {{"path", path}}};
}

TypeProbe owned_by(TypeProbe probe, const std::string& key, const std::string& value) {
  Parameters owner;
  owner.set(key, value);
  return probe.with("owner", std::vector<Parameters>{owner});
}

test::ProbeRun run(const TypeProbe& probe) {
  ProbeWorld world;
  return probe.run(world, seconds(5));
}

TEST(ListenerCheckTest, FindsWhoListensAndConnects) {
  const TestSocket socket(SocketOptions{});
  ASSERT_TRUE(socket.valid());
  const std::string where = "127.0.0.1:" + std::to_string(socket.port());
  const auto result = run(on_port(socket.port()));
  expect_run(result, {.message = where});
  EXPECT_EQ(result.peer, where) << "a real connection";
  EXPECT_EQ(test::measured(result, "backlog"), 0);
  EXPECT_EQ(run(on_port(socket.port()).with("connect", false)).peer, "");
  expect_run(run(on_port(socket.port()).with("address", "127.0.0.1")), {});
  expect_run(run(on_port(socket.port()).with("address", "127.0.0.2")),
             {.result = Result::kFail,
              .reason = Reason::kMissing,
              .phase = Phase::kRun,
              .message = "listens on " + where,
              .code = "loopback_only"});
  expect_run(run(on_port(socket.port()).with("protocol", "udp")),
             {.result = Result::kFail, .reason = Reason::kMissing, .phase = Phase::kRun});
}

TEST(ListenerCheckTest, FailsWhereNobodyListens) {
  const test::ClosedPort closed;
  expect_run(run(on_port(closed.port())),
             {.result = Result::kFail,
              .reason = Reason::kMissing,
              .phase = Phase::kRun,
              .message = "nobody listens on port " + std::to_string(closed.port()),
              .code = "not_listening"});
}

TEST(ListenerCheckTest, AWildcardServesEveryAddressOfItsFamily) {
  const TestSocket socket(SocketOptions{.address = "0.0.0.0"});
  ASSERT_TRUE(socket.valid());
  expect_run(run(on_port(socket.port()).with("address", "127.0.0.1")), {.message = "0.0.0.0:"});
  expect_run(run(on_port(socket.port()).with("address", "0.0.0.0")), {.message = "0.0.0.0:"});
  expect_run(run(on_port(socket.port()).with("address", "*")),
             {.result = Result::kFail,
              .reason = Reason::kMissing,
              .phase = Phase::kRun,
              .message = "by IPv6, only on 0.0.0.0:",
              .code = "one_family"});
  expect_run(run(on_port(socket.port()).with("address", "::1")),
             {.result = Result::kFail, .reason = Reason::kMissing, .phase = Phase::kRun});
}

TEST(ListenerCheckTest, TellsDualStackFromIPv6Alone) {
  if (!test::has_address("::1")) {
    GTEST_SKIP() << kNoIpv6;
  }
  const TestSocket dual(SocketOptions{.address = "::"});
  const TestSocket only_v6(SocketOptions{.address = "::", .only_v6 = true});
  ASSERT_TRUE(dual.valid() && only_v6.valid());
  expect_run(run(on_port(dual.port()).with("address", "*")), {.message = "*:"});
  expect_run(run(on_port(dual.port()).with("address", "127.0.0.1")), {.message = "*:"});
  expect_run(run(on_port(only_v6.port()).with("address", "::1")), {.message = "[::]:"});
  expect_run(run(on_port(only_v6.port()).with("address", "127.0.0.1")),
             {.result = Result::kFail, .reason = Reason::kMissing, .phase = Phase::kRun});
  expect_run(run(on_port(only_v6.port()).with("address", "*")),
             {.result = Result::kFail,
              .reason = Reason::kMissing,
              .phase = Phase::kRun,
              .message = "by IPv4, only on [::]:"});
}

TEST(ListenerCheckTest, SeveralSocketsOfOneOwnerOnOnePortAreFine) {
  const TestSocket first(SocketOptions{.reuse_port = true});
  const TestSocket second(SocketOptions{.port = first.port(), .reuse_port = true});
  ASSERT_TRUE(first.valid() && second.valid());
  const TypeProbe probe = owned_by(on_port(first.port()), "executable",
                                   std::filesystem::read_symlink("/proc/self/exe"));
  expect_run(run(probe), {});
}

TEST(ListenerCheckTest, AWrongOwnerIsAConflictAlthoughItAnswers) {
  const TestSocket socket(SocketOptions{});
  ASSERT_TRUE(socket.valid());
  expect_run(run(owned_by(on_port(socket.port()), "executable", "/usr/sbin/nginx")),
             {.result = Result::kFail,
              .reason = Reason::kConflict,
              .phase = Phase::kEvaluate,
              .message = "(pid " + std::to_string(::getpid()),
              .code = "other_owner"});
  expect_run(run(owned_by(on_port(socket.port()), "user", std::to_string(::geteuid()))), {});
  expect_run(run(owned_by(on_port(socket.port()), "user", std::to_string(::geteuid() + 1))),
             {.result = Result::kFail, .reason = Reason::kConflict, .phase = Phase::kEvaluate});
  expect_run(run(owned_by(on_port(socket.port()), "user", "no-such-user")),
             {.result = Result::kUnknown,
              .reason = Reason::kMissing,
              .phase = Phase::kRun,
              .message = "there is no user no-such-user"});
}

TEST(ListenerCheckTest, AFullQueueIsMeasuredAndDoesNotAnswer) {
  test::ProbeListener listener("127.0.0.1", 2);
  listener.fill();
  ProbeWorld world;
  const auto result = on_port(listener.port()).run(world, milliseconds(800));
  expect_run(result, {.result = Result::kFail,
                      .reason = Reason::kTimeout,
                      .phase = Phase::kConnect,
                      .message = "3 of 2 wait to be accepted"});
  EXPECT_EQ(test::measured(result, "backlog"), 3);
  EXPECT_EQ(result.result.measurements.at(0).total, 2);
}

TEST(ListenerCheckTest, FindsUdpThatWaitsForAnybody) {
  const TestSocket socket(SocketOptions{.udp = true});
  ASSERT_TRUE(socket.valid());
  const auto probe = on_port(socket.port()).with("protocol", "udp");
  const auto result = run(probe);
  expect_run(result, {.message = "127.0.0.1:"});
  EXPECT_TRUE(result.result.measurements.empty());
  socklen_t size = 0;
  const auto peer = test::make_address("127.0.0.1", 9, size);
  ASSERT_EQ(::connect(socket.fd(), &peer.any, size), 0);
  expect_run(run(probe),
             {.result = Result::kFail, .reason = Reason::kMissing, .phase = Phase::kRun});
}

TEST(ListenerCheckTest, LooksAtItsOwnNetworkOnly) {
  std::unique_ptr<TestSocket> inside;
  const bool made = test::in_private_network([&] {
    inside = std::make_unique<TestSocket>(SocketOptions{});
    expect_run(run(on_port(inside->port())), {});
  });
  if (!made) {
    GTEST_SKIP() << kNoNetwork;
  }
  expect_run(run(on_port(inside->port())),
             {.result = Result::kFail, .reason = Reason::kMissing, .phase = Phase::kRun});
}

TEST(ListenerCheckTest, FindsUnixSocketsOfEveryKind) {
  const test::ProbeFolder folder;
  const std::string abstract = "@hale-test-" + std::to_string(::getpid());
  for (const int type : {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM}) {
    SCOPED_TRACE(type);
    const std::string path = folder.path() / std::to_string(type);
    const TestSocket file(path, type);
    const TestSocket name(abstract, type);
    ASSERT_TRUE(file.valid() && name.valid());
    expect_run(run(on_path(path)), {.message = path});
    expect_run(run(on_path(abstract)), {.message = abstract});
  }
  expect_run(run(on_path(abstract)), {.result = Result::kFail,
                                      .reason = Reason::kMissing,
                                      .phase = Phase::kRun,
                                      .message = "nobody listens on " + abstract});
}

TEST(ListenerCheckTest, NoticesThatTheFileOfAUnixSocketIsNotItsOwn) {
  const test::ProbeFolder folder;
  const std::string path = folder.path() / "x.sock";
  const TestSocket first(path, SOCK_STREAM);
  ASSERT_TRUE(first.valid());
  ASSERT_TRUE(std::filesystem::remove(path));
  expect_run(run(on_path(path)), {.result = Result::kFail,
                                  .reason = Reason::kMissing,
                                  .phase = Phase::kConnect,
                                  .message = "x.sock was removed since",
                                  .code = "removed"});
  folder.write("x.sock", "");
  expect_run(run(on_path(path)), {.result = Result::kFail,
                                  .reason = Reason::kMissing,
                                  .phase = Phase::kConnect,
                                  .code = "replaced"});
}

// A /proc in which this process is a service, and foreign descriptors are out of sight.
TEST(ListenerCheckTest, AUnixSocketNamesItsOwnerToWhoeverConnects) {
  const test::ProbeFolder folder;
  const std::string path = folder.path() / "x.sock";
  const TestSocket socket(path, SOCK_STREAM);
  ASSERT_TRUE(socket.valid());
  const std::string self = std::to_string(::getpid());
  folder.write("self/stat", "");
  folder.write("uptime", "1000.00 1.0\n");
  folder.write(self + "/stat",
               self + " (athena) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 1 2 0 0 0\n");
  folder.write(self + "/status", "Uid:\t0\t0\t0\t0\n");
  folder.write(self + "/cgroup", "0::/system.slice/athena.service\n");
  const auto run_there = [&](const TypeProbe& probe) {
    ProbeWorld world(folder.path());
    return probe.run(world, seconds(5));
  };
  expect_run(run_there(owned_by(on_path(path), "unit", "athena.service")),
             {.message = "athena.service (pid " + self});
  expect_run(run_there(owned_by(on_path(path), "unit", "nelson.service")),
             {.result = Result::kFail,
              .reason = Reason::kConflict,
              .phase = Phase::kEvaluate,
              .message = "is held by athena.service (pid " + self});
  expect_run(run_there(owned_by(on_path(path).with("connect", false), "unit", "athena.service")),
             {.result = Result::kUnknown,
              .reason = Reason::kPermission,
              .phase = Phase::kRun,
              .message = "CAP_SYS_PTRACE"});
  // Began after the socket was made: another one that got its number.
  folder.write("uptime", "0.01 1.0\n");
  const timespec long_ago[2] = {{.tv_sec = 1000, .tv_nsec = 0}, {.tv_sec = 1000, .tv_nsec = 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), long_ago, 0), 0);
  expect_run(run_there(owned_by(on_path(path), "unit", "athena.service")),
             {.result = Result::kUnknown, .reason = Reason::kPermission, .phase = Phase::kRun});
}

TEST(ListenerCheckTest, AFullQueueOfAUnixSocketIsOverload) {
  const test::ProbeFolder folder;
  const std::string path = folder.path() / "x.sock";
  const TestSocket socket(path, SOCK_STREAM, 0);
  ASSERT_TRUE(socket.valid());
  expect_run(run(on_path(path)), {});  // leaves its connection in the queue
  expect_run(run(on_path(path)), {.result = Result::kFail,
                                  .reason = Reason::kOverloaded,
                                  .phase = Phase::kConnect,
                                  .code = "EAGAIN"});
}

TEST(ListenerCheckTest, AnOutcomeComesAtOnceWhenTheRunIsCancelled) {
  test::ProbeListener listener("127.0.0.1", 1);
  listener.fill();
  ProbeWorld world;
  const auto result = on_port(listener.port()).run_and_cancel(world, seconds(20), milliseconds(50));
  EXPECT_TRUE(result.cancelled);
}

TEST(SocketTableTest, TheKernelsTextTellsTheSameSockets) {
  const TestSocket tcp(SocketOptions{});
  const TestSocket udp(SocketOptions{.udp = true});
  const test::ProbeFolder folder;
  const TestSocket path(folder.path() / "x.sock", SOCK_STREAM);
  SocketTable by_diag("/proc", "/sys");
  SocketTable by_text("/proc", "/sys");
  by_text.use_files_only();
  const auto diag = by_diag.read();
  const auto text = by_text.read();
  ASSERT_TRUE(diag && text);
  const auto knows = [](const std::vector<Listener>& listeners, const std::string& where) {
    return std::ranges::any_of(listeners, [&](const Listener& l) { return to_string(l) == where; });
  };
  for (const auto* listeners : {&*diag, &*text}) {
    EXPECT_TRUE(knows(*listeners, "127.0.0.1:" + std::to_string(tcp.port())));
    EXPECT_TRUE(knows(*listeners, "127.0.0.1:" + std::to_string(udp.port())));
    EXPECT_TRUE(knows(*listeners, folder.path() / "x.sock"));
  }
}

// Servers in control groups that are called as systemd calls those of its units.
class ListenerOwnerInGroupTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* root : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
      if (std::filesystem::exists(std::string(root) + "/cgroup.procs") &&
          std::filesystem::exists(std::string(root) + "/cgroup.controllers")) {
        base_ = std::string(root) + "/hale_test_" + std::to_string(::getpid());
      }
    }
    std::error_code error;
    python_ = test::program_at({"/usr/bin/python3"});
    if (base_.empty() || python_.empty() || !std::filesystem::create_directory(base_, error)) {
      base_.clear();
      GTEST_SKIP() << "SKIPPED LOUDLY: no right to make control groups, or no python3";
    }
  }
  void TearDown() override {
    for (auto& server : servers_) {
      server.reset();
    }
    for (auto group = groups_.rbegin(); group != groups_.rend(); ++group) {
      EXPECT_TRUE(testing::eventually([&] {
        std::error_code error;
        return std::filesystem::remove(*group, error);
      })) << *group;
    }
    if (!base_.empty()) {
      std::error_code error;
      std::filesystem::remove(base_, error);
    }
  }

  // A server in a group of this name; it reuses the port, as another one may already have it.
  bool serve(const std::string& unit, std::uint16_t port, const std::string& address) {
    const std::string group = base_ + "/" + unit;
    std::error_code error;
    if (std::filesystem::create_directory(group, error)) {
      groups_.push_back(group);
    }
    const std::string marker = folder_.path() / ("ready" + std::to_string(servers_.size()));
    const std::string script =
        "import socket, sys, time\n"
        "s = socket.socket()\n"
        "s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)\n"
        "s.bind((sys.argv[1], int(sys.argv[2])))\n"
        "s.listen()\n"
        "open(sys.argv[3], 'w').close()\n"
        "while True:\n  s.accept()[0].close()\n";
    servers_.push_back(std::make_unique<test::ServerProcess>(std::vector<std::string>{
        "/bin/sh", "-c", "echo $$ > \"$0/cgroup.procs\" && exec \"$@\"", group, python_, "-c",
        script, address, std::to_string(port), marker}));
    return testing::eventually([&] { return std::filesystem::exists(marker); }, seconds(20));
  }

  std::string base_;
  std::string python_;
  test::ProbeFolder folder_;
  std::vector<std::string> groups_;
  std::vector<std::unique_ptr<test::ServerProcess>> servers_;
};

TEST_F(ListenerOwnerInGroupTest, TheOwnerIsTheUnitThatMadeTheSocket) {
  const std::uint16_t port = test::free_port();
  ASSERT_TRUE(serve("athena-dashboard.service", port, "127.0.0.1"));
  expect_run(run(owned_by(on_port(port), "unit", "athena-dashboard.service")),
             {.message = "athena-dashboard.service"});
  const std::string text = "port " + std::to_string(port) + " is held by athena-dashboard.service";
  const auto wrong = run(owned_by(on_port(port), "unit", "nelson-dashboard.service"));
  expect_run(wrong, {.result = Result::kFail,
                     .reason = Reason::kConflict,
                     .phase = Phase::kEvaluate,
                     .message = text,
                     .code = "other_owner"});
  EXPECT_TRUE(wrong.result.outcome.message.ends_with("), not nelson-dashboard.service"))
      << wrong.result.outcome.message;
}

TEST_F(ListenerOwnerInGroupTest, ASocketUnitListensForItsService) {
  const std::uint16_t port = test::free_port();
  ASSERT_TRUE(serve("athena.socket", port, "127.0.0.1"));
  const auto result = run(owned_by(on_port(port), "unit", "athena"));
  expect_run(result, {.message = "athena.socket"});
  EXPECT_EQ(result.peer, "") << "a connection would start the service";
}

TEST_F(ListenerOwnerInGroupTest, TwoOwnersOfOnePortAreAConflict) {
  const std::uint16_t port = test::free_port();
  ASSERT_TRUE(serve("athena.service", port, "127.0.0.1"));
  ASSERT_TRUE(serve("nelson.service", port, "127.0.0.1"));
  expect_run(run(on_port(port)), {.result = Result::kFail,
                                  .reason = Reason::kConflict,
                                  .phase = Phase::kEvaluate,
                                  .message = "is shared by ",
                                  .code = "shared"});
  expect_run(run(owned_by(on_port(port), "unit", "nelson.service")),
             {.result = Result::kFail,
              .reason = Reason::kConflict,
              .phase = Phase::kEvaluate,
              .message = "is also held by athena.service",
              .code = "shared"});
}

TEST_F(ListenerOwnerInGroupTest, ALoopbackListenerShadowsTheWildcard) {
  const std::uint16_t port = test::free_port();
  ASSERT_TRUE(serve("athena.service", port, "0.0.0.0"));
  ASSERT_TRUE(serve("nelson.service", port, "127.0.0.1"));
  expect_run(run(owned_by(on_port(port).with("address", "0.0.0.0"), "unit", "athena.service")),
             {.result = Result::kFail,
              .reason = Reason::kConflict,
              .phase = Phase::kEvaluate,
              .message = "takes what is meant for athena.service on 0.0.0.0:",
              .code = "shadowed"});
  // The other way round: what is sent to the loopback does not come to the wildcard.
  expect_run(run(owned_by(on_port(port).with("address", "127.0.0.1"), "unit", "athena.service")),
             {.result = Result::kFail,
              .reason = Reason::kConflict,
              .phase = Phase::kEvaluate,
              .message = "is held by nelson.service",
              .code = "other_owner"});
  expect_run(run(owned_by(on_port(port).with("address", "127.0.0.2"), "unit", "athena.service")),
             {});
}

TEST_F(ListenerOwnerInGroupTest, AClaimLivesAsLongAsItsCheck) {
  const TestSocket socket(SocketOptions{});
  ProbeWorld world;
  auto& claims = world.services().shared<ListenerClaims>();
  {
    const auto check = owned_by(on_port(socket.port()), "unit", "nelson").make();
    world.run(*check, seconds(5));
    world.run(*check, seconds(5));
    ASSERT_EQ(claims.all().size(), 1U);
    EXPECT_EQ(claims.all()[0].unit, "nelson.service");
    EXPECT_EQ(claims.all()[0].where.port, socket.port());
  }
  EXPECT_TRUE(claims.all().empty());
}

}  // namespace
}  // namespace hale::checks
