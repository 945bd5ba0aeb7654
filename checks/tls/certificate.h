// What a certificate says, in words and times. Pure; any thread. Whatever a certificate contains
// was chosen by whoever made it: texts are bounded and printable.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checks/tls/handles.h"
#include "monitor/time.h"

namespace hale::checks::tls {

struct CertificateFacts {
  std::string subject;             // "CN=db.internal,O=Example", RFC 2253
  std::string issuer;              // likewise
  std::vector<std::string> names;  // DNS names and addresses of subjectAltName, at most kMostNames
  monitor::WallTime not_before;
  monitor::WallTime not_after;
  std::string key;        // "RSA 2048", "EC P-256", "ED25519"
  int key_bits = 0;       // 0 where the key cannot be understood
  std::string signature;  // "sha256WithRSAEncryption"
  std::string serial;     // hexadecimal, as `openssl x509 -serial` prints it
  std::string sha256;     // fingerprint, hexadecimal
  bool self_issued = false;
  bool is_ca = false;
};

inline constexpr std::size_t kMostNames = 100;

CertificateFacts facts_of(const X509& certificate);

// "CN=db.internal, issued by CN=Example CA, valid 2026-01-01 to 2026-04-01, RSA 2048"
std::string describe(const CertificateFacts& facts);

// "2026-04-01 12:00:00 UTC"; "in 13d 4h" and "2d 1h ago" as seen at `now`.
std::string date_text(monitor::WallTime time);
std::string distance_text(monitor::WallTime time, monitor::WallTime now);

// ASN.1's time; nullopt where it cannot be understood. Times beyond what the clock can hold (year
// 2262) read as the last time that it can.
std::optional<monitor::WallTime> time_of(const ASN1_TIME* time);

// All certificates of a file: PEM, with anything else between them passed over, or one in DER.
// The error says what is wrong; "holds no certificate" among others.
std::expected<std::vector<CertificatePointer>, std::string> parse_certificates(
    std::string_view text);

// The private key of a PEM or DER file. One that is encrypted is an error: nobody is asked for a
// passphrase.
std::expected<KeyPointer, std::string> parse_private_key(std::string_view text);

// OpenSSL's words for the first error in this thread's queue, and empties it; "" when there is
// none.
std::string take_openssl_error();

}  // namespace hale::checks::tls
