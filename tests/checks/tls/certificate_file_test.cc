#include "checks/tls/certificate_file.h"

#include <string>

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/pkcs12.h>

#include "tests/support/certificates.h"

namespace hale::checks::tls {
namespace {

using monitor::ItemResult;
using monitor::Reason;
using test::MadeCertificate;

monitor::WallTime now() {
  const MadeCertificate fresh({.begins_in_seconds = 0});
  return facts_of(*fresh.get()).not_before;
}

std::string pkcs12(const MadeCertificate& made, const char* password) {
  PKCS12* const bundle =
      PKCS12_create(password, "name", made.key(), made.get(), nullptr, 0, 0, 0, 0, 0);
  BIO* const memory = BIO_new(BIO_s_mem());
  i2d_PKCS12_bio(memory, bundle);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(memory, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(memory);
  PKCS12_free(bundle);
  return text;
}

TEST(CertificateFileTest, JudgesEachKindOfFile) {
  const MadeCertificate root = test::make_authority("Root");
  const MadeCertificate other = test::make_authority("Other");
  const MadeCertificate old_root(
      {.name = "Old", .alternative_names = "", .ends_in_seconds = -60, .authority = true});
  const MadeCertificate site({.name = "site"}, &root);
  const MadeCertificate expired({.name = "old", .ends_in_seconds = -7200}, &root);
  const MadeCertificate early({.name = "new", .begins_in_seconds = 7200}, &root);
  const MadeCertificate weak({.name = "weak", .rsa_bits = 1024}, &root);
  struct Case {
    const char* what;
    std::string text;
    FileContext beside;
    Reason reason;
    const char* message;
  };
  const Case cases[] = {
      {"alone", site.pem(), {}, Reason::kNone, "CN=site, issued by CN=Root, expires in "},
      {"DER", site.der(), {}, Reason::kNone, "CN=site, issued by CN=Root, expires in "},
      {"with its chain", site.pem() + root.pem(), {}, Reason::kNone, "CN=site, issued by"},
      {"with its key", site.pem() + site.key_pem(), {}, Reason::kNone, "CN=site"},
      {"key beside it", site.pem(), {.key_text = site.key_pem()}, Reason::kNone, "CN=site"},
      {"PKCS#12", pkcs12(site, "pass"), {.password = "pass"}, Reason::kNone, "CN=site"},
      {"a store", root.pem() + other.pem(), {}, Reason::kNone, "2 authorities; the next, CN="},
      {"a store with an old one",
       old_root.pem() + root.pem(),
       {},
       Reason::kNone,
       "2 authorities, 1 of them expired; the next, CN=Root, expires in "},
      {"expired", expired.pem(), {}, Reason::kCertificate, "CN=old expired 2h"},
      {"expired in the chain",
       site.pem() + expired.pem(),
       {},
       Reason::kCertificate,
       "CN=old expired"},
      {"an expired authority", old_root.pem(), {}, Reason::kCertificate, "CN=Old expired "},
      {"not yet valid", early.pem(), {}, Reason::kCertificate, "CN=new is not valid before 20"},
      {"another's chain",
       site.pem() + other.pem(),
       {},
       Reason::kCertificate,
       "the chain is broken: CN=site was not issued by the one that follows, CN=Other"},
      {"another's key",
       site.pem() + weak.key_pem(),
       {},
       Reason::kCertificate,
       "the private key does not belong to the certificate"},
      {"another's key with a certificate that could sign others",
       root.pem() + weak.key_pem(),
       {},
       Reason::kCertificate,
       "the private key does not belong to the certificate"},
      {"its own key with such a certificate", root.pem() + root.key_pem(), {}, Reason::kNone, ""},
      {"another's key beside it",
       site.pem(),
       {.key_text = root.key_pem()},
       Reason::kCertificate,
       "the private key does not belong to the certificate"},
      {"no key beside it",
       site.pem(),
       {.key_text = "hello"},
       Reason::kValidation,
       "the file of the key holds no private key that can be read"},
      {"weak", weak.pem(), {}, Reason::kCertificate, "the key is weak: RSA 1024"},
      {"wrong password",
       pkcs12(site, "pass"),
       {.password = "x"},
       Reason::kValidation,
       "is a PKCS#12 bundle that `password` does not open"},
      {"empty", "", {}, Reason::kValidation, "holds no certificate, neither PEM nor DER"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    const ItemResult item = judge_file("/x.pem", c.text, c.beside, now());
    EXPECT_EQ(item.name, "/x.pem");
    EXPECT_EQ(to_string(item.outcome.reason), to_string(c.reason));
    EXPECT_TRUE(item.outcome.message.starts_with(c.message)) << item.outcome.message;
    EXPECT_EQ(item.measurements.size(),
              c.reason == Reason::kValidation && c.beside.key_text.empty() ? 0U : 1U);
  }
}

TEST(CertificateFileTest, MeasuresWhatExpiresFirst) {
  const MadeCertificate root = test::make_authority("Root");
  const MadeCertificate old_root(
      {.name = "Old", .alternative_names = "", .ends_in_seconds = -60, .authority = true});
  const MadeCertificate site({.ends_in_seconds = 3600}, &root);
  EXPECT_NEAR(judge_file("x", site.pem() + root.pem(), {}, now()).measurements[0].value, 3600, 30);
  EXPECT_GT(judge_file("x", old_root.pem() + root.pem(), {}, now()).measurements[0].value, 3600)
      << "of a store, the first that is still valid";
}

}  // namespace
}  // namespace hale::checks::tls
