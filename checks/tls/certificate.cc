#include "checks/tls/certificate.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <limits>
#include <utility>

#include <asio/ip/address_v4.hpp>
#include <asio/ip/address_v6.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "checks/excerpt.h"
#include "monitor/format.h"

namespace hale::checks::tls {
namespace {

constexpr std::size_t kLongestText = 250;
constexpr int kMostCertificates = 2000;  // of one file; the system's store has about 150

std::string text_of(BIO& memory) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(&memory, &data);
  return size > 0 ? escaped(std::string_view(data, static_cast<std::size_t>(size)), kLongestText)
                  : "";
}

std::string name_text(const X509_NAME* name) {
  const BioPointer memory(BIO_new(BIO_s_mem()));
  const unsigned long flags = (XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) | ASN1_STRFLGS_ESC_CTRL;
  X509_NAME_print_ex(memory.get(), name, 0, flags);
  return text_of(*memory);
}

std::string_view bytes_of(const ASN1_STRING* text) {
  const auto* const data = ASN1_STRING_get0_data(text);
  const int size = ASN1_STRING_length(text);
  return {reinterpret_cast<const char*>(data), static_cast<std::size_t>(std::max(size, 0))};
}

std::string address_text(std::string_view bytes) {
  if (bytes.size() == 4) {
    asio::ip::address_v4::bytes_type v4;
    std::copy(bytes.begin(), bytes.end(), v4.begin());
    return asio::ip::address_v4(v4).to_string();
  }
  if (bytes.size() == 16) {
    asio::ip::address_v6::bytes_type v6;
    std::copy(bytes.begin(), bytes.end(), v6.begin());
    return asio::ip::address_v6(v6).to_string();
  }
  return "";
}

std::vector<std::string> names_of(const X509& certificate) {
  std::vector<std::string> names;
  const std::unique_ptr<GENERAL_NAMES, Free<&GENERAL_NAMES_free>> all(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  const int count = all ? sk_GENERAL_NAME_num(all.get()) : 0;
  for (int i = 0; i < count && names.size() < kMostNames; ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(all.get(), i);
    std::string text;
    if (name->type == GEN_DNS) {
      text = escaped(bytes_of(name->d.dNSName), kLongestText);
    } else if (name->type == GEN_IPADD) {
      text = address_text(bytes_of(name->d.iPAddress));
    }
    if (!text.empty()) {
      names.push_back(std::move(text));
    }
  }
  return names;
}

std::string key_text(EVP_PKEY& key) {
  std::array<char, 80> group{};
  std::size_t length = 0;
  if (EVP_PKEY_get_base_id(&key) == EVP_PKEY_EC &&
      EVP_PKEY_get_group_name(&key, group.data(), group.size(), &length) == 1) {
    const std::string_view name(group.data(), length);
    return "EC " + (name == "prime256v1" ? std::string("P-256") : escaped(name, kLongestText));
  }
  const char* const type = EVP_PKEY_get0_type_name(&key);
  std::string text = type != nullptr ? type : "unknown";
  if (EVP_PKEY_is_a(&key, "RSA") == 1 || EVP_PKEY_is_a(&key, "DSA") == 1) {
    text += " " + std::to_string(EVP_PKEY_get_bits(&key));
  }
  return text;
}

std::string hexadecimal(const unsigned char* data, std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    text += fmt::format("{:02X}", data[i]);
  }
  return text;
}

std::string serial_text(const X509& certificate) {
  const std::unique_ptr<BIGNUM, Free<&BN_free>> number(
      ASN1_INTEGER_to_BN(X509_get0_serialNumber(&certificate), nullptr));
  char* const text = number ? BN_bn2hex(number.get()) : nullptr;
  std::string serial = text != nullptr ? escaped(text, kLongestText) : "";
  OPENSSL_free(text);
  return serial;
}

monitor::WallTime wall_time(std::time_t seconds) {
  constexpr std::time_t kLast =
      std::chrono::duration_cast<std::chrono::seconds>(monitor::WallTime::max().time_since_epoch())
          .count();
  return monitor::WallTime(std::chrono::seconds(std::clamp(seconds, -kLast, kLast)));
}

// Nobody is there to be asked, and OpenSSL's own default would ask the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*user*/) {
  return -1;
}

BioPointer memory_of(std::string_view text) {
  return BioPointer(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

bool fits(std::string_view text) {
  return text.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max());
}

}  // namespace

std::optional<monitor::WallTime> time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) {
    return std::nullopt;
  }
  return wall_time(::timegm(&parts));
}

CertificateFacts facts_of(const X509& certificate) {
  CertificateFacts facts;
  facts.subject = name_text(X509_get_subject_name(&certificate));
  facts.issuer = name_text(X509_get_issuer_name(&certificate));
  facts.names = names_of(certificate);
  // A time that cannot be understood is over already, as OpenSSL's verification sees it too.
  facts.not_before = time_of(X509_get0_notBefore(&certificate)).value_or(monitor::WallTime());
  facts.not_after = time_of(X509_get0_notAfter(&certificate)).value_or(monitor::WallTime());
  if (EVP_PKEY* const key = X509_get0_pubkey(&certificate)) {
    facts.key = key_text(*key);
    facts.key_bits = EVP_PKEY_get_bits(key);
  }
  const int signature = X509_get_signature_nid(&certificate);
  facts.signature = signature != NID_undef ? OBJ_nid2ln(signature) : "unknown";
  facts.serial = serial_text(certificate);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (X509_digest(&certificate, EVP_sha256(), digest.data(), &size) == 1) {
    facts.sha256 = hexadecimal(digest.data(), size);
  }
  facts.self_issued =
      X509_NAME_cmp(X509_get_subject_name(&certificate), X509_get_issuer_name(&certificate)) == 0;
  // OpenSSL caches what it reads of the extensions inside of the certificate.
  facts.is_ca = X509_check_ca(const_cast<X509*>(&certificate)) == 1;
  ERR_clear_error();
  return facts;
}

std::string date_text(monitor::WallTime time) {
  const std::time_t seconds =
      std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(seconds));
}

std::string distance_text(monitor::WallTime time, monitor::WallTime now) {
  return time >= now ? "in " + monitor::format_duration(time - now)
                     : monitor::format_duration(now - time) + " ago";
}

std::string describe(const CertificateFacts& facts) {
  return facts.subject + ", issued by " + facts.issuer + ", valid " + date_text(facts.not_before) +
         " to " + date_text(facts.not_after) + ", " + facts.key + ", " + facts.signature;
}

std::expected<std::vector<CertificatePointer>, std::string> parse_certificates(
    std::string_view text) {
  if (!fits(text)) {
    return std::unexpected("is too large");
  }
  std::vector<CertificatePointer> certificates;
  ERR_clear_error();
  if (!text.contains("-----BEGIN")) {
    const auto* data = reinterpret_cast<const unsigned char*>(text.data());
    CertificatePointer one(d2i_X509(nullptr, &data, static_cast<long>(text.size())));
    ERR_clear_error();
    if (!one) {
      return std::unexpected("holds no certificate, neither PEM nor DER");
    }
    certificates.push_back(std::move(one));
    return certificates;
  }
  const BioPointer memory = memory_of(text);
  while (certificates.size() < kMostCertificates) {
    CertificatePointer one(PEM_read_bio_X509_AUX(memory.get(), nullptr, &no_passphrase, nullptr));
    if (!one) {
      break;
    }
    certificates.push_back(std::move(one));
  }
  const unsigned long error = ERR_peek_last_error();
  const bool ended =
      ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  const std::string what = take_openssl_error();
  if (!ended && !what.empty()) {
    return std::unexpected("holds a damaged certificate: " + what);
  }
  if (certificates.empty()) {
    return std::unexpected("holds no certificate");
  }
  return certificates;
}

std::expected<KeyPointer, std::string> parse_private_key(std::string_view text) {
  if (!fits(text)) {
    return std::unexpected("is too large");
  }
  ERR_clear_error();
  KeyPointer key;
  if (text.contains("-----BEGIN")) {
    const BioPointer memory = memory_of(text);
    key.reset(PEM_read_bio_PrivateKey(memory.get(), nullptr, &no_passphrase, nullptr));
  } else {
    const auto* data = reinterpret_cast<const unsigned char*>(text.data());
    key.reset(d2i_AutoPrivateKey(nullptr, &data, static_cast<long>(text.size())));
  }
  ERR_clear_error();
  if (key) {
    return key;
  }
  const bool encrypted = text.contains("ENCRYPTED");
  return std::unexpected(encrypted ? "holds a private key that is encrypted; hale needs it plain"
                                   : "holds no private key that can be read");
}

std::string take_openssl_error() {
  const unsigned long error = ERR_get_error();
  ERR_clear_error();
  if (error == 0) {
    return "";
  }
  if (const char* const reason = ERR_reason_error_string(error)) {
    return reason;
  }
  std::array<char, 200> text{};
  ERR_error_string_n(error, text.data(), text.size());
  return text.data();
}

}  // namespace hale::checks::tls
