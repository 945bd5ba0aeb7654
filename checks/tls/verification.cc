#include "checks/tls/verification.h"

#include <algorithm>
#include <array>
#include <utility>

#include <asio/ip/address.hpp>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "checks/excerpt.h"
#include "checks/tls/options.h"

namespace hale::checks::tls {
namespace {

using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;

constexpr std::size_t kLongestChain = 20;
constexpr std::size_t kMostObjections = 20;

struct Name {
  int error;
  std::string_view name;
};

constexpr std::array kNames = {
    Name{X509_V_ERR_CERT_HAS_EXPIRED, "CERT_HAS_EXPIRED"},
    Name{X509_V_ERR_CERT_NOT_YET_VALID, "CERT_NOT_YET_VALID"},
    Name{X509_V_ERR_HOSTNAME_MISMATCH, "HOSTNAME_MISMATCH"},
    Name{X509_V_ERR_IP_ADDRESS_MISMATCH, "IP_ADDRESS_MISMATCH"},
    Name{X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "DEPTH_ZERO_SELF_SIGNED_CERT"},
    Name{X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, "SELF_SIGNED_CERT_IN_CHAIN"},
    Name{X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, "UNABLE_TO_GET_ISSUER_CERT"},
    Name{X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"},
    Name{X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"},
    Name{X509_V_ERR_CERT_SIGNATURE_FAILURE, "CERT_SIGNATURE_FAILURE"},
    Name{X509_V_ERR_EE_KEY_TOO_SMALL, "EE_KEY_TOO_SMALL"},
    Name{X509_V_ERR_CA_KEY_TOO_SMALL, "CA_KEY_TOO_SMALL"},
    Name{X509_V_ERR_CA_MD_TOO_WEAK, "CA_MD_TOO_WEAK"},
    Name{X509_V_ERR_INVALID_CA, "INVALID_CA"},
    Name{X509_V_ERR_INVALID_PURPOSE, "INVALID_PURPOSE"},
    Name{X509_V_ERR_CERT_UNTRUSTED, "CERT_UNTRUSTED"},
    Name{X509_V_ERR_CERT_REJECTED, "CERT_REJECTED"},
    Name{X509_V_ERR_CERT_REVOKED, "CERT_REVOKED"},
    Name{X509_V_ERR_CERT_CHAIN_TOO_LONG, "CERT_CHAIN_TOO_LONG"},
    Name{X509_V_ERR_PATH_LENGTH_EXCEEDED, "PATH_LENGTH_EXCEEDED"},
    Name{X509_V_ERR_PERMITTED_VIOLATION, "PERMITTED_VIOLATION"},
    Name{X509_V_ERR_EXCLUDED_VIOLATION, "EXCLUDED_VIOLATION"},
};

// Which SSL reports to which Verification.
int verification_slot() {
  static const int kSlot = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return kSlot;
}

bool is_address(const std::string& name) {
  asio::error_code error;
  asio::ip::make_address(name, error);
  return !error;
}

// The first names of a certificate, for a message.
std::string some_names(const CertificateFacts& facts) {
  constexpr std::size_t kShown = 5;
  if (facts.names.empty()) {
    return facts.subject.empty() ? "nobody" : facts.subject;
  }
  std::string text;
  for (std::size_t i = 0; i < facts.names.size() && i < kShown; ++i) {
    text += (i > 0 ? ", " : "") + facts.names[i];
  }
  return facts.names.size() > kShown ? text + ", ..." : text;
}

// "the certificate", "the issuer's certificate CN=Example CA".
std::string subject_of(int depth, const CertificateFacts& facts) {
  return depth == 0 ? "the certificate" : "the issuer's certificate (" + facts.subject + ")";
}

std::string text_of(const Objection& objection, const CertificateFacts& facts,
                    const std::string& name, monitor::WallTime now) {
  const std::string subject = subject_of(objection.depth, facts);
  switch (objection.error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return subject + " expired " + distance_text(facts.not_after, now) + ", on " +
             date_text(facts.not_after);
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return subject + " is not valid before " + date_text(facts.not_before) + ", " +
             distance_text(facts.not_before, now);
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return subject + " is for " + some_names(facts) + ", not for " + name;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return subject + " is self-signed and not among the trusted ones";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return "the authority " + facts.subject + " is not among the trusted ones";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return "the issuer of " + subject + ", " + facts.issuer +
             ", is neither trusted nor sent along";
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
      return subject + " has a weak key: " + facts.key;
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return subject + " has a weak signature: " + facts.signature;
    default:
      return subject + ": " + X509_verify_cert_error_string(objection.error);
  }
}

// Of one cause OpenSSL may object twice.
bool follows_from(const Objection& objection, const std::vector<Objection>& earlier) {
  return std::ranges::any_of(earlier, [&](const Objection& other) {
    return (other.error == objection.error && other.depth == objection.depth) ||
           (objection.error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE &&
            (other.error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
             other.error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY));
  });
}

}  // namespace

std::string objection_name(int error) {
  const auto* const found =
      std::ranges::find_if(kNames, [error](const Name& name) { return name.error == error; });
  return found != kNames.end() ? std::string(found->name) : "X509_V_ERR " + std::to_string(error);
}

std::optional<Outcome> verdict_of(const std::vector<Objection>& objections,
                                  const std::vector<CertificateFacts>& chain,
                                  const std::string& name, monitor::WallTime now) {
  if (objections.empty()) {
    return std::nullopt;
  }
  std::string message;
  std::vector<Objection> told;
  for (const Objection& objection : objections) {
    if (follows_from(objection, told)) {
      continue;
    }
    told.push_back(objection);
    const auto depth = static_cast<std::size_t>(std::max(objection.depth, 0));
    const CertificateFacts facts = depth < chain.size() ? chain[depth] : CertificateFacts();
    message += (message.empty() ? "" : "; ") + text_of(objection, facts, name, now);
  }
  return Outcome::fail(Reason::kCertificate, Phase::kTls, std::move(message),
                       objection_name(objections.front().error));
}

void Verification::expect_name(X509_VERIFY_PARAM& parameters) const {
  if (!verify_ || name_.empty()) {
    return;
  }
  if (is_address(name_)) {
    X509_VERIFY_PARAM_set1_ip_asc(&parameters, name_.c_str());
    return;
  }
  // "db.internal." is the same host.
  const std::size_t size = name_.ends_with('.') ? name_.size() - 1 : name_.size();
  X509_VERIFY_PARAM_set_hostflags(&parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  X509_VERIFY_PARAM_set1_host(&parameters, name_.data(), size);
}

void Verification::watch(SSL_CTX& context) {
  expect_name(*SSL_CTX_get0_param(&context));
  SSL_CTX_set_cert_verify_callback(&context, &Verification::verify_chain, this);
}

void Verification::watch(SSL& connection) {
  expect_name(*SSL_get0_param(&connection));
  if (!name_.empty() && !is_address(name_)) {
    std::string name = name_.ends_with('.') ? name_.substr(0, name_.size() - 1) : name_;
    SSL_ctrl(&connection, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
  }
  SSL_set_ex_data(&connection, verification_slot(), this);
  SSL_CTX_set_cert_verify_callback(SSL_get_SSL_CTX(&connection), &Verification::verify_chain,
                                   nullptr);
}

int Verification::verify_chain(X509_STORE_CTX* store, void* argument) {
  auto* self = static_cast<Verification*>(argument);
  if (self == nullptr) {
    const auto* const connection = static_cast<const SSL*>(
        X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    self = static_cast<Verification*>(SSL_get_ex_data(connection, verification_slot()));
  }
  if (self == nullptr) {
    return 0;
  }
  self->chain_.clear();
  self->objections_.clear();
  X509_STORE_CTX_set_ex_data(store, 0, self);
  X509_STORE_CTX_set_verify_cb(store, &Verification::note);
  const int verified = X509_verify_cert(store);
  const STACK_OF(X509)* const chain = X509_STORE_CTX_get0_chain(store);
  const int length = chain != nullptr ? sk_X509_num(chain) : 0;
  for (int i = 0; i < length && self->chain_.size() < kLongestChain; ++i) {
    self->chain_.push_back(facts_of(*sk_X509_value(chain, i)));
  }
  if (self->chain_.empty()) {
    if (const X509* const own = X509_STORE_CTX_get0_cert(store)) {
      self->chain_.push_back(facts_of(*own));
    }
  }
  if (!self->verify_) {
    self->objections_.clear();
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
  }
  if (self->objections_.empty() && verified <= 0) {  // without having called note()
    const int error = X509_STORE_CTX_get_error(store);
    self->objections_.push_back({.error = error != X509_V_OK ? error : X509_V_ERR_UNSPECIFIED});
  }
  X509_STORE_CTX_set_error(store,
                           self->objections_.empty() ? X509_V_OK : self->objections_.front().error);
  return 1;
}

int Verification::note(int ok, X509_STORE_CTX* store) {
  auto* const self = static_cast<Verification*>(X509_STORE_CTX_get_ex_data(store, 0));
  if (ok == 0 && self->objections_.size() < kMostObjections) {
    self->objections_.push_back(
        {.error = X509_STORE_CTX_get_error(store), .depth = X509_STORE_CTX_get_error_depth(store)});
  }
  return 1;
}

std::optional<Outcome> Verification::verdict(monitor::WallTime now) const {
  if (!verify_) {
    return std::nullopt;
  }
  if (chain_.empty()) {
    return Outcome::fail(Reason::kCertificate, Phase::kTls, "the peer showed no certificate",
                         "NO_CERTIFICATE");
  }
  return verdict_of(objections_, chain_, name_, now);
}

std::optional<monitor::Measurement> Verification::expires_in(monitor::WallTime now) const {
  if (chain_.empty()) {
    return std::nullopt;
  }
  const auto first = std::ranges::min_element(chain_, {}, &CertificateFacts::not_after);
  return monitor::Measurement{.name = std::string(kExpiresIn),
                              .value = monitor::to_seconds(first->not_after - now)};
}

std::string session_text(const SSL& connection) {
  return std::string(SSL_get_version(&connection)) + ", " + SSL_get_cipher_name(&connection);
}

void Verification::tell(monitor::RunContext& context) const {
  if (!context.verbose()) {
    return;
  }
  for (std::size_t i = 0; i < chain_.size(); ++i) {
    context.tell("certificate " + std::to_string(i) + ": " + describe(chain_[i]));
    std::string names;
    for (const std::string& name : chain_[i].names) {
      names += (names.empty() ? "" : ", ") + name;
    }
    if (!names.empty()) {
      context.tell("certificate " + std::to_string(i) + " is for " + escaped(names));
    }
  }
  for (const Objection& objection : objections_) {
    context.tell("certificate " + std::to_string(objection.depth) + ": " +
                 X509_verify_cert_error_string(objection.error));
  }
}

}  // namespace hale::checks::tls
