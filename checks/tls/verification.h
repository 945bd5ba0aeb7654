// What the peer's certificates are worth. OpenSSL's own verification ends a handshake at its first
// objection; this one lets it go on, and remembers the objections and the chain, so that a check
// can say what is wrong and still report when everything expires.
//
// Whoever uses it must ask verdict() after the handshake, before anything is sent. Loop thread
// only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "checks/tls/certificate.h"
#include "checks/tls/handles.h"
#include "monitor/check_result.h"
#include "monitor/run_context.h"

namespace hale::checks::tls {

// One thing that is wrong with one certificate of the chain.
struct Objection {
  int error = 0;  // X509_V_ERR_…
  int depth = 0;  // 0 is the peer's own certificate
};

// What the objections mean; nullopt when there are none. `chain` begins with the peer's own
// certificate, `name` is the host that it should be for. Pure.
std::optional<monitor::Outcome> verdict_of(const std::vector<Objection>& objections,
                                           const std::vector<CertificateFacts>& chain,
                                           const std::string& name, monitor::WallTime now);

// "CERT_HAS_EXPIRED"; "X509_V_ERR 4711" for one that has no name here. Pure.
std::string objection_name(int error);

// What a finished handshake agreed on: "TLSv1.3, TLS_AES_256_GCM_SHA384".
std::string session_text(const SSL& connection);

// One look at one peer. Must outlive the SSL objects that watch() made report to it.
class Verification {
 public:
  // `name`: the host's name or address, to be found in the certificate. `verify`: false collects
  // the chain and objects to nothing.
  Verification(std::string name, bool verify) : name_(std::move(name)), verify_(verify) {}
  Verification(const Verification&) = delete;
  Verification& operator=(const Verification&) = delete;

  // Handshakes of this context (one that is used for this look alone, such as libcurl's) report
  // here. Sets verification of the chain and the name; overrides what was set before. libcurl, with
  // CURLOPT_SSL_VERIFYPEER, still refuses to go on after the handshake: SSL_get_verify_result()
  // reports the first objection.
  void watch(SSL_CTX& context);
  // The same for one connection, and the name for SNI besides.
  void watch(SSL& connection);

  // The peer's chain as far as it could be built, its own certificate first. Empty before the
  // handshake got there.
  const std::vector<CertificateFacts>& chain() const { return chain_; }
  const std::vector<Objection>& objections() const { return objections_; }

  // Why this peer cannot be trusted; nullopt: it can, or verification is off.
  std::optional<monitor::Outcome> verdict(monitor::WallTime now) const;

  // Of kExpiresIn; nullopt without a chain.
  std::optional<monitor::Measurement> expires_in(monitor::WallTime now) const;

  // The chain, a line a certificate, into the run's story.
  void tell(monitor::RunContext& context) const;

 private:
  static int verify_chain(X509_STORE_CTX* store, void* argument);
  static int note(int ok, X509_STORE_CTX* store);
  void expect_name(X509_VERIFY_PARAM& parameters) const;

  std::string name_;
  bool verify_;
  std::vector<CertificateFacts> chain_;
  std::vector<Objection> objections_;
};

}  // namespace hale::checks::tls
