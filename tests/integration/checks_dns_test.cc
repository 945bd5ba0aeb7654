// The dns check against a real name server, and against one that is wrong in one way each.
#include <chrono>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "checks/dns/codes.h"
#include "checks/dns/name.h"
#include "checks/dns_check.h"
#include "tests/integration/dns_answers.h"
#include "tests/integration/name_server.h"
#include "tests/support/probe_sockets.h"
#include "tests/support/probe_world.h"
#include "tests/support/scripted_datagrams.h"
#include "tests/support/scripted_server.h"

namespace hale::checks {
namespace {

using dns::Transport;
using dns::test::answer;
using dns::test::ByteList;
using dns::test::id_of;
using dns::test::joined;
using dns::test::kName;
using dns::test::MessageParts;
using dns::test::pointer;
using dns::test::record;
using dns::test::u16;
using monitor::Phase;
using monitor::Reason;
using monitor::Result;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::NameServer;
using test::ProbeRun;
using test::ProbeWorld;
using test::ScriptedDatagram;
using test::ScriptedDatagrams;
using test::ScriptedPeer;
using test::ScriptedServer;

DnsSettings question(const std::string& name, const char* type, std::uint16_t port) {
  DnsSettings settings;
  settings.query.name = dns::encode_name(name).value();
  std::size_t offset = 0;
  settings.query.question.name = dns::read_name(settings.query.name, offset).value();
  settings.query.question.type = dns::type_number(type).value();
  settings.servers = {"127.0.0.1"};
  settings.port = port;
  return settings;
}

ProbeRun ask(DnsSettings settings, monitor::Duration timeout = seconds(10)) {
  DnsCheck check(std::move(settings));
  ProbeWorld world;
  return world.run(check, timeout);
}

void expect_outcome(const ProbeRun& run, Result result, Reason reason, Phase phase) {
  const monitor::Outcome& outcome = run.result.outcome;
  EXPECT_FALSE(run.threw);
  EXPECT_FALSE(run.cancelled) << "the check has the last word before its deadline";
  EXPECT_EQ(to_string(outcome.result), to_string(result)) << outcome.message;
  EXPECT_EQ(to_string(outcome.reason), to_string(reason)) << outcome.message;
  EXPECT_EQ(to_string(outcome.phase), to_string(phase)) << outcome.message;
}

std::optional<double> measured(const std::vector<monitor::Measurement>& measurements,
                               std::string_view name) {
  for (const monitor::Measurement& measurement : measurements) {
    if (measurement.name == name) {
      return measurement.value;
    }
  }
  return std::nullopt;
}

std::string zone(const std::string& serial) {
  std::string text =
      "$TTL 300\n@ IN SOA ns.example.test. root.example.test. " + serial +
      " 3600 600 86400 60\n@ IN NS ns\nns IN A 127.0.0.1\n@ IN A 192.0.2.1\n@ 60 IN A 192.0.2.2\n"
      "@ IN AAAA 2001:db8::1\n@ IN MX 10 mail\n@ IN TXT \"v=spf1 \" \"-all\"\n"
      "@ IN CAA 0 issue \"ca.test\"\nwww IN CNAME alias\nalias 30 IN CNAME @\n"
      "_sip._tcp IN SRV 1 2 5060 sip\n1 IN PTR host.example.test.\n@ IN TYPE65400 \\# 2 abcd\n";
  for (int i = 0; i < 200; ++i) {
    text += "many IN A 198.51.100." + std::to_string(i) + "\n";
  }
  return text;
}

class RealDnsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string why;
    server_ = NameServer::start({.zone = zone("2024010103")}, why);
    if (!server_) {
      GTEST_SKIP() << "SKIPPED LOUDLY: " << why;
    }
  }
  DnsSettings about(const std::string& name, const char* type) const {
    return question(name, type, server_->port());
  }

  std::unique_ptr<NameServer> server_;
};

TEST_F(RealDnsTest, ReadsEveryTypeOverUdpAndTcp) {
  struct Case {
    const char* name;
    const char* type;
    std::string message;
  };
  const Case cases[] = {
      {"example.test", "A", "192.0.2.1, 192.0.2.2"},
      {"EXAMPLE.test.", "AAAA", "2001:db8::1"},
      {"example.test", "MX", "10 mail.example.test."},
      {"example.test", "NS", "ns.example.test."},
      {"example.test", "TXT", "v=spf1 -all"},
      {"example.test", "CAA", "0 issue \"ca.test\""},
      {"example.test", "TYPE65400", "\\# 2 abcd"},
      {"_sip._tcp.example.test", "SRV", "1 2 5060 sip.example.test."},
      {"1.example.test", "PTR", "host.example.test."},
      {"www.example.test", "CNAME", "alias.example.test."},
      {"www.example.test", "AAAA", "2001:db8::1"},
      {"example.test", "SOA", "ns.example.test. root.example.test. 2024010103 3600 600 86400 60"},
  };
  for (const Case& c : cases) {
    for (const Transport transport : {Transport::kUdp, Transport::kTcp}) {
      SCOPED_TRACE(std::string(c.name) + " " + c.type);
      DnsSettings settings = about(c.name, c.type);
      settings.transport = transport;
      settings.expected.authoritative = true;
      const ProbeRun run = ask(settings);
      expect_outcome(run, Result::kPass, Reason::kNone, Phase::kNone);
      // Servers turn the order of several answers around.
      EXPECT_EQ(run.result.outcome.message.size(), c.message.size()) << run.result.outcome.message;
      if (!c.message.contains(", ")) {
        EXPECT_EQ(run.result.outcome.message, c.message);
      }
      EXPECT_EQ(run.peer, "127.0.0.1:" + std::to_string(server_->port()));
    }
  }
}

TEST_F(RealDnsTest, MeasuresAnswersTtlAndSerial) {
  ProbeRun run = ask(about("www.example.test", "A"));
  EXPECT_EQ(measured(run.result.measurements, "answers"), 2);
  EXPECT_EQ(measured(run.result.measurements, "ttl"), 30) << "the least, an alias's";
  EXPECT_EQ(measured(run.result.measurements, "serial"), std::nullopt);
  run = ask(about("example.test", "SOA"));
  EXPECT_EQ(measured(run.result.measurements, "serial"), 2024010103);
}

TEST_F(RealDnsTest, FailsByStatusWhereTheServerSaysNo) {
  ProbeRun run = ask(about("nothing.example.test", "A"));
  expect_outcome(run, Result::kFail, Reason::kStatus, Phase::kEvaluate);
  EXPECT_EQ(run.result.outcome.code, "NXDOMAIN");
  EXPECT_EQ(measured(run.result.measurements, "answers"), 0);
  run = ask(about("example.org", "A"));
  expect_outcome(run, Result::kFail, Reason::kStatus, Phase::kEvaluate);
  EXPECT_EQ(run.result.outcome.code, "REFUSED");
  DnsSettings gone = about("nothing.example.test", "A");
  gone.expected.rcode = dns::kNxDomain;
  run = ask(gone);
  expect_outcome(run, Result::kPass, Reason::kNone, Phase::kNone);
  EXPECT_EQ(run.result.outcome.message, "NXDOMAIN, as expected");
}

TEST_F(RealDnsTest, FailsByValidationWhereTheAnswerIsAnother) {
  ProbeRun run = ask(about("mail.example.test", "A"));
  DnsSettings settings = about("example.test", "A");
  settings.expected.exactly = {"192.0.2.1"};
  run = ask(settings);
  expect_outcome(run, Result::kFail, Reason::kValidation, Phase::kEvaluate);
  EXPECT_TRUE(run.result.excerpt.starts_with("NOERROR aa\n192.0.2.")) << run.result.excerpt;
  run = ask(about("ns.example.test", "AAAA"));
  expect_outcome(run, Result::kFail, Reason::kValidation, Phase::kEvaluate);
  EXPECT_EQ(run.result.outcome.code, "NODATA");
}

TEST_F(RealDnsTest, AsksAgainOverTcpForWhatIsCutOff) {
  const ProbeRun run = ask(about("many.example.test", "A"));
  expect_outcome(run, Result::kPass, Reason::kNone, Phase::kNone);
  EXPECT_EQ(measured(run.result.measurements, "answers"), 200);
  EXPECT_TRUE(
      run.result.outcome.message.ends_with("(over TCP, since the answer was cut off over UDP)"))
      << run.result.outcome.message;
}

TEST_F(RealDnsTest, WarnsOfTheServerWhoseSerialIsBehind) {
  std::string why;
  const auto second = NameServer::start(
      {.address = "127.0.0.2", .port = server_->port(), .zone = zone("2024010101")}, why);
  ASSERT_TRUE(second) << why;
  DnsSettings settings = about("example.test", "SOA");
  settings.servers = {"127.0.0.1", "127.0.0.2", "127.0.0.3"};
  settings.as_items = true;
  const ProbeRun run = ask(settings);
  expect_outcome(run, Result::kPass, Reason::kNone, Phase::kNone);
  EXPECT_EQ(run.result.outcome.message, "1 of 3 servers answer as expected");
  ASSERT_EQ(run.result.items.size(), 3U);
  const auto& items = run.result.items;
  EXPECT_EQ(items[0].outcome.result, Result::kPass);
  EXPECT_EQ(measured(items[0].measurements, "serial_lag"), 0);
  EXPECT_EQ(items[1].name, "127.0.0.2");
  EXPECT_EQ(items[1].outcome.result, Result::kWarn);
  EXPECT_EQ(items[1].outcome.reason, Reason::kValidation);
  EXPECT_EQ(items[1].outcome.message, "serial 2024010101 is behind the 2024010103 of 127.0.0.1");
  EXPECT_EQ(measured(items[1].measurements, "serial_lag"), 2);
  EXPECT_EQ(items[2].outcome.result, Result::kFail);
  EXPECT_EQ(items[2].outcome.reason, Reason::kRefused);
}

// --- Peers that are wrong in one way each.

struct WrongPeer {
  const char* what;
  ScriptedDatagrams::Script script;
  Result result;
  Reason reason;
  Phase phase;
  std::string message;  // part of it
};

std::vector<ScriptedDatagram> say(ByteList bytes) {
  return {{.bytes = std::move(bytes)}};
}

const WrongPeer kWrongOverUdp[] = {
    {"never answers", {}, Result::kFail, Reason::kTimeout, Phase::kQuery, "no answer within "},
    {"another id",
     [](const ByteList& q) { return say(answer(q, [](MessageParts& p) { p.id ^= 1U; })); },
     Result::kFail, Reason::kProtocol, Phase::kQuery, "none of them the answer: it has another id"},
    {"another question",
     [](const ByteList& q) {
       return say(answer(
           q, [](MessageParts& p) { p.questions = {dns::test::question("example.org", 1)}; }));
     },
     Result::kFail, Reason::kProtocol, Phase::kQuery, "it answers another question"},
    {"the question itself", [](const ByteList& q) { return say(q); }, Result::kFail,
     Reason::kProtocol, Phase::kQuery, "it is a question"},
    {"half a header", [](const ByteList&) { return say({1, 2, 3}); }, Result::kFail,
     Reason::kProtocol, Phase::kQuery, "it is shorter than a header"},
    {"an empty datagram", [](const ByteList&) { return say({}); }, Result::kFail, Reason::kProtocol,
     Phase::kQuery, "it is shorter than a header"},
    {"garbage behind the id",
     [](const ByteList& q) { return say(joined({u16(id_of(q)), ByteList(100, 0xAA)})); },
     Result::kFail, Reason::kProtocol, Phase::kQuery, "the answer is no DNS message"},
    {"a compression loop",
     [](const ByteList& q) {
       return say(answer(q, [](MessageParts& p) {
         p.answers = {record(pointer(29), dns::kTypeA, 60, {192, 0, 2, 1})};
       }));
     },
     Result::kFail, Reason::kProtocol, Phase::kQuery, "a record's name is broken"},
    {"more records than there are",
     [](const ByteList& q) {
       ByteList bytes = answer(q);
       bytes[6] = 0xFF;
       return say(bytes);
     },
     Result::kFail, Reason::kProtocol, Phase::kQuery, "a record"},
    {"an answer from elsewhere",
     [](const ByteList& q) {
       return std::vector<ScriptedDatagram>{{.bytes = answer(q), .from_elsewhere = true}};
     },
     Result::kFail, Reason::kTimeout, Phase::kQuery, "no answer within "},
    {"cut off, and nobody there over TCP",
     [](const ByteList& q) { return say(answer(q, [](MessageParts& p) { p.flags |= 0x0200U; })); },
     Result::kFail, Reason::kRefused, Phase::kConnect,
     "cut off over UDP, and over TCP: 127.0.0.1:"},
    {"an answer for another name",
     [](const ByteList& q) {
       return say(answer(q, [](MessageParts& p) {
         p.answers = {record(dns::test::wire("evil.org"), dns::kTypeA, 60, {192, 0, 2, 1})};
       }));
     },
     Result::kFail, Reason::kValidation, Phase::kEvaluate, "no record for example.com. A"},
    {"an alias that leads to itself",
     [](const ByteList& q) {
       return say(answer(q, [](MessageParts& p) {
         p.answers = {record(pointer(12), dns::kTypeCname, 60, pointer(12))};
       }));
     },
     Result::kFail, Reason::kValidation, Phase::kEvaluate, "no record for example.com. A"},
    {"no question in an error",
     [](const ByteList& q) {
       return say(answer(q, [](MessageParts& p) {
         p.questions.clear();
         p.answers.clear();
         p.flags = 0x8002;
       }));
     },
     Result::kFail, Reason::kStatus, Phase::kEvaluate, "SERVFAIL"},
    {"strangers before the answer",
     [](const ByteList& q) {
       return std::vector<ScriptedDatagram>{
           {.bytes = answer(q, [](MessageParts& p) { p.id ^= 0xFFU; })},
           {.bytes = {0}},
           {.bytes = answer(q), .before = milliseconds(20)}};
     },
     Result::kPass, Reason::kNone, Phase::kNone, "192.0.2.1"},
};

TEST(ScriptedDnsTest, TellsHowAnAnswerOverUdpIsWrong) {
  for (const WrongPeer& c : kWrongOverUdp) {
    SCOPED_TRACE(c.what);
    const ScriptedDatagrams peer(c.script);
    const ProbeRun run = ask(question(kName, "A", peer.port()), milliseconds(500));
    expect_outcome(run, c.result, c.reason, c.phase);
    EXPECT_TRUE(run.result.outcome.message.contains(c.message)) << run.result.outcome.message;
    EXPECT_LT(run.took, milliseconds(550));
  }
}

TEST(ScriptedDnsTest, WaitsForASlowAnswer) {
  const auto slow = [](const ByteList& q) {
    return std::vector<ScriptedDatagram>{{.bytes = answer(q), .before = milliseconds(200)}};
  };
  const ScriptedDatagrams peer(slow);
  const ProbeRun run = ask(question(kName, "A", peer.port()));
  expect_outcome(run, Result::kPass, Reason::kNone, Phase::kNone);
  EXPECT_GE(run.took, milliseconds(200));
}

TEST(ScriptedDnsTest, AsksAsOftenAsItMay) {
  int asked = 0;
  const auto third = [&asked](const ByteList& q) {
    return ++asked < 3 ? std::vector<ScriptedDatagram>{} : say(answer(q));
  };
  const ScriptedDatagrams peer(third);
  DnsSettings settings = question(kName, "A", peer.port());
  settings.query.tries = 3;
  expect_outcome(ask(settings, seconds(1)), Result::kPass, Reason::kNone, Phase::kNone);
  EXPECT_EQ(peer.questions(), 3);
}

TEST(ScriptedDnsTest, IsRefusedWhereNobodyListens) {
  std::uint16_t port = 0;
  {
    const ScriptedDatagrams gone;
    port = gone.port();
  }
  const ProbeRun run = ask(question(kName, "A", port));
  expect_outcome(run, Result::kFail, Reason::kRefused, Phase::kQuery);
  EXPECT_EQ(run.result.outcome.code, "ECONNREFUSED");
}

TEST(ScriptedDnsTest, AsksOneServerForAllOthersInVain) {
  const auto right = [](const ByteList& q) { return say(answer(q)); };
  const ScriptedDatagrams well(right);
  DnsSettings settings = question(kName, "A", well.port());
  settings.servers = {"127.0.0.1", "no-such-name.invalid"};
  settings.as_items = true;
  const ProbeRun run = ask(settings, seconds(1));
  expect_outcome(run, Result::kPass, Reason::kNone, Phase::kNone);
  ASSERT_EQ(run.result.items.size(), 2U);
  EXPECT_EQ(run.result.items[0].outcome.result, Result::kPass);
  EXPECT_EQ(run.result.items[1].outcome.result, Result::kFail);
  EXPECT_EQ(run.result.items[1].outcome.phase, Phase::kResolve);
}

TEST(ScriptedDnsTest, EndsAtOnceWhenItIsCancelled) {
  const ScriptedDatagrams silent;
  const ScriptedServer silent_stream([](ScriptedPeer& peer) { peer.wait_until_closed(); });
  for (const Transport transport : {Transport::kUdp, Transport::kTcp}) {
    for (const bool as_items : {false, true}) {
      DnsSettings settings =
          question(kName, "A", transport == Transport::kUdp ? silent.port() : silent_stream.port());
      settings.transport = transport;
      settings.as_items = as_items;
      DnsCheck check(settings);
      ProbeWorld world;
      const ProbeRun run = world.run_and_cancel(check, seconds(20), milliseconds(50));
      EXPECT_TRUE(run.threw);
      EXPECT_LT(run.took, seconds(5));
    }
  }
}

TEST(ScriptedDnsTest, AsksTheSystemsFirstServer) {
  std::string path = "/tmp/hale-resolv-XXXXXX";
  ::close(::mkstemp(path.data()));
  std::ofstream(path) << "nameserver 127.0.0.1\nnameserver 192.0.2.1\n";
  const ScriptedDatagrams peer([](const ByteList& q) { return say(answer(q)); });
  DnsSettings settings = question(kName, "A", peer.port());
  settings.servers.clear();
  settings.resolv_conf = path;
  ProbeRun run = ask(settings);
  expect_outcome(run, Result::kPass, Reason::kNone, Phase::kNone);
  EXPECT_EQ(run.peer, "127.0.0.1:" + std::to_string(peer.port()));
  ::unlink(path.c_str());
  run = ask(settings);
  expect_outcome(run, Result::kUnknown, Reason::kUnsupported, Phase::kResolve);
}

}  // namespace
}  // namespace hale::checks
