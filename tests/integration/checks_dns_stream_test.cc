// The dns check over TCP and over TLS, against a real name server and ones that are wrong in one
// way each.
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "checks/dns/framing.h"
#include "checks/dns_check.h"
#include "tests/integration/dns_answers.h"
#include "tests/integration/name_server.h"
#include "tests/support/certificates.h"
#include "tests/support/probe_folder.h"
#include "tests/support/probe_sockets.h"
#include "tests/support/scripted_server.h"
#include "tests/support/type_probe.h"

namespace hale::checks {
namespace {

using dns::framed;
using dns::test::answer;
using dns::test::ByteList;
using dns::test::id_of;
using dns::test::joined;
using dns::test::MessageParts;
using dns::test::u16;
using monitor::Phase;
using monitor::Reason;
using monitor::Result;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::expect_run;
using test::Expected;
using test::MadeCertificate;
using test::NameServer;
using test::ProbeRun;
using test::ProbeWorld;
using test::ScriptedPeer;
using test::ScriptedServer;
using test::TypeProbe;

constexpr milliseconds kPatience{500};

TypeProbe asking(const std::string& transport, std::uint16_t port) {
  return {dns_descriptor(),
          {{"name", std::string(dns::test::kName)},
           {"server", std::string("127.0.0.1")},
           {"port", static_cast<std::int64_t>(port)},
           {"transport", transport}}};
}

// The question as it came, without its length.
ByteList read_query(ScriptedPeer& peer) {
  const std::string head = peer.read_exactly(2);
  const std::string query = peer.read_exactly(dns::announced_size(head).value_or(0));
  return query.size() < 2 ? ByteList{0, 0} : ByteList(query.begin(), query.end());
}

std::string all_but(std::size_t bytes, std::string message) {
  message.resize(message.size() - bytes);
  return message;
}

// What a server does once it has heard the question.
struct WrongServer {
  const char* what;
  std::function<void(ScriptedPeer&, const ByteList& query)> script;
  Expected expected;
};

// The same over TCP and TLS.
const WrongServer kWrongServers[] = {
    {"closes at once",
     [](ScriptedPeer&, const ByteList&) {},
     {Result::kFail, Reason::kReset, Phase::kQuery, "closed: no answer", "EOF"}},
    {"resets",
     [](ScriptedPeer& peer, const ByteList&) { peer.reset(); },
     {Result::kFail, Reason::kReset, Phase::kQuery, "connection reset: no answer", "ECONNRESET"}},
    {"accepts and never answers",
     [](ScriptedPeer& peer, const ByteList&) { peer.wait_until_closed(); },
     {Result::kFail, Reason::kTimeout, Phase::kQuery, "no answer within "}},
    {"half a length",
     [](ScriptedPeer& peer, const ByteList&) { peer.send(std::string(1, '\0')); },
     {Result::kFail, Reason::kReset, Phase::kQuery, "only 1 bytes of the answer's length"}},
    {"half an answer",
     [](ScriptedPeer& peer, const ByteList& q) { peer.send(all_but(4, framed(answer(q)))); },
     {Result::kFail, Reason::kReset, Phase::kQuery, "only 41 bytes of an answer of 45"}},
    {"half an answer, and then nothing",
     [](ScriptedPeer& peer, const ByteList& q) {
       peer.send(all_but(4, framed(answer(q))));
       peer.wait_until_closed();
     },
     {Result::kFail, Reason::kTimeout, Phase::kQuery, "only 41 bytes of an answer of 45 within "}},
    {"drips",
     [](ScriptedPeer& peer, const ByteList& q) { peer.drip(framed(answer(q)), milliseconds(30)); },
     {Result::kFail, Reason::kTimeout, Phase::kQuery, "bytes of an answer of 45"}},
    {"an empty answer",
     [](ScriptedPeer& peer, const ByteList&) {
       peer.send(std::string(2, '\0'));
       peer.wait_until_closed();
     },
     {Result::kFail, Reason::kProtocol, Phase::kQuery, "shorter than a header"}},
    {"speaks HTTP",
     [](ScriptedPeer& peer, const ByteList&) { peer.send("HTTP/1.1"); },
     {Result::kFail, Reason::kReset, Phase::kQuery, "only 6 bytes of an answer of"}},
    {"another id",
     [](ScriptedPeer& peer, const ByteList& q) {
       peer.send(framed(answer(q, [](MessageParts& p) { p.id ^= 1U; })));
     },
     {Result::kFail, Reason::kProtocol, Phase::kQuery, "another id"}},
    {"garbage",
     [](ScriptedPeer& peer, const ByteList& q) {
       peer.send(framed(joined({u16(id_of(q)), ByteList(40, 1)})));
     },
     {Result::kFail, Reason::kProtocol, Phase::kQuery, "no DNS message"}},
    {"the longest answer of all, which is none",
     [](ScriptedPeer& peer, const ByteList& q) {
       peer.send(framed(joined({u16(id_of(q)), ByteList(65533, 1)})));
     },
     {Result::kFail, Reason::kProtocol, Phase::kQuery, "no DNS message"}},
};

TEST(DnsOverTcpTest, TellsHowAnAnswerIsWrong) {
  ProbeWorld world;
  for (const WrongServer& c : kWrongServers) {
    SCOPED_TRACE(c.what);
    const ScriptedServer server([&c](ScriptedPeer& peer) { c.script(peer, read_query(peer)); });
    const ProbeRun run = asking("tcp", server.port()).run(world, kPatience);
    expect_run(run, c.expected);
    EXPECT_LT(run.took, kPatience + milliseconds(50));
  }
}

TEST(DnsOverTcpTest, SaysThatTheServerSpeaksTls) {
  ProbeWorld world;
  for (const bool closes : {true, false}) {
    const ScriptedServer server([closes](ScriptedPeer& peer) {
      read_query(peer);
      peer.send(std::string("\x15\x03\x01\x00\x02\x02\x0a", 7));
      if (!closes) {
        peer.wait_until_closed();
      }
    });
    expect_run(asking("tcp", server.port()).run(world, kPatience),
               {Result::kFail, Reason::kProtocol, Phase::kQuery, "speaks TLS", "NOT_PLAIN"});
  }
}

TEST(DnsOverTcpTest, SeesThatNobodyListensOrAnswers) {
  ProbeWorld world;
  const test::ClosedPort closed;
  test::ProbeListener swallows("127.0.0.1", 0);
  swallows.fill();
  for (const char* const transport : {"tcp", "tls"}) {
    expect_run(asking(transport, closed.port()).run(world, kPatience),
               {Result::kFail, Reason::kRefused, Phase::kConnect, "", "ECONNREFUSED"});
    const ProbeRun run = asking(transport, swallows.port()).run(world, kPatience);
    expect_run(run, {Result::kFail, Reason::kTimeout, Phase::kConnect, "no answer within "});
    EXPECT_LT(run.took, kPatience + milliseconds(50));
  }
}

class DnsOverTlsTest : public testing::Test {
 protected:
  MadeCertificate signed_by_us(const test::CertificateSpec& spec) {
    return MadeCertificate(spec, &authority_);
  }
  TypeProbe asking_safely(std::uint16_t port) {
    TypeProbe made = asking("tls", port);
    made.tls("ca_file", ca_file_);
    return made;
  }
  static void serve(ScriptedPeer& peer) {
    peer.send(framed(answer(read_query(peer))));
    peer.wait_until_closed();
  }

  MadeCertificate authority_ = test::make_authority();
  test::ProbeFolder folder_;
  std::string ca_file_ = folder_.write("ca.pem", authority_.pem());
  ProbeWorld world_;
};

TEST_F(DnsOverTlsTest, AsksAndMeasuresTheCertificate) {
  const ScriptedServer server(signed_by_us({}), &serve);
  const ProbeRun run = asking_safely(server.port()).run(world_, seconds(5));
  expect_run(run, {.message = "192.0.2.1"});
  EXPECT_NEAR(measured(run, "certificate_expires_in").value_or(0), 90.0 * 86400, 86400);
  EXPECT_EQ(measured(run, "answers"), 1);
  EXPECT_EQ(run.peer, "127.0.0.1:" + std::to_string(server.port()));
  std::vector<std::string> phases;
  for (const monitor::PhaseTime& time : run.phases) {
    phases.emplace_back(to_string(time.phase));
  }
  EXPECT_EQ(phases, (std::vector<std::string>{"connect", "tls", "query", "evaluate"}));
}

TEST_F(DnsOverTlsTest, TellsHowAnAnswerIsWrong) {
  const MadeCertificate certificate = signed_by_us({});
  for (const WrongServer& c : kWrongServers) {
    SCOPED_TRACE(c.what);
    const ScriptedServer server(certificate,
                                [&c](ScriptedPeer& peer) { c.script(peer, read_query(peer)); });
    const ProbeRun run = asking_safely(server.port()).run(world_, kPatience);
    expect_run(run, c.expected);
    EXPECT_TRUE(measured(run, "certificate_expires_in").has_value());
    EXPECT_LT(run.took, kPatience + milliseconds(50));
  }
}

TEST_F(DnsOverTlsTest, SaysHowAServerIsNoTlsServer) {
  struct Case {
    const char* what;
    ScriptedServer::Script script;
    Expected expected;
  };
  const Case cases[] = {
      {"answers a question that it reads as plain DNS",
       [](ScriptedPeer& peer) {
         peer.read_some();
         peer.send(std::string("\x00\x0c\x12\x34\x80\x01\0\0\0\0\0\0\0\0", 14));
       },
       {Result::kFail, Reason::kProtocol, Phase::kTls, "does not speak TLS here", "NOT_TLS"}},
      {"closes at the first message",
       [](ScriptedPeer& peer) { peer.read_some(); },
       {Result::kFail, Reason::kTls, Phase::kTls, "closed the connection at the first", "EOF"}},
      {"closes in the handshake",
       [](ScriptedPeer& peer) {
         peer.read_some();
         peer.send(std::string("\x16\x03\x03\x00\x7a\x02", 6));
       },
       {Result::kFail, Reason::kTls, Phase::kTls, "during the handshake", "EOF"}},
      {"resets in the handshake",
       [](ScriptedPeer& peer) {
         peer.read_some();
         peer.reset();
       },
       {Result::kFail, Reason::kReset, Phase::kTls, "", "ECONNRESET"}},
      {"swallows",
       [](ScriptedPeer& peer) { peer.wait_until_closed(); },
       {Result::kFail, Reason::kTimeout, Phase::kTls, "handshake did not come to its end within "}},
      {"refuses by an alert",
       [](ScriptedPeer& peer) {
         peer.read_some();
         peer.send(std::string("\x15\x03\x03\x00\x02\x02\x28", 7));
         peer.wait_until_closed();
       },
       {Result::kFail, Reason::kTls, Phase::kTls, "handshake failure"}},
      {"drips a record without end",
       [](ScriptedPeer& peer) {
         peer.send(std::string("\x16\x03\x03\x40\x00", 5));
         peer.drip(std::string(16384, '\x01'), milliseconds(5));
       },
       {Result::kFail, Reason::kTimeout, Phase::kTls}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    const ScriptedServer server(c.script);
    const ProbeRun run = asking_safely(server.port()).run(world_, kPatience);
    expect_run(run, c.expected);
    EXPECT_FALSE(measured(run, "certificate_expires_in").has_value());
    EXPECT_LT(run.took, kPatience + milliseconds(50));
  }
}

TEST_F(DnsOverTlsTest, AsksNobodyWhoseCertificateIsWrong) {
  struct Case {
    const char* what;
    MadeCertificate certificate;
    const char* code;
    double days;
  };
  const Case cases[] = {
      {"expired", signed_by_us({.ends_in_seconds = -2L * 86400}), "CERT_HAS_EXPIRED", -2},
      {"not yet valid", signed_by_us({.begins_in_seconds = 86400}), "CERT_NOT_YET_VALID", 90},
      {"wrong name", signed_by_us({.alternative_names = "DNS:other"}), "IP_ADDRESS_MISMATCH", 90},
      {"self-signed", MadeCertificate({}), "DEPTH_ZERO_SELF_SIGNED_CERT", 90},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    std::atomic<int> questions = 0;
    const ScriptedServer server(c.certificate, [&](ScriptedPeer& peer) {
      const ByteList query = read_query(peer);
      questions += query.size() > 2 ? 1 : 0;
      peer.send(framed(answer(query)));
    });
    const ProbeRun run = asking_safely(server.port()).run(world_, seconds(5));
    expect_run(run, {Result::kFail, Reason::kCertificate, Phase::kTls, "", c.code});
    EXPECT_NEAR(measured(run, "certificate_expires_in").value_or(0), c.days * 86400, 43200);
    EXPECT_EQ(questions, 0);
    const ProbeRun unverified =
        asking_safely(server.port()).tls("verify", false).run(world_, seconds(5));
    expect_run(unverified, {});
    EXPECT_TRUE(measured(unverified, "certificate_expires_in").has_value());
  }
}

TEST_F(DnsOverTlsTest, LooksForTheNameThatItIsTold) {
  const ScriptedServer server(signed_by_us({.alternative_names = "DNS:ns1.example.com"}), &serve);
  expect_run(asking_safely(server.port())
                 .tls("server_name", std::string("ns1.example.com"))
                 .run(world_, seconds(5)),
             {.message = "192.0.2.1"});
  expect_run(asking_safely(server.port())
                 .tls("server_name", std::string("ns2.example.com"))
                 .run(world_, seconds(5)),
             {Result::kFail, Reason::kCertificate, Phase::kTls, "", "HOSTNAME_MISMATCH"});
}

TEST_F(DnsOverTlsTest, ShowsItsOwnCertificateToAServerThatAsks) {
  const MadeCertificate made = signed_by_us({});
  const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  SSL_CTX_use_certificate(context.get(), made.get());
  SSL_CTX_use_PrivateKey(context.get(), made.key());
  X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), authority_.get());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  const ScriptedServer server([&](ScriptedPeer& peer) {
    if (peer.start_tls(context.get())) {
      serve(peer);
    }
  });
  expect_run(asking_safely(server.port()).run(world_, seconds(5)),
             {Result::kFail, Reason::kAuth, Phase::kQuery, "a certificate of ours"});
  TypeProbe with_certificate = asking_safely(server.port());
  with_certificate.tls("certificate_file", folder_.write("c.pem", made.pem()));
  with_certificate.tls("key_file", folder_.write("k.pem", made.key_pem()));
  expect_run(with_certificate.run(world_, seconds(5)), {.message = "192.0.2.1"});
}

TEST_F(DnsOverTlsTest, EndsAtOnceWhenItIsCancelled) {
  const ScriptedServer swallows([](ScriptedPeer& peer) { peer.wait_until_closed(); });
  const ScriptedServer silent(signed_by_us({}),
                              [](ScriptedPeer& peer) { peer.wait_until_closed(); });
  for (const std::uint16_t port : {swallows.port(), silent.port()}) {
    for (const bool as_items : {false, true}) {
      TypeProbe probe = asking_safely(port);
      if (as_items) {
        probe.with("server", std::string());
        probe.with("servers", std::vector<std::string>{"127.0.0.1"});
      }
      const ProbeRun run = probe.run_and_cancel(world_, seconds(20), milliseconds(50));
      EXPECT_TRUE(run.threw);
      EXPECT_LT(run.took, seconds(5));
    }
  }
}

TEST_F(DnsOverTlsTest, AgreesWithARealServer) {
  std::string zone =
      "$TTL 300\n@ IN SOA ns.example.test. root.example.test. 7 3600 600 86400 60\n"
      "@ IN NS ns\nns IN A 127.0.0.1\n@ IN A 192.0.2.1\n";
  for (int i = 0; i < 200; ++i) {
    zone += "many IN A 198.51.100." + std::to_string(i) + "\n";
  }
  const MadeCertificate made = signed_by_us({.name = "ns1", .alternative_names = "IP:127.0.0.1"});
  std::string why;
  const auto server = NameServer::start({.zone = zone,
                                         .certificate_file = folder_.write("c.pem", made.pem()),
                                         .key_file = folder_.write("k.pem", made.key_pem())},
                                        why);
  if (!server) {
    GTEST_SKIP() << "SKIPPED LOUDLY: " << why;
  }
  TypeProbe probe = asking_safely(server->tls_port());
  probe.with("name", std::string("example.test"));
  const ProbeRun one = probe.run(world_, seconds(10));
  expect_run(one, {.message = "192.0.2.1"});
  EXPECT_NEAR(measured(one, "certificate_expires_in").value_or(0), 90.0 * 86400, 86400);
  probe.with("name", std::string("many.example.test"));
  EXPECT_EQ(measured(probe.run(world_, seconds(10)), "answers"), 200);

  // Several servers: each with its own name in the certificate, and its own time left.
  probe.with("name", std::string("example.test")).with("record_type", std::string("SOA"));
  probe.with("server", std::string()).with("family", std::string("ipv4"));
  probe.with("servers", std::vector<std::string>{"127.0.0.1", "localhost"});
  const ProbeRun both = probe.run(world_, seconds(10));
  expect_run(both, {.message = "1 of 2 servers answer as expected"});
  ASSERT_EQ(both.result.items.size(), 2U);
  EXPECT_EQ(both.result.items[0].outcome.result, Result::kPass);
  EXPECT_EQ(both.result.items[1].outcome.reason, Reason::kCertificate);
  EXPECT_EQ(both.result.items[1].outcome.phase, Phase::kTls);
  for (const monitor::ItemResult& item : both.result.items) {
    ASSERT_FALSE(item.measurements.empty());
    EXPECT_EQ(item.measurements.front().name, "certificate_expires_in");
  }

  // The plain port takes the handshake for the length of a question, and waits for the rest of it;
  // the port with TLS speaks nothing else.
  expect_run(asking_safely(server->port()).run(world_, seconds(1)),
             {Result::kFail, Reason::kTimeout, Phase::kTls, "the TLS handshake did not come to"});
  const ProbeRun plain = asking("tcp", server->tls_port()).run(world_, seconds(1));
  EXPECT_EQ(plain.result.outcome.result, Result::kFail);
  EXPECT_EQ(plain.result.outcome.phase, Phase::kQuery);
}

}  // namespace
}  // namespace hale::checks
