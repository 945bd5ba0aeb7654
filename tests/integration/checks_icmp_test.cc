// The icmp check against the loopback, and in a network whose hosts and routers the test plays.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "checks/icmp/packet.h"
#include "checks/icmp_check.h"
#include "tests/support/probe_sockets.h"
#include "tests/support/probe_world.h"
#include "tests/support/tun_network.h"

namespace hale::checks {
namespace {

using monitor::Phase;
using monitor::Reason;
using monitor::Result;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::in_private_network;
using test::ProbeRun;
using test::ProbeWorld;
using test::TunNetwork;

using Packet = TunNetwork::Packet;
using Packets = std::vector<Packet>;

constexpr const char* kNoNetwork =
    "SKIPPED LOUDLY: no right to make a network namespace and a device in it";

IcmpSettings pinging(const std::string& host) {
  IcmpSettings settings;
  settings.host = host;
  settings.spacing = milliseconds(5);
  settings.wait = milliseconds(200);
  return settings;
}

ProbeRun run(IcmpSettings settings, monitor::Duration timeout = seconds(5)) {
  IcmpCheck check(std::move(settings));
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

std::optional<double> measured(const ProbeRun& run, std::string_view name) {
  for (const monitor::Measurement& measurement : run.result.measurements) {
    if (measurement.name == name) {
      return measurement.value;
    }
  }
  return std::nullopt;
}

// Who may use sockets for echoes, in the network of this thread.
void allow_groups(const char* range) {
  std::ofstream("/proc/sys/net/ipv4/ping_group_range") << range << std::flush;
}

// Once with the kernel's sockets for echoes, once with raw ones.
bool with_both_sockets(const std::function<void()>& body) {
  bool ran = true;
  for (const char* range : {"0 2147483647", "1 0"}) {
    SCOPED_TRACE(std::string("ping_group_range ") + range);
    ran = ran && in_private_network([range, &body] {
            allow_groups(range);
            body();
          });
  }
  return ran;
}

// --- What the others in the network say.

void set_checksum(Packet& packet, std::size_t begin, std::size_t end, std::size_t at) {
  packet[at] = 0;
  packet[at + 1] = 0;
  const std::uint16_t sum = icmp::checksum(icmp::Bytes(packet).subspan(begin, end - begin));
  packet[at] = static_cast<std::uint8_t>(sum >> 8U);
  packet[at + 1] = static_cast<std::uint8_t>(sum & 0xFFU);
}

Packet reply_to(Packet packet, const std::function<void(Packet&)>& change = {}) {
  std::swap_ranges(packet.begin() + 12, packet.begin() + 16, packet.begin() + 16);
  packet[8] = 57;  // time to live
  packet[20] = 0;  // an echo reply
  if (change) {
    change(packet);
  }
  set_checksum(packet, 0, 20, 10);
  set_checksum(packet, 20, packet.size(), 22);
  return packet;
}

// 192.0.2.254 complains of the packet. `information` is the word behind the checksum.
Packet complaint_of(const Packet& packet, std::uint8_t type, std::uint8_t code,
                    std::uint16_t information = 0) {
  const std::size_t quoted = std::min<std::size_t>(packet.size(), 28);
  Packet error = {0x45, 0, 0, static_cast<std::uint8_t>(28 + quoted),
                  0,    0, 0, 0,
                  64,   1, 0, 0,
                  192,  0, 2, 254,
                  192,  0, 2, 1};
  error.insert(error.end(), {type, code, 0, 0, 0, 0, static_cast<std::uint8_t>(information >> 8U),
                             static_cast<std::uint8_t>(information & 0xFFU)});
  error.insert(error.end(), packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(quoted));
  set_checksum(error, 0, 20, 10);
  set_checksum(error, 20, error.size(), 22);
  return error;
}

struct Neighbour {
  const char* what;
  TunNetwork::Script script;
  Result result;
  Reason reason;
  Phase phase;
  std::string message;  // part of it
  std::optional<double> loss;
};

std::vector<Neighbour> neighbours() {
  using Change = std::function<void(Packet&)>;
  const auto change = [](Change how) {
    return [how](const Packet& packet) { return Packets{reply_to(packet, how)}; };
  };
  return {
      {"answers", change({}), Result::kPass, Reason::kNone, Phase::kNone,
       "4 of 4 packets came back, in ", 0},
      {"swallows", [](const Packet&) { return Packets{}; }, Result::kFail, Reason::kTimeout,
       Phase::kFirstByte, "no reply to 4 packets within 200 ms", 1},
      {"answers every other",
       [](const Packet& packet) {
         return packet[27] % 2 == 0 ? Packets{reply_to(packet)} : Packets{};
       },
       Result::kPass, Reason::kNone, Phase::kNone, "2 of 4 packets came back, in ", 0.5},
      {"answers a hundred times",
       [](const Packet& packet) { return Packets(100, reply_to(packet)); }, Result::kPass,
       Reason::kNone, Phase::kNone, "4 of 4 packets came back", 0},
      {"answers with other data", change([](Packet& packet) { packet[60] ^= 1U; }), Result::kFail,
       Reason::kValidation, Phase::kEvaluate, "the data of 4 of 4 replies", 0},
      {"answers with less data",
       [](const Packet& packet) {
         Packet cut = packet;
         cut.resize(40);
         cut[3] = 40;
         return Packets{reply_to(cut)};
       },
       Result::kFail, Reason::kValidation, Phase::kEvaluate, "the data of 4 of 4 replies", 0},
      {"answers somebody else's nonce", change([](Packet& packet) { packet[28] ^= 1U; }),
       Result::kFail, Reason::kTimeout, Phase::kFirstByte, "no reply", 1},
      {"answers with another id", change([](Packet& packet) { packet[25] ^= 1U; }), Result::kFail,
       Reason::kTimeout, Phase::kFirstByte, "no reply", 1},
      {"answers what was never asked", change([](Packet& packet) { packet[26] = 99; }),
       Result::kFail, Reason::kTimeout, Phase::kFirstByte, "no reply", 1},
      {"is behind a router that cannot reach it",
       [](const Packet& packet) { return Packets{complaint_of(packet, 3, 1)}; }, Result::kFail,
       Reason::kUnreachable, Phase::kFirstByte, "192.0.2.254 says: host unreachable", 1},
      {"is too far away", [](const Packet& packet) { return Packets{complaint_of(packet, 11, 0)}; },
       Result::kFail, Reason::kUnreachable, Phase::kFirstByte,
       "192.0.2.254 says: the time to live ran out", 1},
      {"is forbidden", [](const Packet& packet) { return Packets{complaint_of(packet, 3, 13)}; },
       Result::kFail, Reason::kUnreachable, Phase::kFirstByte,
       "192.0.2.254 says: forbidden by a filter", 1},
      {"is behind a narrow path",
       [](const Packet& packet) { return Packets{complaint_of(packet, 3, 4, 1300)}; },
       Result::kFail, Reason::kUnreachable, Phase::kFirstByte,
       "192.0.2.254 says: too large to go on without being cut (1300 bytes fit", 1},
      {"is complained of once",
       [](const Packet& packet) {
         return packet[27] == 0 ? Packets{complaint_of(packet, 3, 1)} : Packets{reply_to(packet)};
       },
       Result::kPass, Reason::kNone, Phase::kNone, "192.0.2.254 says: host unreachable", 0.25},
      {"is complained of by somebody who quotes another packet",
       [](const Packet& packet) {
         Packet other = packet;
         other[25] ^= 1U;
         return Packets{complaint_of(other, 3, 1)};
       },
       Result::kFail, Reason::kTimeout, Phase::kFirstByte, "no reply", 1},
  };
}

TEST(IcmpCheckTest, TellsWhatBecameOfItsPackets) {
  const bool ran = with_both_sockets([] {
    for (const Neighbour& c : neighbours()) {
      SCOPED_TRACE(c.what);
      const auto network = TunNetwork::make(c.script);
      ASSERT_TRUE(network) << "a network namespace, but no tun device";
      IcmpSettings settings = pinging("192.0.2.9");
      settings.count = 4;
      settings.socket.dont_fragment = true;
      const ProbeRun result = run(settings);
      expect_outcome(result, c.result, c.reason, c.phase);
      EXPECT_TRUE(result.result.outcome.message.contains(c.message))
          << result.result.outcome.message;
      EXPECT_EQ(measured(result, "loss"), c.loss);
      EXPECT_EQ(result.peer, "192.0.2.9");
      if (c.loss < 1) {
        EXPECT_EQ(measured(result, "ttl"), 57);
        EXPECT_GT(measured(result, "rtt"), 0);
        EXPECT_GE(measured(result, "rtt_max"), measured(result, "rtt"));
      }
      EXPECT_LT(result.took, seconds(2));
    }
  });
  if (!ran) {
    GTEST_SKIP() << kNoNetwork;
  }
}

TEST(IcmpCheckTest, PingsTheLoopbackInBothVersions) {
  const bool ran = with_both_sockets([] {
    for (const char* host : {"127.0.0.1", "::1"}) {
      SCOPED_TRACE(host);
      if (!test::has_address(host)) {
        continue;
      }
      IcmpSettings settings = pinging(host);
      settings.size = 1000;
      const ProbeRun result = run(settings);
      expect_outcome(result, Result::kPass, Reason::kNone, Phase::kNone);
      EXPECT_EQ(measured(result, "loss"), 0);
      EXPECT_EQ(measured(result, "ttl"), 64);
      EXPECT_TRUE(measured(result, "jitter").has_value());
      EXPECT_LT(result.took, seconds(2)) << "it ends with the last reply";
    }
  });
  if (!ran) {
    GTEST_SKIP() << kNoNetwork;
  }
}

TEST(IcmpCheckTest, DoesNotWaitLongerThanItMay) {
  const bool ran = with_both_sockets([] {
    const auto network = TunNetwork::make([](const Packet&) { return Packets{}; });
    ASSERT_TRUE(network);
    IcmpSettings settings = pinging("192.0.2.9");
    settings.count = 100;
    settings.spacing = seconds(1);
    settings.wait = seconds(10);
    ProbeRun result = run(settings, milliseconds(500));
    expect_outcome(result, Result::kFail, Reason::kTimeout, Phase::kFirstByte);
    EXPECT_TRUE(result.result.outcome.message.starts_with("no reply to 100 packets within "))
        << result.result.outcome.message;
    EXPECT_LT(result.took, milliseconds(550));
    IcmpCheck check(settings);
    ProbeWorld world;
    result = world.run_and_cancel(check, seconds(20), milliseconds(50));
    EXPECT_TRUE(result.threw);
    EXPECT_LT(result.took, seconds(5));
  });
  if (!ran) {
    GTEST_SKIP() << kNoNetwork;
  }
}

TEST(IcmpCheckTest, FailsWhereAPacketMayNotBeCut) {
  const bool ran = with_both_sockets([] {
    const auto network =
        TunNetwork::make([](const Packet& packet) { return Packets{reply_to(packet)}; });
    ASSERT_TRUE(network);
    IcmpSettings settings = pinging("192.0.2.9");
    settings.size = 1472;
    settings.socket.dont_fragment = true;
    expect_outcome(run(settings), Result::kPass, Reason::kNone, Phase::kNone);
    settings.size = 1473;
    const ProbeRun result = run(settings);
    expect_outcome(result, Result::kFail, Reason::kUnreachable, Phase::kSend);
    EXPECT_EQ(result.result.outcome.code, "EMSGSIZE");
  });
  if (!ran) {
    GTEST_SKIP() << kNoNetwork;
  }
}

TEST(IcmpCheckTest, FailsAsUnreachableWithoutARoute) {
  const bool ran = with_both_sockets([] {
    for (const char* host : {"198.51.100.1", "2001:db8::1"}) {
      SCOPED_TRACE(host);
      const ProbeRun result = run(pinging(host));
      expect_outcome(result, Result::kFail, Reason::kUnreachable, Phase::kSend);
      EXPECT_EQ(result.result.outcome.code, "ENETUNREACH");
    }
  });
  if (!ran) {
    GTEST_SKIP() << kNoNetwork;
  }
}

TEST(IcmpCheckTest, SaysWhatGivesTheRight) {
  const bool ran = in_private_network([] {
    allow_groups("1 0");
    // For this thread alone, which ends with the test: its capabilities are gone with it.
    ASSERT_EQ(::syscall(SYS_setresuid, 65534, 65534, 65534), 0);
    for (const char* host : {"127.0.0.1", "::1"}) {
      const ProbeRun result = run(pinging(host));
      expect_outcome(result, Result::kUnknown, Reason::kPermission, Phase::kSend);
      EXPECT_TRUE(
          result.result.outcome.message.contains("net.ipv4.ping_group_range=\"0 2147483647\""));
      EXPECT_TRUE(result.result.outcome.message.contains("CAP_NET_RAW"));
    }
  });
  if (!ran) {
    GTEST_SKIP() << kNoNetwork;
  }
}

}  // namespace
}  // namespace hale::checks
