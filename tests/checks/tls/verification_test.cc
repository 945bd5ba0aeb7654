#include "checks/tls/verification.h"

#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/x509_vfy.h>

#include "checks/tls/materials.h"
#include "checks/tls/options.h"
#include "tests/support/certificates.h"

namespace hale::checks::tls {
namespace {

using monitor::Reason;
using monitor::WallTime;
using test::MadeCertificate;

// A handshake in memory between `server` and a client that trusts `trusted`.
class Handshake {
 public:
  Handshake(const MadeCertificate& server, const std::vector<std::string>& trusted,
            const std::string& name, bool verify = true)
      : verification(name, verify) {
    TlsMaterial material;
    material.store = make_store(trusted).value();
    const ContextPointer client_context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
    EXPECT_TRUE(prepare(*client_context, TlsOptions(), material));
    const ContextPointer server_context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
    SSL_CTX_set_security_level(server_context.get(), 0);
    SSL_CTX_use_certificate(server_context.get(), server.get());
    SSL_CTX_use_PrivateKey(server_context.get(), server.key());
    const SslPointer client_end(SSL_new(client_context.get()));
    const SslPointer server_end(SSL_new(server_context.get()));
    BIO* a = nullptr;
    BIO* b = nullptr;
    BIO_new_bio_pair(&a, 0, &b, 0);
    SSL_set_bio(client_end.get(), a, a);
    SSL_set_bio(server_end.get(), b, b);
    SSL_set_connect_state(client_end.get());
    SSL_set_accept_state(server_end.get());
    verification.watch(*client_end);
    for (int i = 0; i < 10; ++i) {
      done = SSL_do_handshake(client_end.get()) == 1;
      SSL_do_handshake(server_end.get());
    }
    take_openssl_error();
  }

  Verification verification;
  bool done = false;
};

WallTime now() {
  const MadeCertificate fresh({.begins_in_seconds = 0});
  return facts_of(*fresh.get()).not_before;
}

TEST(VerificationTest, JudgesEachKindOfCertificate) {
  const MadeCertificate authority = test::make_authority("Root");
  const MadeCertificate other = test::make_authority("Other");
  const MadeCertificate old_authority(
      {.name = "Old Root", .alternative_names = "", .ends_in_seconds = -60, .authority = true});
  struct Case {
    const char* what;
    MadeCertificate server;
    std::string name;
    std::string code;
    const char* message;
  };
  const Case cases[] = {
      {"good", MadeCertificate({}, &authority), "localhost", "", ""},
      {"a dot at the end", MadeCertificate({}, &authority), "localhost.", "", ""},
      {"address", MadeCertificate({}, &authority), "127.0.0.1", "", ""},
      {"expired", MadeCertificate({.ends_in_seconds = -600}, &authority), "localhost",
       "CERT_HAS_EXPIRED", "the certificate expired 10m"},
      {"not yet valid", MadeCertificate({.begins_in_seconds = 7200}, &authority), "localhost",
       "CERT_NOT_YET_VALID", "the certificate is not valid before 20"},
      {"wrong name", MadeCertificate({}, &authority), "db.internal", "HOSTNAME_MISMATCH",
       "the certificate is for localhost, 127.0.0.1, not for db.internal"},
      {"wrong address", MadeCertificate({}, &authority), "127.0.0.2", "IP_ADDRESS_MISMATCH",
       "the certificate is for localhost, 127.0.0.1, not for 127.0.0.2"},
      {"unknown authority", MadeCertificate({}, &other), "localhost",
       "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
       "the issuer of the certificate, CN=Other, is neither trusted nor sent along"},
      {"self-signed", MadeCertificate({}), "localhost", "DEPTH_ZERO_SELF_SIGNED_CERT",
       "the certificate is self-signed and not among the trusted ones"},
      {"weak key", MadeCertificate({.rsa_bits = 1024}, &authority), "localhost", "EE_KEY_TOO_SMALL",
       "the certificate has a weak key: RSA 1024"},
      {"expired authority", MadeCertificate({}, &old_authority), "localhost", "CERT_HAS_EXPIRED",
       "the issuer's certificate (CN=Old Root) expired "},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    const Handshake handshake(c.server, {authority.pem() + old_authority.pem()}, c.name);
    EXPECT_TRUE(handshake.done) << "objections do not end it";
    const auto verdict = handshake.verification.verdict(now());
    EXPECT_EQ(verdict ? verdict->code : "", c.code);
    EXPECT_TRUE(handshake.verification.expires_in(now()).has_value()) << "dates all the same";
    if (verdict) {
      EXPECT_EQ(verdict->reason, Reason::kCertificate);
      EXPECT_EQ(verdict->phase, monitor::Phase::kTls);
      EXPECT_TRUE(verdict->message.starts_with(c.message)) << verdict->message;
    }
  }
}

TEST(VerificationTest, TellsEverythingThatIsWrong) {
  const MadeCertificate made({.ends_in_seconds = -600});
  const Handshake handshake(made, {test::make_authority().pem()}, "db.internal");
  const auto verdict = handshake.verification.verdict(now());
  ASSERT_TRUE(verdict.has_value());
  EXPECT_TRUE(verdict->message.contains("is self-signed")) << verdict->message;
  EXPECT_TRUE(verdict->message.contains("; the certificate expired")) << verdict->message;
  EXPECT_TRUE(verdict->message.contains("not for db.internal")) << verdict->message;
}

TEST(VerificationTest, CollectsWithoutJudgingWhenSwitchedOff) {
  const MadeCertificate made({.ends_in_seconds = -600});
  const Handshake handshake(made, {test::make_authority().pem()}, "db.internal", false);
  EXPECT_TRUE(handshake.done);
  EXPECT_FALSE(handshake.verification.verdict(now()).has_value());
  ASSERT_EQ(handshake.verification.chain().size(), 1U);
  const auto measured = handshake.verification.expires_in(now());
  ASSERT_TRUE(measured.has_value());
  EXPECT_EQ(measured->name, "certificate_expires_in");
  EXPECT_NEAR(measured->value, -600, 30);
}

TEST(VerificationTest, MeasuresTheFirstOfTheChainToExpire) {
  const MadeCertificate authority(
      {.name = "Short Root", .alternative_names = "", .ends_in_seconds = 3600, .authority = true});
  const MadeCertificate made({}, &authority);
  const Handshake handshake(made, {authority.pem()}, "localhost");
  EXPECT_EQ(handshake.verification.chain().size(), 2U);
  EXPECT_NEAR(handshake.verification.expires_in(now())->value, 3600, 30);
}

TEST(VerificationTest, DoesNotTrustAPeerThatShowedNothing) {
  const Verification nothing("localhost", true);
  EXPECT_EQ(nothing.verdict(WallTime())->code, "NO_CERTIFICATE");
  EXPECT_FALSE(nothing.expires_in(WallTime()).has_value());
}

TEST(TlsOptionsTest, ReadsItsTable) {
  monitor::Parameters table;
  for (const monitor::KeyDescriptor& key : tls_keys()) {
    table.set(std::string(key.name), *key.default_value);
  }
  ASSERT_TRUE(read_tls_options(table).has_value());
  EXPECT_EQ(*read_tls_options(table), TlsOptions());
  table.set("minimum_version", std::string("1.3"));
  EXPECT_EQ(read_tls_options(table)->minimum_version, 0x0304);
  table.set("ca_file", std::string("/etc/ca.pem"));
  EXPECT_EQ(read_tls_options(table)->ca_file, "/etc/ca.pem");
  table.set("key_file", std::string("/etc/key.pem"));
  EXPECT_EQ(read_tls_options(table).error().message,
            "a key needs its certificate (add `certificate_file`)");
}

}  // namespace
}  // namespace hale::checks::tls
