// Certificates made while the test runs, wrong in whichever way it needs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <openssl/evp.h>
#include <openssl/x509.h>

namespace hale::test {

struct CertificateSpec {
  std::string name = "localhost";                                // CN of the subject
  std::string alternative_names = "DNS:localhost,IP:127.0.0.1";  // "" for none
  long begins_in_seconds = -3600;
  long ends_in_seconds = 90L * 24 * 3600;
  int rsa_bits = 0;  // 0: an elliptic curve, P-256
  bool authority = false;
};

class MadeCertificate {
 public:
  // Signed by `issuer`, or by itself where that is null.
  explicit MadeCertificate(const CertificateSpec& spec, const MadeCertificate* issuer = nullptr);

  X509* get() const { return certificate_.get(); }
  EVP_PKEY* key() const { return key_.get(); }
  std::string pem() const;
  std::string der() const;
  std::string key_pem() const;

 private:
  std::shared_ptr<EVP_PKEY> key_;
  std::shared_ptr<X509> certificate_;
};

MadeCertificate make_authority(const std::string& name = "Test Authority");

}  // namespace hale::test
