#include "checks/tls/failure.h"

#include <array>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "checks/excerpt.h"

namespace hale::checks::tls {
namespace {

using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;

std::string text_of(unsigned long error) {
  if (const char* const text = ERR_reason_error_string(error)) {
    return text;
  }
  return error == 0 ? "no reason given" : "OpenSSL error " + std::to_string(error);
}

// The alert (RFC 8446 section 6) that the peer sent; -1 where the failure is no alert.
int alert_of(unsigned long error) {
  const int reason = ERR_GET_REASON(error);
  const bool alert = ERR_GET_LIB(error) == ERR_LIB_SSL && reason >= SSL_AD_REASON_OFFSET &&
                     reason < SSL_AD_REASON_OFFSET + 256;
  return alert ? reason - SSL_AD_REASON_OFFSET : -1;
}

bool is_about_our_certificate(int alert) {
  constexpr std::array kAlerts = {SSL_AD_BAD_CERTIFICATE,     SSL_AD_UNSUPPORTED_CERTIFICATE,
                                  SSL_AD_CERTIFICATE_REVOKED, SSL_AD_CERTIFICATE_EXPIRED,
                                  SSL_AD_CERTIFICATE_UNKNOWN, SSL_AD_UNKNOWN_CA,
                                  SSL_AD_ACCESS_DENIED,       SSL_AD_CERTIFICATE_REQUIRED};
  for (const int known : kAlerts) {
    if (known == alert) {
      return true;
    }
  }
  return false;
}

Outcome speaks_something_else(std::string_view first_bytes) {
  return Outcome::fail(Reason::kProtocol, Phase::kTls,
                       "the peer does not speak TLS here: it sent " + in_quotes(first_bytes),
                       "NOT_TLS");
}

}  // namespace

bool could_be_tls(std::string_view first_bytes) {
  constexpr unsigned char kChangeCipherSpec = 20;
  constexpr unsigned char kApplicationData = 23;
  if (first_bytes.empty()) {
    return true;
  }
  const auto type = static_cast<unsigned char>(first_bytes[0]);
  const bool known = type >= kChangeCipherSpec && type <= kApplicationData;
  return known && (first_bytes.size() < 2 || first_bytes[1] == 3);
}

Outcome failure_of(unsigned long error, std::string_view first_bytes, Phase phase) {
  if (!could_be_tls(first_bytes)) {
    return speaks_something_else(first_bytes);
  }
  const int alert = alert_of(error);
  const std::string text = text_of(error);
  if (alert == SSL_AD_CERTIFICATE_REQUIRED) {
    return Outcome::fail(Reason::kAuth, phase, "the peer wants a certificate of ours", text);
  }
  if (is_about_our_certificate(alert)) {
    return Outcome::fail(
        Reason::kAuth, phase,
        "the peer refuses the certificate that it was shown, or the lack of one: " + text, text);
  }
  if (alert == SSL_AD_PROTOCOL_VERSION || ERR_GET_REASON(error) == SSL_R_UNSUPPORTED_PROTOCOL) {
    return Outcome::fail(Reason::kTls, phase,
                         "the peer speaks no version of TLS that is accepted here: " + text, text);
  }
  return Outcome::fail(Reason::kTls, phase, "TLS failed: " + text, text);
}

Outcome closed_in_handshake(std::string_view first_bytes) {
  if (!could_be_tls(first_bytes)) {
    return speaks_something_else(first_bytes);
  }
  return Outcome::fail(Reason::kTls, Phase::kTls,
                       first_bytes.empty()
                           ? "the peer closed the connection at the first message of TLS; it may "
                             "speak something else"
                           : "the peer closed the connection during the handshake",
                       "EOF");
}

}  // namespace hale::checks::tls
