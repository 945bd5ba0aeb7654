// OpenSSL's objects as owned values.
#pragma once

#include <memory>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace hale::checks::tls {

template <auto Function>
struct Free {
  template <class T>
  void operator()(T* object) const {
    Function(object);
  }
};

using BioPointer = std::unique_ptr<BIO, Free<&BIO_free_all>>;
using CertificatePointer = std::unique_ptr<X509, Free<&X509_free>>;
using KeyPointer = std::unique_ptr<EVP_PKEY, Free<&EVP_PKEY_free>>;
using SslPointer = std::unique_ptr<SSL, Free<&SSL_free>>;

// While OpenSSL is used on a thread of a pool: what it keeps for that thread, its errors above all,
// goes with the call and not with the thread, whose end nobody waits for.
class PoolThreadUse {
 public:
  PoolThreadUse() = default;
  ~PoolThreadUse() { ::OPENSSL_thread_stop(); }
  PoolThreadUse(const PoolThreadUse&) = delete;
  PoolThreadUse& operator=(const PoolThreadUse&) = delete;
};

// Shared by every check with the same files; OpenSSL counts references of its own besides.
using StorePointer = std::shared_ptr<X509_STORE>;
using ContextPointer = std::shared_ptr<SSL_CTX>;

}  // namespace hale::checks::tls
