// The tcp check with a dialogue, plain and over TLS, against peers that are wrong in one way each.
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "checks/tcp_check.h"
#include "tests/support/certificates.h"
#include "tests/support/probe_folder.h"
#include "tests/support/probe_sockets.h"
#include "tests/support/scripted_server.h"
#include "tests/support/type_probe.h"

namespace hale::checks {
namespace {

using monitor::Phase;
using monitor::Reason;
using monitor::Result;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::expect_run;
using test::Expected;
using test::MadeCertificate;
using test::ProbeRun;
using test::ProbeWorld;
using test::ScriptedPeer;
using test::ScriptedServer;
using test::TypeProbe;
using Script = ScriptedServer::Script;

TypeProbe probe(std::uint16_t port) {
  return {tcp_descriptor(),
          {{"host", std::string("127.0.0.1")}, {"port", static_cast<std::int64_t>(port)}}};
}

TEST(TcpDialogueTest, FollowsItsSteps) {
  const ScriptedServer server([](ScriptedPeer& peer) {
    peer.send("220-hello\r\n");
    peer.drip("220 mail\r\n", milliseconds(1));
    EXPECT_EQ(peer.read_until("\r\n"), "EHLO x\r\n");
    peer.send("250-SIZE\r\n250 HELP\r\n");
    EXPECT_EQ(peer.read_until("\r\n"), "NOOP\r\n");
    peer.send("250 fine\r\n");
    peer.wait_until_closed();
  });
  ProbeWorld world;
  const ProbeRun run = probe(server.port())
                           .expect("^220 .*\\n")
                           .send("EHLO x\r\n")
                           .expect("^250 .*\\n")
                           .send("NOOP\r\n")
                           .expect("^250 fine")
                           .run(world, seconds(5));
  expect_run(run, {.message = "answered as expected in "});
  EXPECT_EQ(run.result.excerpt, "");
}

// Expecting "^220 ", each with a second until the deadline.
TEST(TcpDialogueTest, SaysHowAPeerIsWrong) {
  struct Case {
    const char* what;
    Script script;
    Expected expected;
    const char* excerpt = "";
  };
  const auto idle = [](ScriptedPeer& peer) { peer.wait_until_closed(); };
  const Case cases[] = {
      {"never answers",
       idle,
       {Result::kFail, Reason::kTimeout, Phase::kFirstByte,
        "step 1 of 1: expected /^220 /, got nothing within "}},
      {"closes at once",
       [](ScriptedPeer&) {},
       {Result::kFail, Reason::kProtocol, Phase::kFirstByte,
        "step 1 of 1: expected /^220 /, but the peer closed the connection", "EOF"}},
      {"resets",
       [](ScriptedPeer& peer) {
         peer.drip("22", milliseconds(50));
         peer.reset();
       },
       {Result::kFail, Reason::kReset, Phase::kFirstByte, "got \"22\", then", "ECONNRESET"},
       "22"},
      {"says something else and waits",
       [&](ScriptedPeer& peer) {
         peer.send("554 go away\r\n");
         idle(peer);
       },
       {Result::kFail, Reason::kValidation, Phase::kFirstByte,
        "step 1 of 1: expected /^220 /, got \"554 go away\\r\\n\" within "},
       "554 go away\\r\\n"},
      {"says something else and closes",
       [](ScriptedPeer& peer) { peer.send("554 go away\r\n"); },
       {Result::kFail, Reason::kValidation, Phase::kFirstByte,
        "got \"554 go away\\r\\n\", then the peer closed the connection", "EOF"},
       "554 go away\\r\\n"},
      {"drips without end",
       [](ScriptedPeer& peer) { peer.drip(std::string(100000, 'x'), milliseconds(5)); },
       {Result::kFail, Reason::kValidation, Phase::kFirstByte, "got \"xxx"},
       nullptr},
      {"floods",
       [](ScriptedPeer& peer) { peer.send(std::string(1000000, 'x')); },
       {Result::kFail, Reason::kValidation, Phase::kFirstByte, "more than 64.0 KiB", "TOO_LONG"},
       nullptr},
      {"speaks TLS and says so",
       [&](ScriptedPeer& peer) {
         peer.send(std::string("\x15\x03\x01\x00\x02\x02\x0a", 7));
         idle(peer);
       },
       {Result::kFail, Reason::kProtocol, Phase::kFirstByte, "the peer speaks TLS", "NOT_PLAIN"},
       nullptr},
  };
  ProbeWorld world;
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    const ScriptedServer server(c.script);
    const ProbeRun run = probe(server.port()).expect("^220 ").run(world, seconds(1));
    expect_run(run, c.expected);
    if (c.excerpt != nullptr) {
      EXPECT_EQ(run.result.excerpt, c.excerpt);
    }
    EXPECT_LE(run.result.excerpt.size(), 1000U);
  }
}

// After a greeting, of which the rest is not taken, and a question.
TEST(TcpDialogueTest, TellsWrongAnswersFromNone) {
  struct Case {
    const char* what;
    std::string answer;
    bool closes;
    Expected expected;
    const char* excerpt;
  };
  const Case cases[] = {
      {"no answer",
       "",
       false,
       {Result::kFail, Reason::kTimeout, Phase::kFirstByte,
        "step 3 of 3: expected /^250 /, got nothing within "},
       ""},
      {"another answer",
       "502 what\r\n",
       false,
       {Result::kFail, Reason::kValidation, Phase::kFirstByte,
        "step 3 of 3: expected /^250 /, got \"mail\\r\\n502 what\\r\\n\" within "},
       "mail\\r\\n502 what\\r\\n"},
      {"closes instead",
       "",
       true,
       {Result::kFail, Reason::kProtocol, Phase::kFirstByte,
        "step 3 of 3: expected /^250 /, but the peer closed the connection", "EOF"},
       ""},
      {"another answer, and closes",
       "502 what\r\n",
       true,
       {Result::kFail, Reason::kValidation, Phase::kFirstByte,
        "502 what\\r\\n\", then the peer closed the connection", "EOF"},
       "mail\\r\\n502 what\\r\\n"},
  };
  ProbeWorld world;
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    const ScriptedServer server([&c](ScriptedPeer& peer) {
      peer.send("220 mail\r\n");
      peer.read_until("\r\n");
      peer.send(c.answer);
      if (!c.closes) {
        peer.wait_until_closed();
      }
    });
    const ProbeRun run = probe(server.port())
                             .expect("^220 ")
                             .send("EHLO x\r\n")
                             .expect("^250 ")
                             .run(world, seconds(1));
    expect_run(run, c.expected);
    EXPECT_EQ(run.result.excerpt, c.excerpt);
    EXPECT_LT(run.took, milliseconds(1050));
  }
}

TEST(TcpDialogueTest, DoesNotShowWhatItSent) {
  const ScriptedServer server([](ScriptedPeer& peer) {
    const std::string said = peer.read_until("\r\n");
    peer.send("-ERR no such user or password: " + said);
  });
  ProbeWorld world;
  const ProbeRun run = probe(server.port())
                           .send("AUTH ")
                           .send("hunter2-hunter2")
                           .send("\r\n")
                           .expect("^[+]OK")
                           .run(world, seconds(5));
  expect_run(run, {Result::kFail, Reason::kValidation, Phase::kFirstByte,
                   "got \"-ERR no such user or password: AUTH ***\\r\\n\""});
  EXPECT_EQ(run.result.excerpt, "-ERR no such user or password: AUTH ***\\r\\n");
}

TEST(TcpDialogueTest, SeesThatNobodyListensOrAnswers) {
  ProbeWorld world;
  const test::ClosedPort closed;
  expect_run(probe(closed.port()).expect("x").run(world, seconds(1)),
             {Result::kFail, Reason::kRefused, Phase::kConnect, "", "ECONNREFUSED"});
  test::ProbeListener swallows("127.0.0.1", 0);
  swallows.fill();
  expect_run(probe(swallows.port()).expect("x").run(world, milliseconds(300)),
             {Result::kFail, Reason::kTimeout, Phase::kConnect});
}

TEST(TcpDialogueTest, EndsAtOnceWhenItIsCancelled) {
  const ScriptedServer server([](ScriptedPeer& peer) { peer.wait_until_closed(); });
  Dialogue steps;
  steps.emplace_back(Expect{.pattern = Pattern::compile("x").value()});
  TcpCheck check("127.0.0.1", server.port(), steps, {});
  ProbeWorld world;
  const ProbeRun run = world.run_and_cancel(check, seconds(20), milliseconds(50));
  EXPECT_TRUE(run.threw);
  EXPECT_LT(run.took, seconds(5));
}

class TcpTlsTest : public testing::Test {
 protected:
  MadeCertificate signed_by_us(const test::CertificateSpec& spec) {
    return MadeCertificate(spec, &authority_);
  }
  TypeProbe tls_probe(std::uint16_t port) {
    TypeProbe made = probe(port);
    made.tls("enabled", true).tls("ca_file", ca_file_);
    return made;
  }
  static void greet(ScriptedPeer& peer) {
    peer.send("+OK ready\r\n");
    peer.wait_until_closed();
  }

  MadeCertificate authority_ = test::make_authority();
  test::ProbeFolder folder_;
  std::string ca_file_ = folder_.write("ca.pem", authority_.pem());
  ProbeWorld world_;
};

TEST_F(TcpTlsTest, TalksOverTls) {
  const ScriptedServer server(signed_by_us({}), &greet);
  const ProbeRun run = tls_probe(server.port()).expect("^\\+OK").run(world_, seconds(5));
  expect_run(run, {.message = "TLSv1.3, certificate valid until "});
  EXPECT_NEAR(measured(run, "certificate_expires_in").value_or(0), 90.0 * 86400, 86400);
}

TEST_F(TcpTlsTest, SaysWhatIsWrongWithACertificateAndStillMeasuresIt) {
  struct Case {
    const char* what;
    MadeCertificate certificate;
    const char* code;
    double days;
  };
  const MadeCertificate stranger = test::make_authority("Stranger");
  const Case cases[] = {
      {"expired", signed_by_us({.ends_in_seconds = -2L * 86400}), "CERT_HAS_EXPIRED", -2},
      {"not yet valid", signed_by_us({.begins_in_seconds = 86400}), "CERT_NOT_YET_VALID", 90},
      {"wrong name", signed_by_us({.alternative_names = "DNS:other"}), "IP_ADDRESS_MISMATCH", 90},
      {"self-signed", MadeCertificate({}), "DEPTH_ZERO_SELF_SIGNED_CERT", 90},
      {"unknown authority", MadeCertificate({}, &stranger), "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
       90},
      {"weak key", signed_by_us({.rsa_bits = 1024}), "EE_KEY_TOO_SMALL", 90},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    std::atomic<bool> heard = false;
    const ScriptedServer server(c.certificate,
                                [&](ScriptedPeer& peer) { heard = !peer.read_some().empty(); });
    const ProbeRun run = tls_probe(server.port()).send("secret").run(world_, seconds(5));
    expect_run(run, {Result::kFail, Reason::kCertificate, Phase::kTls, "", c.code});
    EXPECT_NEAR(measured(run, "certificate_expires_in").value_or(0), c.days * 86400, 43200);
    EXPECT_FALSE(heard) << "nothing is said to a peer that cannot be trusted";
    const ProbeRun unverified =
        tls_probe(server.port()).tls("verify", false).run(world_, seconds(5));
    expect_run(unverified, {});
    EXPECT_TRUE(measured(unverified, "certificate_expires_in").has_value());
  }
}

TEST_F(TcpTlsTest, SaysHowAPeerIsNoTlsPeer) {
  struct Case {
    const char* what;
    Script script;
    Expected expected;
  };
  const Case cases[] = {
      {"plain greeting",
       [](ScriptedPeer& peer) {
         peer.send("220 mail.internal ESMTP\r\n");
         peer.wait_until_closed();
       },
       {Result::kFail, Reason::kProtocol, Phase::kTls,
        "the peer does not speak TLS here: it sent \"220 mail.internal ESMTP\\r\\n\"", "NOT_TLS"}},
      {"plain answer",
       [](ScriptedPeer& peer) {
         peer.read_some();
         peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
       },
       {Result::kFail, Reason::kProtocol, Phase::kTls, "HTTP/1.1 400", "NOT_TLS"}},
      {"short greeting",
       [](ScriptedPeer& peer) { peer.send("hi\n"); },
       {Result::kFail, Reason::kProtocol, Phase::kTls, "it sent \"hi\\n\"", "NOT_TLS"}},
      {"closes",
       [](ScriptedPeer& peer) { peer.read_some(); },
       {Result::kFail, Reason::kTls, Phase::kTls, "closed the connection", "EOF"}},
      {"resets",
       [](ScriptedPeer& peer) {
         peer.read_some();
         peer.reset();
       },
       {Result::kFail, Reason::kReset, Phase::kTls, "", "ECONNRESET"}},
      {"never answers",
       [](ScriptedPeer& peer) { peer.wait_until_closed(); },
       {Result::kFail, Reason::kTimeout, Phase::kTls, "step 1 of 2: no answer within "}},
      {"an alert",
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
    expect_run(tls_probe(server.port()).expect("x").run(world_, seconds(1)), c.expected);
  }
}

TEST_F(TcpTlsTest, IsUnknownWhereTheAgentLacksItsOwnFiles) {
  const ScriptedServer server(signed_by_us({}), &greet);
  TypeProbe missing = tls_probe(server.port());
  missing.tls("ca_file", std::string("/nonexistent/ca.pem"));
  expect_run(missing.run(world_, seconds(5)), {Result::kUnknown, Reason::kAgent, Phase::kTls,
                                               "cannot read /nonexistent/ca.pem", "ENOENT"});
  TypeProbe empty = tls_probe(server.port());
  empty.tls("ca_file", folder_.write("empty.pem", "nothing here"));
  expect_run(empty.run(world_, seconds(5)),
             {Result::kUnknown, Reason::kAgent, Phase::kTls, "holds no certificate"});
}

TEST_F(TcpTlsTest, ShowsItsOwnCertificateToAPeerThatAsks) {
  const MadeCertificate made = signed_by_us({});
  const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  SSL_CTX_use_certificate(context.get(), made.get());
  SSL_CTX_use_PrivateKey(context.get(), made.key());
  X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), authority_.get());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  const ScriptedServer server([&](ScriptedPeer& peer) {
    if (peer.start_tls(context.get())) {
      greet(peer);
    }
  });
  expect_run(tls_probe(server.port()).expect("OK").run(world_, seconds(5)),
             {Result::kFail, Reason::kAuth, Phase::kFirstByte, "a certificate of ours"});
  TypeProbe with_certificate = tls_probe(server.port());
  with_certificate.expect("OK").tls("certificate_file", folder_.write("c.pem", made.pem()));
  with_certificate.tls("key_file", folder_.write("k.pem", made.key_pem()));
  expect_run(with_certificate.run(world_, seconds(5)), {});
}

TEST_F(TcpTlsTest, ChangesToTlsInTheMiddle) {
  const MadeCertificate made = signed_by_us({});
  const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  SSL_CTX_use_certificate(context.get(), made.get());
  SSL_CTX_use_PrivateKey(context.get(), made.key());
  struct Case {
    const char* protocol;
    std::vector<std::pair<std::string, std::string>> exchange;  // what is read, what is answered
  };
  const std::string mysql = std::string("\x29\0\0\0\x0a", 5) + "8.0.36" + std::string("\0abcd", 5) +
                            "abcdefgh" + std::string("\0\xff\xff", 3) + std::string(18, 'x');
  const Case cases[] = {
      {"smtp",
       {{"", "220 a\r\n"}, {"\r\n", "250-b\r\n250 STARTTLS\r\n"}, {"STARTTLS\r\n", "220 go\r\n"}}},
      {"imap", {{"", "* OK hi\r\n"}, {"a1 STARTTLS\r\n", "a1 OK go\r\n"}}},
      {"pop3", {{"", "+OK hi\r\n"}, {"STLS\r\n", "+OK go\r\n"}}},
      {"ftp", {{"", "220-hi\r\n220 there\r\n"}, {"AUTH TLS\r\n", "234 go\r\n"}}},
      {"ldap",
       {{"1.3.6.1.4.1.1466.20037",
         std::string("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00", 14)}}},
      {"postgres", {{std::string("\x04\xd2\x16\x2f"), "S"}}},
      {"mysql", {{"", mysql}, {std::string(23, '\0'), ""}}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.protocol);
    const ScriptedServer server([&](ScriptedPeer& peer) {
      for (const auto& [heard, answer] : c.exchange) {
        // MySQL's client goes on to TLS without waiting for an answer.
        EXPECT_TRUE(
            (answer.empty() ? peer.read_exactly(36) : peer.read_until(heard)).contains(heard));
        peer.send(answer);
      }
      if (peer.start_tls(context.get())) {
        greet(peer);
      }
    });
    TypeProbe asking = probe(server.port());
    asking.with("starttls", std::string(c.protocol)).tls("ca_file", ca_file_).expect("^\\+OK");
    expect_run(asking.run(world_, seconds(5)), {.message = "TLSv1.3"});
  }
}

TEST_F(TcpTlsTest, SaysThatAPeerRefusesToChange) {
  struct Case {
    const char* protocol;
    std::string greeting;
    std::string answer;
    Expected expected;
  };
  const Case cases[] = {
      {"smtp",
       "554 closed\r\n",
       "",
       {Result::kFail, Reason::kStatus, Phase::kFirstByte,
        "step 1 of 6: the peer refuses: \"554 closed\\r\\n\""}},
      {"pop3",
       "+OK hi\r\n",
       "-ERR no TLS\r\n",
       {Result::kFail, Reason::kStatus, Phase::kFirstByte, "refuses: \"-ERR no TLS\\r\\n\""}},
      {"postgres",
       "",
       "N",
       {Result::kFail, Reason::kStatus, Phase::kFirstByte, "the server has no TLS"}},
      {"postgres",
       "",
       "",
       {Result::kFail, Reason::kTimeout, Phase::kFirstByte,
        "step 2 of 3: waiting for the answer to SSLRequest, got nothing within "}},
      {"mysql",
       std::string("\x29\0\0\0\x0a", 5) + "8.0",
       "",
       {Result::kFail, Reason::kTimeout, Phase::kFirstByte,
        "step 1 of 3: waiting for the greeting, got \")\\x00\\x00\\x00\\n8.0\" within "}},
      {"mysql",
       "SSH-2.0-x\r\n",
       "",
       {Result::kFail, Reason::kProtocol, Phase::kFirstByte,
        "the peer does not speak MySQL's protocol, got \"SSH-2.0-x"}},
      {"ftp",
       "220 hi\r\n",
       "234 go\r\n230 injected\r\n",
       {Result::kFail, Reason::kProtocol, Phase::kFirstByte,
        "the peer sent more before TLS began"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.protocol);
    const ScriptedServer server([&](ScriptedPeer& peer) {
      peer.send(c.greeting);
      peer.read_some();
      peer.send(c.answer);
      peer.wait_until_closed();
    });
    TypeProbe asking = probe(server.port());
    asking.with("starttls", std::string(c.protocol));
    expect_run(asking.run(world_, seconds(2)), c.expected);
  }
}

}  // namespace
}  // namespace hale::checks
