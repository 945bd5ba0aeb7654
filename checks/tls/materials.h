// What a handshake needs from the disk: authorities to trust, and our own certificate and key. Read
// and parsed in the pool `files` (the system's authorities cost some 15 ms), kept for every check
// that uses the same files, and looked at again every few seconds: a file that changed is read
// anew. While one cannot be read because the disk hangs, what was read before stays in use.
//
// Loop thread only; get it with context.services().shared<TlsMaterials>().
#pragma once

#include <expected>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "checks/tls/handles.h"
#include "checks/tls/loaded_files.h"
#include "checks/tls/options.h"
#include "monitor/check_result.h"
#include "monitor/run_context.h"
#include "monitor/runtime/task.h"

namespace hale::checks::tls {

inline constexpr const char* kSystemAuthorities = "/etc/ssl/certs/ca-certificates.crt";

// Our own certificate, what leads to its authority, and the key.
struct Identity {
  std::vector<CertificatePointer> chain;
  KeyPointer key;
};

struct TlsMaterial {
  StorePointer store;                        // empty where nothing is verified
  std::shared_ptr<const Identity> identity;  // null: none
  ContextPointer context;                    // for connections of our own; made from the two
};

// Gives a context that another library made, such as libcurl's in CURLOPT_SSL_CTX_FUNCTION, what
// `options` ask for: store, identity, lowest version, no resumption of sessions (which would hide
// the chain). Who watches the verification comes after (verification.h). False when OpenSSL refuses
// the identity; take_openssl_error() says why.
bool prepare(SSL_CTX& context, const TlsOptions& options, const TlsMaterial& material);

// From the texts of the files. The error names what is wrong with the first that is. Any thread.
std::expected<std::shared_ptr<X509_STORE>, std::string> make_store(
    const std::vector<std::string>& texts);
std::expected<std::shared_ptr<const Identity>, std::string> make_identity(
    const std::vector<std::string>& texts);  // certificate, key

class TlsMaterials {
 public:
  explicit TlsMaterials(monitor::Services& services);

  // The error is the outcome of a check that got no further: unknown, since the agent lacks
  // something and nobody was asked. operation_aborted is thrown when cancelled. The phase that the
  // run is in stays.
  monitor::Task<std::expected<std::shared_ptr<const TlsMaterial>, monitor::Outcome>> get(
      monitor::RunContext& context, TlsOptions options);

 private:
  using Key = std::tuple<std::string, std::string, std::string, bool, int>;

  LoadedFiles<X509_STORE> stores_;
  LoadedFiles<const Identity> identities_;
  std::map<Key, std::shared_ptr<const TlsMaterial>> materials_;
};

}  // namespace hale::checks::tls
