// The grpc check against a server of the gRPC project, and against some that are none.
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "checks/grpc_check.h"
#include "tests/support/certificates.h"
#include "tests/support/default_parameters.h"
#include "tests/support/probe_folder.h"
#include "tests/support/probe_sockets.h"
#include "tests/support/probe_world.h"
#include "tests/support/scripted_server.h"
#include "tests/support/server_process.h"

namespace hale::checks {
namespace {

using monitor::Text;
using monitor::TextMap;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::ProbeRun;
using test::ProbeWorld;
using test::ScriptedPeer;
using test::ScriptedServer;

monitor::Parameters parameters(std::uint16_t port, const std::string& service = "") {
  monitor::Parameters made = test::default_parameters(grpc_descriptor().keys);
  made.set("host", std::string("127.0.0.1"));
  made.set("port", std::int64_t{port});
  made.set("service", service);
  return made;
}

ProbeRun probe(const monitor::Parameters& given, monitor::Duration timeout = seconds(10)) {
  ProbeWorld world;
  const auto check = grpc_descriptor().make(given);
  EXPECT_TRUE(check.has_value());
  return world.run(**check, timeout);
}

// "fail status NOT_SERVING"
std::string summary(const ProbeRun& run) {
  const monitor::Outcome& outcome = run.result.outcome;
  std::string text(to_string(outcome.result));
  for (const std::string_view part : {to_string(outcome.reason), std::string_view(outcome.code)}) {
    text += part.empty() ? "" : " " + std::string(part);
  }
  return text;
}

class GrpcServerTest : public testing::Test {
 protected:
  void start(const std::string& kind, std::vector<std::string> more = {}) {
    constexpr const char* kPython = "/usr/bin/python3";
    if (std::system("/usr/bin/python3 -c 'import grpc' 2> /dev/null") != 0) {
      GTEST_SKIP() << "SKIPPED LOUDLY: python3-grpcio is not installed";
    }
    std::vector<std::string> command = {kPython,
                                        HALE_SOURCE_DIR "/tests/integration/grpc_health_server.py",
                                        std::to_string(port_), kind};
    command.insert(command.end(), more.begin(), more.end());
    server_ = std::make_unique<test::ServerProcess>(command);
    ASSERT_TRUE(server_->wait_for(port_));
  }

  std::uint16_t port_ = test::free_port();
  std::unique_ptr<test::ServerProcess> server_;
};

TEST_F(GrpcServerTest, TellsHowAServiceIs) {
  start("plain");
  struct Case {
    std::string service;
    std::string_view summary;
    std::string_view message;
  };
  const std::vector<Case> cases = {
      {"", "pass", "the server is serving"},
      {"up", "pass", "service \"up\" is serving"},
      {"down", "fail status NOT_SERVING", "service \"down\" is not serving"},
      {"odd", "fail status UNKNOWN", "service \"odd\" does not know how it is"},
      {"nope", "fail missing NOT_FOUND",
       "the server knows no service \"nope\" (NOT_FOUND: unknown service)"},
      {"secret", "fail auth UNAUTHENTICATED",
       "the server refuses to tell (UNAUTHENTICATED: who are you?)"},
      {"busy", "fail overloaded RESOURCE_EXHAUSTED",
       "the server has too much to do (RESOURCE_EXHAUSTED: 50% busy: zu viel)"},
      {"broken", "fail protocol", "the answer is no HealthCheckResponse"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.service);
    const ProbeRun run = probe(parameters(port_, c.service));
    EXPECT_EQ(summary(run), c.summary);
    EXPECT_EQ(run.result.outcome.message, c.message);
  }
  monitor::Parameters with_key = parameters(port_, "secret");
  with_key.set("metadata", TextMap{{"x-key", Text{.value = "sesame", .secret = true}}});
  EXPECT_EQ(summary(probe(with_key)), "pass");
}

TEST_F(GrpcServerTest, HoldsTheDeadlineWhereTheServerIsSlow) {
  start("plain");
  const ProbeRun run = probe(parameters(port_, "slow"), milliseconds(500));
  EXPECT_TRUE(summary(run).starts_with("fail timeout")) << summary(run);
  EXPECT_LT(run.took, milliseconds(550));
}

TEST_F(GrpcServerTest, SaysThatAServerHasNoHealthChecks) {
  start("nothing");
  const ProbeRun run = probe(parameters(port_));
  EXPECT_EQ(summary(run), "unknown unsupported UNIMPLEMENTED") << run.result.outcome.message;
}

TEST_F(GrpcServerTest, SpeaksTls) {
  const test::MadeCertificate authority = test::make_authority();
  const test::MadeCertificate certificate({}, &authority);
  const test::ProbeFolder folder;
  start("tls", {folder.write("key.pem", certificate.key_pem()),
                folder.write("certificate.pem", certificate.pem())});
  monitor::Parameters given = parameters(port_, "up");
  test::set_in(given, "tls", "enabled", true);
  test::set_in(given, "tls", "ca_file", folder.write("ca.pem", authority.pem()));
  ProbeRun run = probe(given);
  EXPECT_EQ(summary(run), "pass") << run.result.outcome.message;
  ASSERT_EQ(run.result.measurements.size(), 1U);
  EXPECT_EQ(run.result.measurements[0].name, "certificate_expires_in");
  test::set_in(given, "tls", "ca_file",
               folder.write("other.pem", test::make_authority("Other").pem()));
  run = probe(given);
  EXPECT_TRUE(summary(run).starts_with("fail certificate")) << summary(run);
}

TEST(GrpcCheckTest, TellsApartWhatIsNoGrpc) {
  struct Case {
    std::string_view name;
    ScriptedServer::Script script;
    std::string_view summary;
  };
  const std::vector<Case> cases = {
      {"HTTP/1.1",
       [](ScriptedPeer& peer) {
         peer.read_request();
         peer.send(test::http_answer("hello"));
       },
       "fail protocol"},
      {"SSH",
       [](ScriptedPeer& peer) {
         peer.send("SSH-2.0-OpenSSH_9.2p1\r\n");
         peer.wait_until_closed();
       },
       "fail protocol"},
      {"closes", [](ScriptedPeer& peer) { peer.read_some(); }, "fail reset"},
      {"swallows", [](ScriptedPeer& peer) { peer.wait_until_closed(); }, "fail timeout"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const ScriptedServer server(c.script);
    const ProbeRun run = probe(parameters(server.port()), milliseconds(500));
    EXPECT_TRUE(summary(run).starts_with(c.summary))
        << summary(run) << ": " << run.result.outcome.message;
    EXPECT_LT(run.took, milliseconds(550));
  }
  const test::ClosedPort closed;
  EXPECT_EQ(summary(probe(parameters(closed.port()))), "fail refused ECONNREFUSED");
}

}  // namespace
}  // namespace hale::checks
