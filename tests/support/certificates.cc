#include "tests/support/certificates.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "monitor/assert.h"

namespace hale::test {
namespace {

void add_extension(X509* certificate, const MadeCertificate* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer != nullptr ? issuer->get() : certificate, certificate, nullptr,
                 nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  HALE_ASSERT(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

std::string text_of(BIO* memory) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(memory, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(memory);
  return text;
}

}  // namespace

MadeCertificate::MadeCertificate(const CertificateSpec& spec, const MadeCertificate* issuer)
    : key_(spec.rsa_bits > 0 ? EVP_RSA_gen(static_cast<unsigned int>(spec.rsa_bits))
                             : EVP_EC_gen("P-256"),
           &EVP_PKEY_free),
      certificate_(X509_new(), &X509_free) {
  X509* const certificate = certificate_.get();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 4711);
  X509_gmtime_adj(X509_getm_notBefore(certificate), spec.begins_in_seconds);
  X509_gmtime_adj(X509_getm_notAfter(certificate), spec.ends_in_seconds);
  X509_set_pubkey(certificate, key_.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(spec.name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, issuer != nullptr ? X509_get_subject_name(issuer->get())
                                                      : X509_get_subject_name(certificate));
  if (spec.authority) {
    add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(certificate, issuer, NID_key_usage, "critical,keyCertSign");
  }
  if (!spec.alternative_names.empty()) {
    add_extension(certificate, issuer, NID_subject_alt_name, spec.alternative_names.c_str());
  }
  EVP_PKEY* const signer = issuer != nullptr ? issuer->key() : key_.get();
  HALE_ASSERT(X509_sign(certificate, signer, EVP_sha256()) > 0);
}

std::string MadeCertificate::pem() const {
  BIO* const memory = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(memory, certificate_.get());
  return text_of(memory);
}

std::string MadeCertificate::der() const {
  BIO* const memory = BIO_new(BIO_s_mem());
  i2d_X509_bio(memory, certificate_.get());
  return text_of(memory);
}

std::string MadeCertificate::key_pem() const {
  BIO* const memory = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(memory, key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return text_of(memory);
}

MadeCertificate make_authority(const std::string& name) {
  return MadeCertificate({.name = name, .alternative_names = "", .authority = true});
}

}  // namespace hale::test
