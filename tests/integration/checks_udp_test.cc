// The udp check against sockets that answer, swallow, refuse or answer something else.
#include <chrono>
#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "checks/udp_check.h"
#include "tests/support/probe_sockets.h"
#include "tests/support/probe_world.h"
#include "tests/support/scripted_datagrams.h"

namespace hale::checks {
namespace {

using monitor::Phase;
using monitor::Reason;
using monitor::Result;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::ProbeRun;
using test::ProbeWorld;
using test::ScriptedDatagram;
using test::ScriptedDatagrams;

using ByteList = std::vector<std::uint8_t>;

UdpSettings talk_to(std::uint16_t port, const char* expect = nullptr) {
  UdpSettings settings;
  settings.host = "127.0.0.1";
  settings.port = port;
  settings.payload = {'p', 'i', 'n', 'g'};
  settings.wait = milliseconds(200);
  if (expect != nullptr) {
    settings.expect = Pattern::compile(expect).value();
  }
  return settings;
}

ProbeRun run(UdpSettings settings, monitor::Duration timeout = seconds(5)) {
  UdpCheck check(std::move(settings));
  ProbeWorld world;
  return world.run(check, timeout);
}

void expect_outcome(const ProbeRun& run, Result result, Reason reason, Phase phase) {
  const monitor::Outcome& outcome = run.result.outcome;
  EXPECT_FALSE(run.threw);
  EXPECT_FALSE(run.cancelled);
  EXPECT_EQ(to_string(outcome.result), to_string(result)) << outcome.message;
  EXPECT_EQ(to_string(outcome.reason), to_string(reason)) << outcome.message;
  EXPECT_EQ(to_string(outcome.phase), to_string(phase)) << outcome.message;
}

std::vector<ScriptedDatagram> echo(const ByteList& question) {
  return {{.bytes = question}};
}

std::uint16_t closed_port() {
  const ScriptedDatagrams gone;
  return gone.port();
}

TEST(UdpCheckTest, PassesWhereTheAnswerMatches) {
  const ScriptedDatagrams peer(echo);
  const ProbeRun result = run(talk_to(peer.port(), "^p.*g$"));
  expect_outcome(result, Result::kPass, Reason::kNone, Phase::kNone);
  EXPECT_TRUE(result.result.outcome.message.starts_with("answered with 4 bytes in "))
      << result.result.outcome.message;
  EXPECT_EQ(result.peer, "127.0.0.1:" + std::to_string(peer.port()));
}

TEST(UdpCheckTest, MatchesBytesThatAreNoText) {
  const ScriptedDatagrams peer([](const ByteList&) { return echo({0xFF, 0x00, '\n', 0x80}); });
  expect_outcome(run(talk_to(peer.port(), "^\\xff\\x00\\n\\x80$")), Result::kPass, Reason::kNone,
                 Phase::kNone);
}

TEST(UdpCheckTest, FailsWhereTheAnswerIsAnother) {
  const ScriptedDatagrams peer(echo);
  const ProbeRun result = run(talk_to(peer.port(), "pong"));
  expect_outcome(result, Result::kFail, Reason::kValidation, Phase::kEvaluate);
  EXPECT_EQ(result.result.outcome.message,
            "the answer of 4 bytes does not match \"pong\": \"ping\"");
  EXPECT_EQ(result.result.excerpt, "ping");
}

TEST(UdpCheckTest, FailsAsTimeoutWhereNothingComes) {
  const ScriptedDatagrams peer;
  const ProbeRun result = run(talk_to(peer.port(), ".*"), milliseconds(300));
  expect_outcome(result, Result::kFail, Reason::kTimeout, Phase::kFirstByte);
  EXPECT_LT(result.took, milliseconds(350));
}

TEST(UdpCheckTest, IsRefusedWhereNobodyListens) {
  for (const char* expect : {"x", static_cast<const char*>(nullptr)}) {
    const ProbeRun result = run(talk_to(closed_port(), expect));
    expect_outcome(result, Result::kFail, Reason::kRefused, Phase::kFirstByte);
    EXPECT_EQ(result.result.outcome.code, "ECONNREFUSED");
  }
}

TEST(UdpCheckTest, SaysThatItKnowsLittleWithoutExpect) {
  const ScriptedDatagrams peer;
  const ProbeRun result = run(talk_to(peer.port()));
  expect_outcome(result, Result::kPass, Reason::kNone, Phase::kNone);
  EXPECT_EQ(result.result.outcome.message,
            "not refused within 200 ms; without `expect`, no more is known");
  EXPECT_EQ(peer.questions(), 1);
  EXPECT_LT(result.took, seconds(2));
}

TEST(UdpCheckTest, TakesAnyAnswerWithoutExpect) {
  const ScriptedDatagrams peer(echo);
  const ProbeRun result = run(talk_to(peer.port()));
  EXPECT_TRUE(result.result.outcome.message.starts_with("answered with 4 bytes in "));
}

TEST(UdpCheckTest, IgnoresAnswersFromElsewhere) {
  const ScriptedDatagrams peer([](const ByteList& question) {
    return std::vector<ScriptedDatagram>{{.bytes = question, .from_elsewhere = true}};
  });
  expect_outcome(run(talk_to(peer.port(), ".*"), milliseconds(300)), Result::kFail,
                 Reason::kTimeout, Phase::kFirstByte);
}

TEST(UdpCheckTest, SendsAsOftenAsItMay) {
  int asked = 0;
  const ScriptedDatagrams peer([&asked](const ByteList& question) {
    return ++asked < 3 ? std::vector<ScriptedDatagram>{} : echo(question);
  });
  UdpSettings settings = talk_to(peer.port(), "ping");
  settings.tries = 3;
  expect_outcome(run(settings, seconds(1)), Result::kPass, Reason::kNone, Phase::kNone);
  EXPECT_EQ(peer.questions(), 3);
}

TEST(UdpCheckTest, TalksToAnIPv6Address) {
  if (!test::has_address("::1")) {
    GTEST_SKIP() << "SKIPPED LOUDLY: this machine has no ::1";
  }
  const ScriptedDatagrams peer(echo, "::1");
  UdpSettings settings = talk_to(peer.port(), "ping");
  settings.host = "::1";
  expect_outcome(run(settings), Result::kPass, Reason::kNone, Phase::kNone);
}

TEST(UdpCheckTest, SaysThatAHostHasNoAddressOfThatFamily) {
  UdpSettings settings = talk_to(9);
  settings.family = Family::kIpv6;
  const ProbeRun result = run(settings);
  expect_outcome(result, Result::kFail, Reason::kDns, Phase::kResolve);
  EXPECT_EQ(result.result.outcome.message, "127.0.0.1 has no IPv6 address");
}

TEST(UdpCheckTest, EndsAtOnceWhenItIsCancelled) {
  const ScriptedDatagrams peer;
  UdpCheck check(talk_to(peer.port(), "x"));
  ProbeWorld world;
  const ProbeRun result = world.run_and_cancel(check, seconds(20), milliseconds(50));
  EXPECT_TRUE(result.threw);
  EXPECT_LT(result.took, seconds(5));
}

}  // namespace
}  // namespace hale::checks
