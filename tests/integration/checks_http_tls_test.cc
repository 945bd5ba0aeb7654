// The http check and the certificates of servers.
#include <chrono>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/support/certificates.h"
#include "tests/support/http_probe.h"
#include "tests/support/probe_folder.h"
#include "tests/support/probe_sockets.h"
#include "tests/support/scripted_server.h"

namespace hale::checks {
namespace {

using monitor::Phase;
using monitor::Reason;
using monitor::Result;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::CertificateSpec;
using test::http_answer;
using test::HttpProbe;
using test::MadeCertificate;
using test::ProbeRun;
using test::ProbeWorld;
using test::ScriptedPeer;
using test::ScriptedServer;

constexpr double kDay = 24.0 * 3600;

std::optional<double> expires_in(const ProbeRun& run) {
  for (const monitor::Measurement& measurement : run.result.measurements) {
    if (measurement.name == "certificate_expires_in") {
      return measurement.value;
    }
  }
  return std::nullopt;
}

class HttpTlsTest : public testing::Test {
 protected:
  MadeCertificate signed_by_us(const CertificateSpec& spec) {
    return MadeCertificate(spec, &authority_);
  }
  HttpProbe probe(const ScriptedServer& server, const std::string& host = "127.0.0.1") {
    HttpProbe made("https://" + host + ":" + std::to_string(server.port()) + "/");
    made.tls("ca_file", ca_file_);
    return made;
  }
  static ScriptedServer::Script hello() {
    return [](ScriptedPeer& peer) {
      peer.read_request();
      peer.send(http_answer("hello"));
    };
  }

  MadeCertificate authority_ = test::make_authority();
  test::ProbeFolder folder_;
  std::string ca_file_ = folder_.write("ca.pem", authority_.pem());
  ProbeWorld world_;
};

TEST_F(HttpTlsTest, PassesAndMeasuresTheExpiry) {
  const ScriptedServer server(signed_by_us({}), hello());
  const ProbeRun run = probe(server).run(world_, seconds(5));
  EXPECT_EQ(run.result.outcome.result, Result::kPass) << run.result.outcome.message;
  ASSERT_TRUE(expires_in(run).has_value());
  EXPECT_NEAR(*expires_in(run), 90 * kDay, kDay);
  bool has_tls = false;
  for (const monitor::PhaseTime& time : run.phases) {
    has_tls = has_tls || time.phase == Phase::kTls;
  }
  EXPECT_TRUE(has_tls);
}

TEST_F(HttpTlsTest, SaysWhatIsWrongWithACertificateAndStillMeasuresIt) {
  struct Case {
    std::string_view name;
    MadeCertificate certificate;
    std::string_view code;
    double days = 90;
  };
  const MadeCertificate stranger = test::make_authority("Stranger");
  const std::vector<Case> cases = {
      {"expired", signed_by_us({.begins_in_seconds = -100 * 86400, .ends_in_seconds = -2 * 86400}),
       "CERT_HAS_EXPIRED", -2},
      {"not yet valid", signed_by_us({.begins_in_seconds = 86400, .ends_in_seconds = 90 * 86400}),
       "CERT_NOT_YET_VALID"},
      {"wrong name", signed_by_us({.alternative_names = "DNS:other.example"}),
       "IP_ADDRESS_MISMATCH"},
      {"self-signed", MadeCertificate({}), "DEPTH_ZERO_SELF_SIGNED_CERT"},
      {"unknown authority", MadeCertificate({}, &stranger), "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"},
      {"weak key", signed_by_us({.rsa_bits = 1024}), "EE_KEY_TOO_SMALL"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    bool asked = false;
    const ScriptedServer server(c.certificate, [&asked](ScriptedPeer& peer) {
      asked = !peer.read_request().empty();
      peer.send(http_answer("hello"));
    });
    ProbeRun run = probe(server).run(world_, seconds(5));
    EXPECT_EQ(run.result.outcome.result, Result::kFail);
    EXPECT_EQ(to_string(run.result.outcome.reason), "certificate") << run.result.outcome.message;
    EXPECT_EQ(run.result.outcome.phase, Phase::kTls);
    EXPECT_EQ(run.result.outcome.code, c.code);
    EXPECT_NEAR(expires_in(run).value_or(0), c.days * kDay, kDay);
    EXPECT_FALSE(asked) << "a stranger was sent the request";

    run = probe(server).tls("verify", false).run(world_, seconds(5));
    EXPECT_EQ(run.result.outcome.result, Result::kPass) << run.result.outcome.message;
    EXPECT_NEAR(expires_in(run).value_or(0), c.days * kDay, kDay);
  }
}

// Whoever was trusted or not by an earlier check of the same agent.
TEST_F(HttpTlsTest, TrustsTheAuthoritiesOfItsOwnCheckOnly) {
  const MadeCertificate other = test::make_authority("Other");
  const std::string other_file = folder_.write("other.pem", other.pem());
  const ScriptedServer ours(signed_by_us({}), hello());
  const ScriptedServer theirs(MadeCertificate({}, &other), hello());
  for (int round = 0; round < 2; ++round) {
    for (const bool with_other : {false, true}) {
      for (const ScriptedServer* server : {&ours, &theirs}) {
        HttpProbe asks = probe(*server);
        if (with_other) {
          asks.tls("ca_file", other_file);
        }
        const ProbeRun run = asks.run(world_, seconds(5));
        EXPECT_EQ(run.result.outcome.result == Result::kPass, (server == &theirs) == with_other)
            << run.result.outcome.message;
      }
    }
  }
}

TEST_F(HttpTlsTest, AsksForTheNameThatItIsTold) {
  const ScriptedServer server(
      signed_by_us({.alternative_names = "DNS:web.example"}),
      [](ScriptedPeer& peer) { peer.send(http_answer(peer.read_request())); });
  const ProbeRun run =
      probe(server)
          .tls("server_name", std::string("web.example"))
          .expect("body_contains", "Host: 127.0.0.1:" + std::to_string(server.port()) + "\r\n")
          .run(world_, seconds(5));
  EXPECT_EQ(run.result.outcome.result, Result::kPass)
      << run.result.outcome.message << run.result.excerpt;
}

TEST_F(HttpTlsTest, SaysThatAPeerDoesNotSpeakTls) {
  const ScriptedServer server([](ScriptedPeer& peer) {
    peer.read_some();
    peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  const ProbeRun run = probe(server).run(world_, seconds(5));
  EXPECT_EQ(to_string(run.result.outcome.reason), "tls") << run.result.outcome.message;
  EXPECT_EQ(run.result.outcome.phase, Phase::kTls);
}

TEST_F(HttpTlsTest, SaysThatAPeerSpeaksTlsWherePlainIsExpected) {
  const ScriptedServer server(signed_by_us({}), hello());
  const ProbeRun run = HttpProbe(server.url()).run(world_, seconds(5));
  EXPECT_EQ(run.result.outcome.result, Result::kFail);
  EXPECT_TRUE(run.result.outcome.reason == Reason::kProtocol ||
              run.result.outcome.reason == Reason::kReset)
      << run.result.outcome.message;
}

TEST_F(HttpTlsTest, ClosedOrSwallowedHandshakesAreTold) {
  const ScriptedServer closes([](ScriptedPeer& peer) { peer.read_some(); });
  ProbeRun run = probe(closes).run(world_, seconds(5));
  EXPECT_EQ(to_string(run.result.outcome.reason), "reset") << run.result.outcome.message;
  EXPECT_EQ(run.result.outcome.phase, Phase::kTls);

  const ScriptedServer swallows([](ScriptedPeer& peer) { peer.wait_until_closed(); });
  run = probe(swallows).run(world_, milliseconds(300));
  EXPECT_EQ(to_string(run.result.outcome.reason), "timeout") << run.result.outcome.message;
  EXPECT_EQ(run.result.outcome.phase, Phase::kTls);
  EXPECT_LT(run.took, milliseconds(350));
}

TEST_F(HttpTlsTest, ACaFileThatIsMissingIsTheAgentsFault) {
  const ScriptedServer server(signed_by_us({}), hello());
  const ProbeRun run =
      probe(server).tls("ca_file", std::string("/nowhere/ca.pem")).run(world_, seconds(5));
  EXPECT_EQ(run.result.outcome.result, Result::kUnknown) << run.result.outcome.message;
}

}  // namespace
}  // namespace hale::checks
