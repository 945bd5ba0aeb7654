#include "checks/tls/certificate_file.h"

#include <algorithm>
#include <expected>
#include <memory>
#include <optional>
#include <utility>

#include <glob.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>

#include "checks/excerpt.h"
#include "checks/os_error.h"
#include "checks/tls/file_stamp.h"
#include "checks/tls/options.h"

namespace hale::checks::tls {
namespace {

using monitor::ItemResult;
using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;

struct Contents {
  std::vector<CertificatePointer> certificates;
  KeyPointer key;  // null where there is none in the file
};

Outcome wrong(Reason reason, std::string message) {
  return Outcome::fail(reason, Phase::kEvaluate, std::move(message));
}

std::optional<std::expected<Contents, std::string>> read_pkcs12(std::string_view text,
                                                                const std::string& password) {
  const auto* data = reinterpret_cast<const unsigned char*>(text.data());
  const std::unique_ptr<PKCS12, Free<&PKCS12_free>> bundle(
      d2i_PKCS12(nullptr, &data, static_cast<long>(text.size())));
  ERR_clear_error();
  if (!bundle) {
    return std::nullopt;
  }
  EVP_PKEY* key = nullptr;
  X509* own = nullptr;
  STACK_OF(X509)* others = nullptr;
  if (PKCS12_parse(bundle.get(), password.c_str(), &key, &own, &others) != 1) {
    ERR_clear_error();
    return std::unexpected("is a PKCS#12 bundle that `password` does not open");
  }
  Contents contents;
  contents.key.reset(key);
  if (own != nullptr) {
    contents.certificates.emplace_back(own);
  }
  while (others != nullptr && sk_X509_num(others) > 0) {
    contents.certificates.emplace_back(sk_X509_shift(others));
  }
  sk_X509_free(others);
  if (contents.certificates.empty()) {
    return std::unexpected("holds no certificate");
  }
  return contents;
}

std::expected<Contents, std::string> read_contents(std::string_view text,
                                                   const std::string& password) {
  if (!text.contains("-----BEGIN")) {
    if (auto bundle = read_pkcs12(text, password)) {
      return std::move(*bundle);
    }
  }
  auto certificates = parse_certificates(text);
  if (!certificates) {
    return std::unexpected(std::move(certificates.error()));
  }
  Contents contents;
  contents.certificates = std::move(*certificates);
  if (text.contains("PRIVATE KEY-----")) {
    auto key = parse_private_key(text);
    if (key) {
      contents.key = std::move(*key);
    }
  }
  return contents;
}

// Several authorities that have nothing to do with each other: one that is out of its time harms
// nobody who does not depend on it, and the system's store always has a few.
bool is_store(const std::vector<CertificateFacts>& chain) {
  return chain.size() > 1 && std::ranges::all_of(chain, &CertificateFacts::is_ca);
}

bool is_valid_at(const CertificateFacts& facts, monitor::WallTime now) {
  return facts.not_before <= now && now <= facts.not_after;
}

std::optional<Outcome> time_error(const std::vector<CertificateFacts>& chain,
                                  monitor::WallTime now) {
  const auto valid = [now](const CertificateFacts& facts) { return is_valid_at(facts, now); };
  if (is_store(chain) && std::ranges::any_of(chain, valid)) {
    return std::nullopt;
  }
  std::string message;
  std::size_t count = 0;
  for (const CertificateFacts& facts : chain) {
    std::string text;
    if (facts.not_after < now) {
      text = facts.subject + " expired " + distance_text(facts.not_after, now) + ", on " +
             date_text(facts.not_after);
    } else if (facts.not_before > now) {
      text = facts.subject + " is not valid before " + date_text(facts.not_before);
    }
    if (!text.empty() && ++count <= 3) {
      message += (message.empty() ? "" : "; ") + text;
    }
  }
  if (count == 0) {
    return std::nullopt;
  }
  if (count > 3) {
    message += "; and " + std::to_string(count - 3) + " more";
  }
  return wrong(Reason::kCertificate, std::move(message));
}

std::optional<Outcome> chain_error(const std::vector<CertificatePointer>& chain,
                                   const std::vector<CertificateFacts>& facts) {
  for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
    X509* const issuer = chain[i + 1].get();
    const bool signed_by_next = X509_check_issued(issuer, chain[i].get()) == X509_V_OK &&
                                X509_verify(chain[i].get(), X509_get0_pubkey(issuer)) == 1;
    ERR_clear_error();
    if (!signed_by_next) {
      return wrong(Reason::kCertificate, "the chain is broken: " + facts[i].subject +
                                             " was not issued by the one that follows, " +
                                             facts[i + 1].subject);
    }
  }
  return std::nullopt;
}

std::optional<Outcome> key_error(X509& own, const KeyPointer& key) {
  constexpr int kLeastSecurityBits = 112;  // RSA 2048; OpenSSL's level 2
  EVP_PKEY* const public_key = X509_get0_pubkey(&own);
  if (key && X509_check_private_key(&own, key.get()) != 1) {
    ERR_clear_error();
    return wrong(Reason::kCertificate, "the private key does not belong to the certificate");
  }
  if (public_key == nullptr || EVP_PKEY_get_security_bits(public_key) < kLeastSecurityBits) {
    return wrong(Reason::kCertificate, "the key is weak: " + facts_of(own).key);
  }
  return std::nullopt;
}

std::optional<Outcome> server_error(const Contents& contents,
                                    const std::vector<CertificateFacts>& facts,
                                    const FileContext& beside) {
  KeyPointer other;
  if (!beside.key_text.empty()) {
    auto key = parse_private_key(beside.key_text);
    if (!key) {
      return wrong(Reason::kValidation, "the file of the key " + key.error());
    }
    other = std::move(*key);
  }
  X509& own = *contents.certificates.front();
  if (auto error = key_error(own, other ? other : contents.key)) {
    return error;
  }
  return chain_error(contents.certificates, facts);
}

// Of a store, the first of those that are still valid, if any is.
std::vector<CertificateFacts>::const_iterator first_to_expire(
    const std::vector<CertificateFacts>& chain, monitor::WallTime now) {
  const auto key = [&](const CertificateFacts& facts) {
    return std::pair(is_store(chain) && facts.not_after < now, facts.not_after);
  };
  return std::ranges::min_element(chain, {}, key);
}

std::string summary(const std::vector<CertificateFacts>& chain, const CertificateFacts& first,
                    monitor::WallTime now) {
  const std::string expires =
      "expires " + distance_text(first.not_after, now) + ", on " + date_text(first.not_after);
  if (!is_store(chain)) {
    return chain.front().subject + ", issued by " + chain.front().issuer + ", " + expires;
  }
  const auto over = std::ranges::count_if(
      chain, [now](const CertificateFacts& facts) { return facts.not_after < now; });
  return std::to_string(chain.size()) + " authorities" +
         (over > 0 ? ", " + std::to_string(over) + " of them expired" : "") + "; the next, " +
         first.subject + ", " + expires;
}

ItemResult judge_path(const std::string& path, const std::string& key_file,
                      const std::string& password, monitor::WallTime now) {
  ItemResult item;
  item.name = escaped(path);
  const auto text = read_text(path);
  if (!text) {
    const int error = text.error().error;
    const bool gone = error == ENOENT || error == ENOTDIR;
    item.outcome = gone ? Outcome::fail(Reason::kMissing, Phase::kRun, "there is no such file",
                                        errno_name(error))
                        : could_not_use(text.error(), Phase::kRun);
    return item;
  }
  FileContext beside{.password = password};
  if (!key_file.empty()) {
    auto key = read_text(key_file);
    if (!key) {
      item.outcome = could_not_use(key.error(), Phase::kRun);
      return item;
    }
    beside.key_text = std::move(*key);
  }
  return judge_file(path, *text, beside, now);
}

}  // namespace

ItemResult judge_file(const std::string& path, std::string_view text, const FileContext& beside,
                      monitor::WallTime now) {
  ItemResult item;
  item.name = escaped(path);
  auto contents = read_contents(text, beside.password);
  if (!contents) {
    item.outcome = wrong(Reason::kValidation, std::move(contents.error()));
    return item;
  }
  std::vector<CertificateFacts> facts;
  for (const CertificatePointer& certificate : contents->certificates) {
    facts.push_back(facts_of(*certificate));
  }
  const auto first = first_to_expire(facts, now);
  item.measurements.push_back(
      {.name = std::string(kExpiresIn), .value = monitor::to_seconds(first->not_after - now)});
  std::optional<Outcome> error = time_error(facts, now);
  // Whoever has a key uses it, also with a certificate that could sign others, as many that were
  // signed by themselves can.
  const bool has_key = contents->key != nullptr || !beside.key_text.empty();
  if (!error && (!facts.front().is_ca || has_key)) {
    error = server_error(*contents, facts, beside);
  }
  item.outcome = error ? std::move(*error) : Outcome::pass(summary(facts, *first, now));
  return item;
}

bool is_glob(std::string_view pattern) {
  return pattern.find_first_of("*?[") != std::string_view::npos;
}

std::vector<ItemResult> look_at(const std::string& pattern, const std::string& key_file,
                                const std::string& password, monitor::WallTime now) {
  const PoolThreadUse use;
  std::vector<std::string> paths;
  if (is_glob(pattern)) {
    glob_t found{};
    if (::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) == 0) {
      paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    }
    ::globfree(&found);
    std::ranges::sort(paths);
    paths.resize(std::min(paths.size(), kMostFiles));
  } else {
    paths.push_back(pattern);
  }
  std::vector<ItemResult> items;
  items.reserve(paths.size());
  for (const std::string& path : paths) {
    items.push_back(judge_path(path, key_file, password, now));
  }
  return items;
}

}  // namespace hale::checks::tls
