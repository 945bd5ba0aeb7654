#include "checks/tls/materials.h"

#include <utility>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include "checks/tls/certificate.h"

namespace hale::checks::tls {
namespace {

using monitor::Outcome;
using monitor::Reason;

// The order of the ciphers is OpenSSL's; whoever allows TLS 1.0 means to reach an old machine.
constexpr const char* kOldCiphers = "DEFAULT:@SECLEVEL=0";

ContextPointer make_context(const TlsOptions& options, const TlsMaterial& material) {
  ContextPointer context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  return context && prepare(*context, options, material) ? context : nullptr;
}

bool set_identity(SSL_CTX& context, const Identity& identity) {
  if (SSL_CTX_use_certificate(&context, identity.chain.front().get()) != 1) {
    return false;
  }
  SSL_CTX_clear_chain_certs(&context);
  for (std::size_t i = 1; i < identity.chain.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(&context, identity.chain[i].get()) != 1) {
      return false;
    }
  }
  return SSL_CTX_use_PrivateKey(&context, identity.key.get()) == 1;
}

}  // namespace

bool prepare(SSL_CTX& context, const TlsOptions& options, const TlsMaterial& material) {
  ERR_clear_error();
  if (material.store) {
    SSL_CTX_set1_cert_store(&context, material.store.get());
  }
  SSL_CTX_set_min_proto_version(&context, options.minimum_version);
  if (options.minimum_version < TLS1_2_VERSION) {
    SSL_CTX_set_cipher_list(&context, kOldCiphers);
  }
  SSL_CTX_set_options(&context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_session_cache_mode(&context, SSL_SESS_CACHE_OFF);
  // Thousands of checks, most of them idle.
  SSL_CTX_set_mode(&context, SSL_MODE_RELEASE_BUFFERS);
  return !material.identity || set_identity(context, *material.identity);
}

std::expected<std::shared_ptr<X509_STORE>, std::string> make_store(
    const std::vector<std::string>& texts) {
  StorePointer store(X509_STORE_new(), &X509_STORE_free);
  for (const std::string& text : texts) {
    auto certificates = parse_certificates(text);
    if (!certificates) {
      return std::unexpected(std::move(certificates.error()));
    }
    for (const CertificatePointer& certificate : *certificates) {
      X509_STORE_add_cert(store.get(), certificate.get());
    }
  }
  ERR_clear_error();
  return store;
}

std::expected<std::shared_ptr<const Identity>, std::string> make_identity(
    const std::vector<std::string>& texts) {
  auto chain = parse_certificates(texts.front());
  if (!chain) {
    return std::unexpected(std::move(chain.error()));
  }
  auto key = parse_private_key(texts.back());
  if (!key) {
    return std::unexpected(std::move(key.error()));
  }
  if (X509_check_private_key(chain->front().get(), key->get()) != 1) {
    ERR_clear_error();
    return std::unexpected("does not belong to the key");
  }
  auto identity = std::make_shared<Identity>();
  identity->chain = std::move(*chain);
  identity->key = std::move(*key);
  return identity;
}

TlsMaterials::TlsMaterials(monitor::Services& /*services*/)
    : stores_(&make_store), identities_(&make_identity) {}

monitor::Task<std::expected<std::shared_ptr<const TlsMaterial>, Outcome>> TlsMaterials::get(
    monitor::RunContext& context, TlsOptions options) {
  auto material = std::make_shared<TlsMaterial>();
  if (options.verify) {
    std::vector<std::string> paths = {options.ca_file.empty() ? kSystemAuthorities
                                                              : options.ca_file};
    auto store = co_await stores_.get(context, std::move(paths));
    if (!store) {
      co_return std::unexpected(std::move(store.error()));
    }
    material->store = std::move(*store);
  }
  if (!options.certificate_file.empty()) {
    std::vector<std::string> paths = {options.certificate_file, options.key_file.empty()
                                                                    ? options.certificate_file
                                                                    : options.key_file};
    auto identity = co_await identities_.get(context, std::move(paths));
    if (!identity) {
      co_return std::unexpected(std::move(identity.error()));
    }
    material->identity = std::move(*identity);
  }
  const Key key(options.ca_file, options.certificate_file, options.key_file, options.verify,
                options.minimum_version);
  std::shared_ptr<const TlsMaterial>& known = materials_[key];
  if (!known || known->store != material->store || known->identity != material->identity) {
    material->context = make_context(options, *material);
    if (!material->context) {
      co_return std::unexpected(
          Outcome::unknown(Reason::kAgent, context.phase(),
                           "OpenSSL cannot use the certificate: " + take_openssl_error()));
    }
    known = std::move(material);
  }
  co_return known;
}

}  // namespace hale::checks::tls
