#include "checks/tls/certificate.h"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/certificates.h"

namespace hale::checks::tls {
namespace {

using monitor::WallTime;
using std::chrono::seconds;
using test::MadeCertificate;

WallTime at(std::int64_t since_epoch) {
  return WallTime(seconds(since_epoch));
}

TEST(CertificateFactsTest, SayWhatACertificateSays) {
  const MadeCertificate authority = test::make_authority("Root");
  const MadeCertificate made({.name = "db.internal",
                              .alternative_names = "DNS:db.internal,DNS:*.db.internal,IP:10.0.0.1,"
                                                   "IP:2001:db8::1,URI:https://x/"},
                             &authority);
  const CertificateFacts facts = facts_of(*made.get());
  EXPECT_EQ(facts.subject, "CN=db.internal");
  EXPECT_EQ(facts.issuer, "CN=Root");
  EXPECT_EQ(facts.names,
            (std::vector<std::string>{"db.internal", "*.db.internal", "10.0.0.1", "2001:db8::1"}));
  EXPECT_EQ(facts.not_after - facts.not_before, seconds((90L * 24 * 3600) + 3600));
  EXPECT_EQ(facts.key, "EC P-256");
  EXPECT_EQ(facts.key_bits, 256);
  EXPECT_EQ(facts.signature, "ecdsa-with-SHA256");
  EXPECT_EQ(facts.serial, "1267");
  EXPECT_EQ(facts.sha256.size(), 64U);
  EXPECT_FALSE(facts.self_issued);
  EXPECT_FALSE(facts.is_ca);
  EXPECT_TRUE(facts_of(*authority.get()).self_issued);
  EXPECT_TRUE(facts_of(*authority.get()).is_ca);
}

TEST(CertificateFactsTest, AreBoundedAndPrintable) {
  std::string names;
  for (int i = 0; i < 300; ++i) {
    names += (i > 0 ? ",DNS:host" : "DNS:host") + std::to_string(i);
  }
  const MadeCertificate made({.name = "a\x1b[31m\nb", .alternative_names = names});
  const CertificateFacts facts = facts_of(*made.get());
  EXPECT_EQ(facts.names.size(), kMostNames);
  EXPECT_FALSE(facts.subject.contains('\n')) << facts.subject;
  EXPECT_FALSE(facts.subject.contains('\x1b')) << facts.subject;
}

TEST(CertificateFactsTest, NameAWeakKey) {
  const MadeCertificate made({.rsa_bits = 1024});
  EXPECT_EQ(facts_of(*made.get()).key, "RSA 1024");
}

TEST(CertificateTextTest, ShowsDatesAndDistances) {
  EXPECT_EQ(date_text(at(0)), "1970-01-01 00:00:00 UTC");
  EXPECT_EQ(date_text(at(1775044800)), "2026-04-01 12:00:00 UTC");
  EXPECT_TRUE(distance_text(at(3600), at(0)).starts_with("in 1h"));
  EXPECT_TRUE(distance_text(at(0), at(3600)).ends_with(" ago"));
}

TEST(ParseCertificatesTest, ReadsWhatFilesHold) {
  const MadeCertificate one({.name = "one"});
  const MadeCertificate two({.name = "two"});
  struct Case {
    const char* what;
    std::string text;
    std::size_t count;  // 0: an error
    const char* problem = "";
  };
  std::string damaged = one.pem();
  damaged[damaged.size() / 2] = '!';
  const Case cases[] = {
      {"one", one.pem(), 1},
      {"two and words between", one.pem() + "# the other\n" + two.pem(), 2},
      {"with its key", one.key_pem() + one.pem(), 1},
      {"DER", one.der(), 1},
      {"nothing", "", 0, "holds no certificate, neither PEM nor DER"},
      {"words", "hello", 0, "holds no certificate, neither PEM nor DER"},
      {"a key alone", one.key_pem(), 0, "holds no certificate"},
      {"damaged", damaged, 0, "holds a damaged certificate: bad base64 decode"},
      {"cut off", one.pem().substr(0, 200), 0, "holds a damaged certificate: bad end line"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    const auto parsed = parse_certificates(c.text);
    EXPECT_EQ(parsed ? parsed->size() : 0, c.count);
    EXPECT_EQ(parsed ? "" : parsed.error(), c.problem);
    EXPECT_EQ(take_openssl_error(), "");
  }
}

TEST(ParsePrivateKeyTest, AsksNobodyForAPassphrase) {
  const MadeCertificate one({.name = "one"});
  EXPECT_TRUE(parse_private_key(one.key_pem()).has_value());
  EXPECT_TRUE(parse_private_key(one.pem() + one.key_pem()).has_value());
  EXPECT_EQ(parse_private_key(one.pem()).error(), "holds no private key that can be read");
  EXPECT_EQ(parse_private_key("").error(), "holds no private key that can be read");
  EXPECT_EQ(parse_private_key("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n"
                              "-----END ENCRYPTED PRIVATE KEY-----\n")
                .error(),
            "holds a private key that is encrypted; hale needs it plain");
  EXPECT_EQ(take_openssl_error(), "");
}

}  // namespace
}  // namespace hale::checks::tls
